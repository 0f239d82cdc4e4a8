-- Users who may not sign in until enabled again. migrations/postgres/ holds the same in its dialect.
ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));
