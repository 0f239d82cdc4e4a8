-- The journal and what surrounds it. Times are microseconds since 1970 UTC; ids are never reused (identity columns).
-- Hot tables have no foreign keys and no index but their key; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE companies (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'deleted')),
    provisioned BOOLEAN NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    deleted_at  BIGINT
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
CREATE INDEX blocks_time ON blocks (company, last_at);

-- `kind` is the letter of `Keys::iter`.
CREATE TABLE block_keys (
    company BIGINT NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    block   BIGINT NOT NULL,
    PRIMARY KEY (company, kind, key, block)
);
-- For retention, which removes whole blocks.
CREATE INDEX block_keys_block ON block_keys (company, block);

-- Everything up to and including seq is settled, as the revisions up to this number decide; what a newer one says about
-- that stretch, the courier had not heard when it wrote this (the view `settled`).
CREATE TABLE cursors (
    webhook  BIGINT PRIMARY KEY,
    company  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    revision INTEGER NOT NULL
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

-- The states of a source's line, as rows for restarts and for other nodes; written on change, once a second at most.
CREATE TABLE source_live (
    source          BIGINT PRIMARY KEY,
    company         BIGINT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('stopped', 'connecting', 'connected', 'waiting', 'refused')),
    since           BIGINT NOT NULL,
    until           BIGINT,
    attempt         INTEGER NOT NULL,
    reason          TEXT,
    session         BIGINT,
    last_event_at   BIGINT,
    foreign_company BIGINT
);

-- `secret` is sealed and bound to this row; `lookup` is what a request's secret is hashed to. A deleted source keeps
-- its row, without both, for as long as its company lives: events name it.
CREATE TABLE sources (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company     BIGINT NOT NULL,
    provider    TEXT NOT NULL CHECK (provider IN ('threecplus', 'colmeia', 'teravoz', 'tellicon')),
    path_key    TEXT,
    account     TEXT,
    config      TEXT NOT NULL,
    secret      BYTEA,
    secret_mask TEXT NOT NULL,
    lookup      BYTEA,
    connect     BOOLEAN NOT NULL,
    provisioned BOOLEAN NOT NULL,
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    deleted_at  BIGINT
);
CREATE INDEX sources_company ON sources (company, id);
CREATE UNIQUE INDEX sources_path_key ON sources (path_key);
CREATE UNIQUE INDEX sources_lookup ON sources (lookup);

-- `credentials` is sealed and bound to this row.
CREATE TABLE webhooks (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company       BIGINT NOT NULL,
    settings      TEXT NOT NULL,
    credentials   BYTEA,
    state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
    paused_reason TEXT,
    provisioned   BOOLEAN NOT NULL,
    version       BIGINT NOT NULL,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    deleted_at    BIGINT
);
CREATE INDEX webhooks_company ON webhooks (company, id);

CREATE TABLE revisions (
    webhook  BIGINT NOT NULL,
    number   INTEGER NOT NULL,
    from_seq BIGINT NOT NULL,
    wishes   TEXT NOT NULL,
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (webhook, number)
);

-- How far each webhook is settled by every revision there is: where a start goes on from. A revision that a cursor does
-- not know yet counts from its first event on.
CREATE VIEW settled AS
SELECT webhook, company, LEAST(seq, COALESCE((
    SELECT MIN(from_seq) - 1 FROM revisions
    WHERE revisions.webhook = cursors.webhook AND revisions.number > cursors.revision
), seq)) AS seq
FROM cursors;

-- Ranges that a cursor was moved over without sending.
CREATE TABLE skips (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company  BIGINT NOT NULL,
    webhook  BIGINT NOT NULL,
    from_seq BIGINT NOT NULL,
    to_seq   BIGINT NOT NULL,
    reason   TEXT NOT NULL CHECK (reason IN ('by_hand', 'expired')),
    actor    TEXT,
    at       BIGINT NOT NULL
);
CREATE INDEX skips_webhook ON skips (webhook, from_seq);

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
    ended_at    BIGINT
);
CREATE INDEX replays_webhook ON replays (webhook, id);

-- `hash` is of the whole key; `prefix` is what people tell keys apart by. `companies` lists ids; NULL is all.
CREATE TABLE api_keys (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         TEXT NOT NULL,
    hash         BYTEA NOT NULL,
    prefix       TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('reader', 'operator', 'administrator')),
    companies    TEXT,
    created_by   TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
);
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

CREATE TABLE audit (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    address TEXT,
    action  TEXT NOT NULL,
    company BIGINT,
    target  TEXT,
    detail  TEXT
);
CREATE INDEX audit_company ON audit (company, id);

-- Data keys, wrapped by the master key; 0 is the lookup key.
CREATE TABLE keys (
    id      BIGINT PRIMARY KEY,
    wrapped BYTEA NOT NULL
);
