-- The journal and what surrounds it. Times are microseconds since 1970 UTC; ids are never reused (AUTOINCREMENT).
-- Hot tables have no foreign keys and no index but their key; migrations/postgres/ holds the same in its dialect.

CREATE TABLE companies (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('active', 'deleted')),
    provisioned INTEGER NOT NULL CHECK (provisioned IN (0, 1)),
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX companies_name ON companies (name) WHERE state = 'active';

-- One row per company: the last seq, the epoch of the lease that may write, and the last batch that did.
CREATE TABLE heads (
    company INTEGER PRIMARY KEY,
    seq     INTEGER NOT NULL,
    epoch   INTEGER NOT NULL,
    batch   INTEGER NOT NULL
) STRICT;

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
) STRICT, WITHOUT ROWID;

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

-- `kind` is the letter of `Keys::iter`.
CREATE TABLE block_keys (
    company INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    key     TEXT NOT NULL,
    block   INTEGER NOT NULL,
    PRIMARY KEY (company, kind, key, block)
) STRICT, WITHOUT ROWID;

-- Settled up to and including this seq.
CREATE TABLE cursors (
    webhook INTEGER PRIMARY KEY,
    company INTEGER NOT NULL,
    seq     INTEGER NOT NULL
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
    finished_at INTEGER
) STRICT;
CREATE INDEX replays_webhook ON replays (webhook, id);
