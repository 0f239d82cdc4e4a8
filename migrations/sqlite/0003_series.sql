-- Counts for charts, a row per subject and minute and per subject and hour. migrations/postgres/ holds the same in its dialect.

-- Time stands first in the key: a minute's rows are written side by side and go side by side. One subject's points are
-- found by their times, which are known. `kind` and `subject` say whose: ('node', 0) is everything together. `latency`
-- counts requests in buckets, as JSON up to the last that is not zero.
CREATE TABLE series (
    seconds    INT NOT NULL CHECK (seconds IN (60, 3600)),
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('node', 'company', 'webhook')),
    subject    INTEGER NOT NULL,
    looks      INT NOT NULL,
    events     INTEGER NOT NULL,
    delivered  INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    connected  INTEGER NOT NULL,
    backlog    INTEGER NOT NULL,
    waiting_ms INTEGER NOT NULL,
    latency    TEXT,
    PRIMARY KEY (seconds, at, kind, subject)
) STRICT, WITHOUT ROWID;
