-- What people have a provider do with a call; migrations/sqlite/ holds the same in its dialect.

-- What came of each. It cannot be made again of the events: they tell of it, and it decides who may answer a call.
CREATE TABLE actions (
    company   BIGINT NOT NULL,
    source    BIGINT NOT NULL,
    -- The provider's id.
    call_id   TEXT NOT NULL,
    -- From 1 for each call.
    number    INTEGER NOT NULL,
    provider  TEXT NOT NULL,
    -- The call's first event.
    seq       BIGINT NOT NULL,
    name      TEXT NOT NULL,
    exclusive INTEGER NOT NULL,
    -- Who asked, and by which key it is the same when it is asked for again.
    by_whom   TEXT NOT NULL,
    attempt   TEXT NOT NULL,
    asked_at  BIGINT NOT NULL,
    -- It is tried until then.
    until     BIGINT NOT NULL,
    state     TEXT NOT NULL,
    -- JSON: what came of it.
    came      TEXT,
    -- 1 while nobody else may have it.
    held      INTEGER NOT NULL,
    -- 1 when it is in the journal.
    told      INTEGER NOT NULL,
    PRIMARY KEY (company, source, call_id, number)
);
-- Of a call one person has it.
CREATE UNIQUE INDEX actions_held ON actions (company, source, call_id) WHERE held = 1;
CREATE INDEX actions_open ON actions (company, until) WHERE told = 0;
CREATE INDEX actions_seq ON actions (company, seq);
