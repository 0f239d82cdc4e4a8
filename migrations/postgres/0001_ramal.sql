-- The journal and what surrounds it. Times are microseconds since 1970 UTC; ids are never reused (identity columns).
-- Hot tables have no foreign keys and no index but their key; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE companies (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'deleted')),
    provisioned BOOLEAN NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX companies_name ON companies (name) WHERE state = 'active';

-- One row per company: the last seq, the epoch of the lease that may write, and the last batch that did.
CREATE TABLE heads (
    company BIGINT PRIMARY KEY,
    seq     BIGINT NOT NULL,
    epoch   BIGINT NOT NULL,
    batch   BIGINT NOT NULL
);

CREATE TABLE events (
    company     BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    source      BIGINT NOT NULL,
    provider    TEXT NOT NULL,
    session     BIGINT,
    name        TEXT NOT NULL,
    lane        TEXT,
    received_at BIGINT NOT NULL,
    flags       INTEGER NOT NULL,
    keys        TEXT,
    extra       BYTEA,
    payload     BYTEA NOT NULL,
    PRIMARY KEY (company, seq)
);

-- `block` is the first seq of the block; `names` counts the events of each name, as JSON.
CREATE TABLE blocks (
    company  BIGINT NOT NULL,
    block    BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    events   BIGINT NOT NULL,
    bytes    BIGINT NOT NULL,
    names    TEXT NOT NULL,
    PRIMARY KEY (company, block)
);

-- `kind` is the letter of `Keys::iter`.
CREATE TABLE block_keys (
    company BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    block   BIGINT NOT NULL,
    PRIMARY KEY (company, kind, key, block)
);

-- Settled up to and including this seq.
CREATE TABLE cursors (
    webhook BIGINT PRIMARY KEY,
    company BIGINT NOT NULL,
    seq     BIGINT NOT NULL
);
CREATE INDEX cursors_company ON cursors (company);

CREATE TABLE held (
    webhook  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('retrying', 'alone', 'waiting', 'dead')),
    reason   TEXT NOT NULL,
    lane     TEXT,
    attempts INTEGER NOT NULL,
    next_at  BIGINT NOT NULL,
    since    BIGINT NOT NULL,
    origin   TEXT NOT NULL CHECK (origin IN ('live', 'resend', 'replay', 'test')),
    replay   BIGINT,
    PRIMARY KEY (webhook, seq)
);
CREATE INDEX held_due ON held (webhook, state, next_at, seq);
CREATE INDEX held_lane ON held (webhook, lane, seq);

-- `at` stands in the key because a number can come twice: a courier that starts again counts an event that was not
-- set aside from one. A batch that is written again changes nothing.
CREATE TABLE attempts (
    webhook       BIGINT NOT NULL,
    seq           BIGINT NOT NULL,
    at            BIGINT NOT NULL,
    origin        TEXT NOT NULL CHECK (origin IN ('live', 'resend', 'replay', 'test')),
    n             INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    status        INTEGER,
    error         TEXT,
    charged       BOOLEAN NOT NULL,
    dns_us        INTEGER,
    connect_us    INTEGER,
    tls_us        INTEGER,
    first_byte_us INTEGER,
    total_us      INTEGER,
    answer        BYTEA,
    PRIMARY KEY (webhook, seq, at, origin, n)
);

CREATE TABLE seen (
    source BIGINT NOT NULL,
    key    BYTEA NOT NULL,
    seq    BIGINT NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE INDEX seen_at ON seen (at);

CREATE TABLE sessions (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company         BIGINT NOT NULL,
    source          BIGINT NOT NULL,
    socket_id       TEXT NOT NULL,
    token_mask      TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    last_sign_at    BIGINT NOT NULL,
    ended_at        BIGINT,
    end_reason      TEXT,
    recovery_pid    TEXT,
    recovery_offset TEXT
);
CREATE INDEX sessions_source ON sessions (source, id);
CREATE INDEX sessions_open ON sessions (source) WHERE ended_at IS NULL;

CREATE TABLE gaps (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company    BIGINT NOT NULL,
    source     BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at   BIGINT,
    reason     TEXT NOT NULL,
    detail     TEXT
);
CREATE INDEX gaps_source ON gaps (source, id);
CREATE INDEX gaps_open ON gaps (source) WHERE ended_at IS NULL;

CREATE TABLE replays (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company     BIGINT NOT NULL,
    webhook     BIGINT NOT NULL,
    from_seq    BIGINT NOT NULL,
    to_seq      BIGINT NOT NULL,
    filter      TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    as_new      BOOLEAN NOT NULL,
    rate        INTEGER,
    state       TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    position    BIGINT NOT NULL,
    total       BIGINT,
    delivered   BIGINT NOT NULL,
    failed      BIGINT NOT NULL,
    skipped     BIGINT NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX replays_webhook ON replays (webhook, id);
