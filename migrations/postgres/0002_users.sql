-- Who signs in to the panel. migrations/sqlite/ holds the same in its dialect.

-- `password` is an Argon2id hash in the PHC form; `companies` lists ids, NULL is all; `temporary` is a password that
-- somebody else chose. `lang` and `zone` are NULL until the person has chosen.
CREATE TABLE users (
    id              BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login           TEXT NOT NULL,
    name            TEXT NOT NULL,
    password        TEXT NOT NULL,
    temporary       BOOLEAN NOT NULL,
    role            TEXT NOT NULL CHECK (role IN ('reader', 'operator', 'administrator')),
    companies       TEXT,
    lang            TEXT CHECK (lang IN ('pt-BR', 'en')),
    zone            TEXT,
    version         BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    last_sign_in_at BIGINT
);
CREATE UNIQUE INDEX users_login ON users (login);

-- Signed-in browsers. `hash` is of the token that the browser keeps; the token itself is nowhere here.
CREATE TABLE signed_in (
    hash       BYTEA PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    ends_at    BIGINT NOT NULL,
    address    TEXT,
    agent      TEXT
);
CREATE INDEX signed_in_user ON signed_in (user_id);
