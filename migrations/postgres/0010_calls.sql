-- What the journal says about calls; migrations/sqlite/ holds the same in its dialect.

-- A call of a source, made of its events by the consumer `calls`; `build` is the one of its cursor. All of it can be made again from
-- the events, and goes with the last of them.
CREATE TABLE calls (
    company      BIGINT NOT NULL,
    build        INTEGER NOT NULL,
    -- Its first event, and its latest.
    seq          BIGINT NOT NULL,
    last_seq     BIGINT NOT NULL,
    source       BIGINT NOT NULL,
    provider     TEXT NOT NULL,
    -- The provider's id; `grp` is what several calls of one door or extension share.
    call_id      TEXT NOT NULL,
    grp          TEXT,
    state        TEXT NOT NULL,
    -- 1 until its end was told.
    is_open      INTEGER NOT NULL,
    -- Of a call whose end was told.
    outcome      TEXT,
    direction    TEXT,
    our_number   TEXT,
    their_number TEXT,
    agent        TEXT,
    queue        TEXT,
    last_event   TEXT NOT NULL,
    -- By our clock: its first and its latest event; and from when on it is over if nothing more is told, and how.
    heard_at     BIGINT NOT NULL,
    changed_at   BIGINT NOT NULL,
    due_at       BIGINT,
    due_outcome  TEXT,
    -- By the provider's clock.
    new_at       BIGINT,
    ringing_at   BIGINT,
    answered_at  BIGINT,
    ended_at     BIGINT,
    warnings     INTEGER NOT NULL,
    -- JSON: what is neither searched nor counted.
    rest         TEXT NOT NULL,
    PRIMARY KEY (company, build, seq)
);
-- Of these columns only those are written that have changed: an index is as dear as the columns that it holds are often written.
CREATE UNIQUE INDEX calls_id ON calls (company, build, source, call_id);
CREATE INDEX calls_group ON calls (company, build, source, grp, new_at) WHERE grp IS NOT NULL;
CREATE INDEX calls_heard ON calls (company, build, provider, heard_at, seq);
CREATE INDEX calls_open ON calls (company, build, heard_at, seq) WHERE is_open = 1;
CREATE INDEX calls_their_number ON calls (company, build, their_number, heard_at, seq) WHERE their_number IS NOT NULL;
CREATE INDEX calls_our_number ON calls (company, build, our_number, heard_at, seq) WHERE our_number IS NOT NULL;
CREATE INDEX calls_agent ON calls (company, build, agent, heard_at, seq) WHERE agent IS NOT NULL;
CREATE INDEX calls_queue ON calls (company, build, queue, heard_at, seq) WHERE queue IS NOT NULL;
CREATE INDEX calls_outcome ON calls (company, build, outcome, heard_at, seq) WHERE outcome IS NOT NULL;
