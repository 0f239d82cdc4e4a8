-- The journal and what surrounds it. Times are microseconds since 1970 UTC; ids are never reused (AUTOINCREMENT).
-- Hot tables have no foreign keys and no index but their key; migrations/postgres/ holds the same in its dialect.

CREATE TABLE companies (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'deleted')),
    provisioned INTEGER NOT NULL CHECK (provisioned IN (0, 1)),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX companies_name ON companies (name) WHERE state = 'active';

-- One row per company: the last seq, the epoch of the lease that may write, and the last batch that did.
CREATE TABLE heads (
    company INTEGER PRIMARY KEY,
    seq     INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    batch   INTEGER NOT NULL
) STRICT;

-- Not WITHOUT ROWID: rows then stand in the order they came, whosever they are, so that a batch of many companies
-- fills pages from end to end instead of touching a page of each (measured: a half to a sixth of the bytes written).
CREATE TABLE events (
    company     INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    source      INTEGER NOT NULL,
    provider    TEXT NOT NULL,
    session     INTEGER,
    name        TEXT NOT NULL,
    lane        TEXT,
    received_at INTEGER NOT NULL,
    flags       INT NOT NULL,
    keys        TEXT,
    extra       BLOB,
    payload     BLOB NOT NULL,
    PRIMARY KEY (company, seq)
) STRICT;

-- `block` is the first seq of the block; `names` counts the events of each name, as JSON.
CREATE TABLE blocks (
    company  INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    events   INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    names    TEXT NOT NULL,
    PRIMARY KEY (company, block)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocks_time ON blocks (company, last_at);

-- `kind` is the letter of `Keys::iter`.
CREATE TABLE block_keys (
    company INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    block   INTEGER NOT NULL,
    PRIMARY KEY (company, kind, key, block)
) STRICT, WITHOUT ROWID;
-- For retention, which removes whole blocks.
CREATE INDEX block_keys_block ON block_keys (company, block);

-- Everything up to and including seq is settled, as the revisions up to this number decide; what a newer one says about
-- that stretch, the courier had not heard when it wrote this (the view `settled`).
CREATE TABLE cursors (
    webhook  INTEGER PRIMARY KEY,
    company  INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    revision INT NOT NULL
) STRICT;
CREATE INDEX cursors_company ON cursors (company);

CREATE TABLE held (
    webhook  INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    state    TEXT NOT NULL CHECK (state IN ('retrying', 'alone', 'waiting', 'dead')),
    reason   TEXT NOT NULL,
    lane     TEXT,
    attempts INT NOT NULL,
    next_at  INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    origin   TEXT NOT NULL CHECK (origin IN ('live', 'resend', 'replay', 'test')),
    replay   INTEGER,
    PRIMARY KEY (webhook, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX held_due ON held (webhook, state, next_at, seq);
CREATE INDEX held_lane ON held (webhook, lane, seq);

-- `at` stands in the key because a number can come twice: a courier that starts again counts an event that was not
-- set aside from one. A batch that is written again changes nothing.
CREATE TABLE attempts (
    webhook       INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    origin        TEXT NOT NULL CHECK (origin IN ('live', 'resend', 'replay', 'test')),
    n             INT NOT NULL,
    revision      INT NOT NULL,
    status        INT,
    error         TEXT,
    charged       INTEGER NOT NULL CHECK (charged IN (0, 1)),
    dns_us        INT,
    connect_us    INT,
    tls_us        INT,
    first_byte_us INT,
    total_us      INT,
    answer        BLOB,
    PRIMARY KEY (webhook, seq, at, origin, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE seen (
    source INTEGER NOT NULL,
    key    BLOB NOT NULL,
    seq    INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (source, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);

CREATE TABLE sessions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    company         INTEGER NOT NULL,
    source          INTEGER NOT NULL,
    socket_id       TEXT NOT NULL,
    token_mask      TEXT NOT NULL,
    started_at      INTEGER NOT NULL,
    last_sign_at    INTEGER NOT NULL,
    ended_at        INTEGER,
    end_reason      TEXT,
    recovery_pid    TEXT,
    recovery_offset TEXT
) STRICT;
CREATE INDEX sessions_source ON sessions (source, id);
CREATE INDEX sessions_open ON sessions (source) WHERE ended_at IS NULL;

CREATE TABLE gaps (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    company    INTEGER NOT NULL,
    source     INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    reason     TEXT NOT NULL,
    detail     TEXT
) STRICT;
CREATE INDEX gaps_source ON gaps (source, id);
CREATE INDEX gaps_open ON gaps (source) WHERE ended_at IS NULL;

-- The states of a source's line, as rows for restarts and for other nodes; written on change, once a second at most.
CREATE TABLE source_live (
    source          INTEGER PRIMARY KEY,
    company         INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('stopped', 'connecting', 'connected', 'waiting', 'refused')),
    since           INTEGER NOT NULL,
    until           INTEGER,
    attempt         INT NOT NULL,
    reason          TEXT,
    session         INTEGER,
    last_event_at   INTEGER,
    foreign_company INTEGER
) STRICT;

-- `secret` is sealed and bound to this row; `lookup` is what a request's secret is hashed to. A deleted source keeps
-- its row, without both, for as long as its company lives: events name it.
CREATE TABLE sources (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    company     INTEGER NOT NULL,
    provider    TEXT NOT NULL CHECK (provider IN ('threecplus', 'colmeia', 'teravoz', 'tellicon')),
    path_key    TEXT,
    account     TEXT,
    config      TEXT NOT NULL,
    secret      BLOB,
    secret_mask TEXT NOT NULL,
    lookup      BLOB,
    connect     INTEGER NOT NULL CHECK (connect IN (0, 1)),
    provisioned INTEGER NOT NULL CHECK (provisioned IN (0, 1)),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT;
CREATE INDEX sources_company ON sources (company, id);
CREATE UNIQUE INDEX sources_path_key ON sources (path_key);
CREATE UNIQUE INDEX sources_lookup ON sources (lookup);

-- `credentials` is sealed and bound to this row.
CREATE TABLE webhooks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    company       INTEGER NOT NULL,
    settings      TEXT NOT NULL,
    credentials   BLOB,
    state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'deleted')),
    paused_reason TEXT,
    provisioned   INTEGER NOT NULL CHECK (provisioned IN (0, 1)),
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER
) STRICT;
CREATE INDEX webhooks_company ON webhooks (company, id);

CREATE TABLE revisions (
    webhook  INTEGER NOT NULL,
    number   INT NOT NULL,
    from_seq INTEGER NOT NULL,
    wishes   TEXT NOT NULL,
    saved_at INTEGER NOT NULL,
    PRIMARY KEY (webhook, number)
) STRICT, WITHOUT ROWID;

-- How far each webhook is settled by every revision there is: where a start goes on from. A revision that a cursor does
-- not know yet counts from its first event on.
CREATE VIEW settled AS
SELECT webhook, company, MIN(seq, COALESCE((
    SELECT MIN(from_seq) - 1 FROM revisions
    WHERE revisions.webhook = cursors.webhook AND revisions.number > cursors.revision
), seq)) AS seq
FROM cursors;

-- Ranges that a cursor was moved over without sending.
CREATE TABLE skips (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    company  INTEGER NOT NULL,
    webhook  INTEGER NOT NULL,
    from_seq INTEGER NOT NULL,
    to_seq   INTEGER NOT NULL,
    reason   TEXT NOT NULL CHECK (reason IN ('by_hand', 'expired')),
    actor    TEXT,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX skips_webhook ON skips (webhook, from_seq);

CREATE TABLE replays (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    company     INTEGER NOT NULL,
    webhook     INTEGER NOT NULL,
    from_seq    INTEGER NOT NULL,
    to_seq      INTEGER NOT NULL,
    filter      TEXT NOT NULL,
    revision    INT NOT NULL,
    as_new      INTEGER NOT NULL CHECK (as_new IN (0, 1)),
    rate        INT,
    state       TEXT NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    position    INTEGER NOT NULL,
    total       INTEGER,
    delivered   INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    skipped     INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;
CREATE INDEX replays_webhook ON replays (webhook, id);

-- `hash` is of the whole key; `prefix` is what people tell keys apart by. `companies` lists ids; NULL is all.
CREATE TABLE api_keys (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    hash         BLOB NOT NULL,
    prefix       TEXT NOT NULL,
    role         TEXT NOT NULL CHECK (role IN ('reader', 'operator', 'administrator')),
    companies    TEXT,
    created_by   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    address TEXT,
    action  TEXT NOT NULL,
    company INTEGER,
    target  TEXT,
    detail  TEXT
) STRICT;
CREATE INDEX audit_company ON audit (company, id);

-- Data keys, wrapped by the master key; 0 is the lookup key.
CREATE TABLE keys (
    id      INTEGER PRIMARY KEY,
    wrapped BLOB NOT NULL
) STRICT;
