-- What is wrong, kept with what happened to it; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE incidents (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL: of the whole installation.
    company        BIGINT,
    -- What it is about; of one there is one open incident.
    subject        TEXT NOT NULL,
    kind           TEXT NOT NULL,
    -- Since when it is so, and when it was seen.
    since          BIGINT NOT NULL,
    opened_at      BIGINT NOT NULL,
    closed_at      BIGINT,
    -- JSON: whom it hits, and what was last said of it.
    facts          TEXT NOT NULL,
    taken_by       TEXT,
    taken_at       BIGINT,
    silenced_until BIGINT,
    silenced_by    TEXT
);
CREATE UNIQUE INDEX incidents_open ON incidents (subject) WHERE closed_at IS NULL;
CREATE INDEX incidents_closed ON incidents (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX incidents_subject ON incidents (subject, id);
CREATE INDEX incidents_company ON incidents (company, id);

-- What happened to each.
CREATE TABLE incident_log (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    step     TEXT NOT NULL,
    by_whom  TEXT,
    -- JSON: in both languages.
    text     TEXT,
    detail   TEXT
);
CREATE INDEX incident_log_incident ON incident_log (incident, id);
