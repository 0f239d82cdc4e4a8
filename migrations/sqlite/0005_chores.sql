-- What has to be done once to rows of older programs and needs the keys, which a migration does not have: by name, when it was
-- done. migrations/postgres/ holds the same in its dialect.
CREATE TABLE chores (
    name    TEXT PRIMARY KEY,
    done_at INTEGER NOT NULL
) STRICT;
