-- When the silence of a company is told; migrations/postgres/ holds the same in its dialect.

CREATE TABLE silence_alarms (
    company INTEGER PRIMARY KEY,
    enabled INT NOT NULL,
    -- Without an event for so many minutes of work.
    minutes INT NOT NULL,
    -- JSON: event types that count; none is all.
    types   TEXT NOT NULL,
    -- JSON: when the company works.
    hours   TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;
