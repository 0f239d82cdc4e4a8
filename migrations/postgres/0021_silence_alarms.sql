-- When the silence of a company is told; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE silence_alarms (
    company BIGINT PRIMARY KEY,
    enabled INTEGER NOT NULL,
    -- Without an event for so many minutes of work.
    minutes INTEGER NOT NULL,
    -- JSON: event types that count; none is all.
    types   TEXT NOT NULL,
    -- JSON: when the company works.
    hours   TEXT NOT NULL,
    version BIGINT NOT NULL
);
