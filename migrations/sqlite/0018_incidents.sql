-- What is wrong, kept with what happened to it; migrations/postgres/ holds the same in its dialect.

CREATE TABLE incidents (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL: of the whole installation.
    company        INTEGER,
    -- What it is about; of one there is one open incident.
    subject        TEXT NOT NULL,
    kind           TEXT NOT NULL,
    -- Since when it is so, and when it was seen.
    since          INTEGER NOT NULL,
    opened_at      INTEGER NOT NULL,
    closed_at      INTEGER,
    -- JSON: whom it hits, and what was last said of it.
    facts          TEXT NOT NULL,
    taken_by       TEXT,
    taken_at       INTEGER,
    silenced_until INTEGER,
    silenced_by    TEXT
) STRICT;
CREATE UNIQUE INDEX incidents_open ON incidents (subject) WHERE closed_at IS NULL;
CREATE INDEX incidents_closed ON incidents (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX incidents_subject ON incidents (subject, id);
CREATE INDEX incidents_company ON incidents (company, id);

-- What happened to each.
CREATE TABLE incident_log (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    step     TEXT NOT NULL,
    by_whom  TEXT,
    -- JSON: in both languages.
    text     TEXT,
    detail   TEXT
) STRICT;
CREATE INDEX incident_log_incident ON incident_log (incident, id);
