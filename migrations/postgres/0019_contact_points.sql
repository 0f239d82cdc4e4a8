-- Who is told of what is wrong, and over which service; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE contact_points (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- NULL for one of the whole installation.
    company     BIGINT,
    name        TEXT NOT NULL,
    -- The language of what is sent, as its tag.
    lang        TEXT NOT NULL,
    -- JSON: the service, and what of it is no secret.
    channel     TEXT NOT NULL,
    -- Sealed: the whole address, a robot's token, what signs.
    credentials BYTEA,
    -- Goes up with every saved change.
    version     BIGINT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    -- What came of the last message; NULL before the first. The word says why, where it was not taken by all.
    last_at     BIGINT,
    last_taken  BOOLEAN,
    last_why    TEXT
);
CREATE INDEX contact_points_company ON contact_points (company, id);
