-- A company's board on the wall: what people say of it, and what agents do between calls; migrations/postgres/ holds the same in its dialect.

CREATE TABLE boards (
    company    INTEGER NOT NULL PRIMARY KEY,
    -- JSON: what is pressed on a telephone at a door, and the name that a person has given it.
    commands   TEXT NOT NULL,
    -- Seconds: from then on somebody waits for long.
    late_after INT NOT NULL,
    -- Goes up with every saved change.
    version    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An agent of a source, as the consumer `agents` has made it of events; `build` is the one of its cursor. All of it can be made again
-- from the events, and goes with the last of them.
CREATE TABLE agents (
    company    INTEGER NOT NULL,
    build      INT NOT NULL,
    source     INTEGER NOT NULL,
    -- The provider's id.
    agent      TEXT NOT NULL,
    name       TEXT,
    extension  TEXT,
    presence   TEXT NOT NULL,
    -- What its break is called.
    detail     TEXT,
    -- By our clock: when the event came that said so, and that event.
    since      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    PRIMARY KEY (company, build, source, agent)
) STRICT, WITHOUT ROWID;
