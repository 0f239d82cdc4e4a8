-- Who is told of incidents, and what they are still to be told; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE alert_rules (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL: of the installation.
    company    BIGINT,
    name       TEXT NOT NULL,
    enabled    INTEGER NOT NULL,
    -- JSON: what it is about, who is told, when and how often.
    terms      TEXT NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One for each contact point, incident and reason. They are made of the incidents' log, in the transaction that says how far that
-- was read, and are done only when they were sent: whatever ends in between, each is told once or twice.
CREATE TABLE notices (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_point BIGINT NOT NULL,
    incident      BIGINT NOT NULL,
    rule          BIGINT NOT NULL,
    why           TEXT NOT NULL,
    due_at        BIGINT NOT NULL,
    tries         INTEGER NOT NULL,
    -- When it was sent, dropped or given up.
    done_at       BIGINT,
    outcome       TEXT
);
CREATE INDEX notices_due ON notices (due_at, id) WHERE done_at IS NULL;
CREATE INDEX notices_incident ON notices (incident, id);

-- One row: how far the incidents' log was read, and when nobody is to be disturbed (minutes of the day).
CREATE TABLE alerting (
    one        BIGINT PRIMARY KEY CHECK (one = 1),
    planned_to BIGINT NOT NULL,
    quiet_from INTEGER,
    quiet_to   INTEGER,
    version    BIGINT NOT NULL
);
-- What happened before there was anybody to be told is not told.
INSERT INTO alerting (one, planned_to, version) SELECT 1, COALESCE(MAX(id), 0), 0 FROM incident_log;
