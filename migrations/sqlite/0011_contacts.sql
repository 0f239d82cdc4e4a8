-- The phones that a company knows; migrations/postgres/ holds the same in its dialect.

CREATE TABLE contacts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    company    INTEGER NOT NULL,
    -- Digits.
    phone      TEXT NOT NULL,
    -- Eleven digits.
    cpf        TEXT,
    first_name TEXT,
    last_name  TEXT,
    -- The name in small letters, for who looks for it: SQLite knows those of ASCII only.
    folded     TEXT NOT NULL,
    -- The call by which it became known, and that call's source; NULL for one that a person entered.
    source     INTEGER,
    call_id    TEXT,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX contacts_company ON contacts (company, id);
CREATE UNIQUE INDEX contacts_phone ON contacts (company, phone);
