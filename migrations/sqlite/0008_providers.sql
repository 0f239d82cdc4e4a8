-- Which providers there are is the program's to know: a source may be of any. migrations/postgres/ holds the same in its dialect.

-- A check leaves a table only with the table. Nothing refers to this one by a key of SQLite's, no view and no trigger names it.
CREATE TABLE sources_of_any (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    company     INTEGER NOT NULL,
    provider    TEXT NOT NULL,
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
INSERT INTO sources_of_any SELECT id, company, provider, path_key, account, config, secret, secret_mask, lookup, connect,
    provisioned, version, created_at, deleted_at FROM sources;
-- An id is never given twice, not even after the source that had it is gone: events name it.
DELETE FROM sqlite_sequence WHERE name = 'sources_of_any';
INSERT INTO sqlite_sequence (name, seq) SELECT 'sources_of_any', seq FROM sqlite_sequence WHERE name = 'sources';
DROP TABLE sources;
ALTER TABLE sources_of_any RENAME TO sources;
CREATE INDEX sources_company ON sources (company, id);
CREATE UNIQUE INDEX sources_path_key ON sources (path_key);
CREATE UNIQUE INDEX sources_lookup ON sources (lookup);
