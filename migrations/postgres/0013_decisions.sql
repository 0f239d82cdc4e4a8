-- Where calls go whose provider asks for that; migrations/sqlite/ holds the same in its dialect.

-- What was decided for a call, once, and what came of telling its provider. It cannot be made again of the events: who was new then
-- is known now.
CREATE TABLE decisions (
    company     BIGINT NOT NULL,
    source      BIGINT NOT NULL,
    -- The provider's id.
    call_id     TEXT NOT NULL,
    provider    TEXT NOT NULL,
    -- The event that asked, and when it came.
    seq         BIGINT NOT NULL,
    asked_at    BIGINT NOT NULL,
    decided_at  BIGINT NOT NULL,
    -- Digits; NULL for a number that was withheld.
    phone       TEXT,
    caller      TEXT NOT NULL,
    destination TEXT NOT NULL,
    state       TEXT NOT NULL,
    -- JSON: what came of each attempt. The first `told` are in the journal.
    reports     TEXT NOT NULL,
    told        INTEGER NOT NULL,
    -- 1 while the provider or the journal is to be told.
    is_open     INTEGER NOT NULL,
    PRIMARY KEY (company, source, call_id)
);
CREATE INDEX decisions_open ON decisions (company, asked_at, seq) WHERE is_open = 1;
CREATE INDEX decisions_seq ON decisions (company, seq);
