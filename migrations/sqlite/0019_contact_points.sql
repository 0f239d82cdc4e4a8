-- Who is told of what is wrong, and over which service; migrations/postgres/ holds the same in its dialect.

CREATE TABLE contact_points (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- NULL for one of the whole installation.
    company     INTEGER,
    name        TEXT NOT NULL,
    -- The language of what is sent, as its tag.
    lang        TEXT NOT NULL,
    -- JSON: the service, and what of it is no secret.
    channel     TEXT NOT NULL,
    -- Sealed: the whole address, a robot's token, what signs.
    credentials BLOB,
    -- Goes up with every saved change.
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    -- What came of the last message; NULL before the first. The word says why, where it was not taken by all.
    last_at     INTEGER,
    last_taken  INTEGER CHECK (last_taken IN (0, 1)),
    last_why    TEXT
) STRICT;
CREATE INDEX contact_points_company ON contact_points (company, id);
