-- The phones that a company knows; migrations/sqlite/ holds the same in its dialect.

CREATE TABLE contacts (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company    BIGINT NOT NULL,
    -- Digits.
    phone      TEXT NOT NULL,
    -- Eleven digits.
    cpf        TEXT,
    first_name TEXT,
    last_name  TEXT,
    -- The name in small letters, for who looks for it: SQLite knows those of ASCII only.
    folded     TEXT NOT NULL,
    -- The call by which it became known, and that call's source; NULL for one that a person entered.
    source     BIGINT,
    call_id    TEXT,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX contacts_company ON contacts (company, id);
CREATE UNIQUE INDEX contacts_phone ON contacts (company, phone);
