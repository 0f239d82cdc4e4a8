-- A webhook's attempts by time: retries of old events come between first tries of new ones. Failures have an index of
-- their own, for they are few among many; migrations/postgres/ holds the same in its dialect.
CREATE INDEX attempts_at ON attempts (webhook, at, seq);
CREATE INDEX attempts_failed ON attempts (webhook, at, seq) WHERE status IS NULL OR status < 200 OR status > 299;
