-- What people say of a company's board on the wall; migrations/postgres/ holds the same in its dialect.

CREATE TABLE boards (
    company    INTEGER NOT NULL PRIMARY KEY,
    -- JSON: what is pressed on a telephone at a door, and the name that a person has given it.
    commands   TEXT NOT NULL,
    -- Seconds: from then on somebody waits for long.
    late_after INT NOT NULL,
    -- Goes up with every saved change.
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
