-- What tells of the past is found by its age, to be forgotten. migrations/sqlite/ holds the same in its dialect.
CREATE INDEX audit_at ON audit (at);
CREATE INDEX sessions_ended ON sessions (ended_at);
CREATE INDEX gaps_ended ON gaps (ended_at);
