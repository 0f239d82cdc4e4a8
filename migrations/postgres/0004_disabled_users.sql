-- Users who may not sign in until enabled again. migrations/sqlite/ holds the same in its dialect.
ALTER TABLE users ADD COLUMN disabled BOOLEAN NOT NULL DEFAULT FALSE;
