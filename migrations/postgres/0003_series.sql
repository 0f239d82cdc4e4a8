-- Counts for charts, a row per subject and minute and per subject and hour. migrations/sqlite/ holds the same in its dialect.

-- Time stands first in the key: a minute's rows are written side by side and go side by side. One subject's points are
-- found by their times, which are known. `kind` and `subject` say whose: ('node', 0) is everything together. `latency`
-- counts requests in buckets, as JSON up to the last that is not zero.
CREATE TABLE series (
    seconds    INTEGER NOT NULL CHECK (seconds IN (60, 3600)),
    at         BIGINT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('node', 'company', 'webhook')),
    subject    BIGINT NOT NULL,
    looks      INTEGER NOT NULL,
    events     BIGINT NOT NULL,
    delivered  BIGINT NOT NULL,
    failed     BIGINT NOT NULL,
    connected  BIGINT NOT NULL,
    backlog    BIGINT NOT NULL,
    waiting_ms BIGINT NOT NULL,
    latency    TEXT,
    PRIMARY KEY (seconds, at, kind, subject)
);
