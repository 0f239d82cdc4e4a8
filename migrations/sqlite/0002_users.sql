-- Who signs in to the panel. migrations/postgres/ holds the same in its dialect.

-- `password` is an Argon2id hash in the PHC form; `companies` lists ids, NULL is all; `temporary` is a password that
-- somebody else chose. `lang` and `zone` are NULL until the person has chosen.
CREATE TABLE users (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    login           TEXT NOT NULL,
    name            TEXT NOT NULL,
    password        TEXT NOT NULL,
    temporary       INTEGER NOT NULL CHECK (temporary IN (0, 1)),
    role            TEXT NOT NULL CHECK (role IN ('reader', 'operator', 'administrator')),
    companies       TEXT,
    lang            TEXT CHECK (lang IN ('pt-BR', 'en')),
    zone            TEXT,
    version         INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER
) STRICT;
CREATE UNIQUE INDEX users_login ON users (login);

-- Signed-in browsers. `hash` is of the token that the browser keeps; the token itself is nowhere here.
CREATE TABLE signed_in (
    hash       BLOB PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    ends_at    INTEGER NOT NULL,
    address    TEXT,
    agent      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX signed_in_user ON signed_in (user_id);
