-- Who is told of incidents, and what they are still to be told; migrations/postgres/ holds the same in its dialect.

CREATE TABLE alert_rules (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL: of the installation.
    company    INTEGER,
    name       TEXT NOT NULL,
    enabled    INT NOT NULL,
    -- JSON: what it is about, who is told, when and how often.
    terms      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- One for each contact point, incident and reason. They are made of the incidents' log, in the transaction that says how far that
-- was read, and are done only when they were sent: whatever ends in between, each is told once or twice.
CREATE TABLE notices (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    contact_point INTEGER NOT NULL,
    incident      INTEGER NOT NULL,
    rule          INTEGER NOT NULL,
    why           TEXT NOT NULL,
    due_at        INTEGER NOT NULL,
    tries         INT NOT NULL,
    -- When it was sent, dropped or given up.
    done_at       INTEGER,
    outcome       TEXT
) STRICT;
CREATE INDEX notices_due ON notices (due_at, id) WHERE done_at IS NULL;
CREATE INDEX notices_incident ON notices (incident, id);

-- One row: how far the incidents' log was read, and when nobody is to be disturbed (minutes of the day).
CREATE TABLE alerting (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    planned_to INTEGER NOT NULL,
    quiet_from INT,
    quiet_to   INT,
    version    INTEGER NOT NULL
) STRICT;
-- What happened before there was anybody to be told is not told.
INSERT INTO alerting (one, planned_to, version) SELECT 1, COALESCE(MAX(id), 0), 0 FROM incident_log;
