-- Everybody who follows a journal has a cursor here, not webhooks alone. migrations/sqlite/ holds the same in its dialect.

-- Everything up to and including `seq` is in the rows of this consumer, as its `version` makes them. A webhook's `id` is its own,
-- and its `version` the newest revision that it knew; a consumer with one set of rows for each company has that company's. `build`
-- counts up when rows are made anew beside those that are read: the lowest there is is the one that is read.
DROP VIEW settled;
ALTER TABLE cursors RENAME COLUMN webhook TO id;
ALTER TABLE cursors RENAME COLUMN revision TO version;
ALTER TABLE cursors ADD COLUMN consumer TEXT NOT NULL DEFAULT 'webhook', ADD COLUMN build INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cursors ALTER COLUMN consumer DROP DEFAULT, ALTER COLUMN build DROP DEFAULT;
ALTER TABLE cursors DROP CONSTRAINT cursors_pkey, ADD PRIMARY KEY (consumer, id, build);
-- What was sealed so far tells how far the indexer had come.
INSERT INTO cursors (consumer, id, build, company, version, seq)
SELECT 'indexer', company, 0, company, 1, MAX(last_seq) FROM blocks WHERE company IN (SELECT company FROM heads) GROUP BY company;

-- How far each webhook is settled by every revision there is: where a start goes on from. A revision that a cursor does
-- not know yet counts from its first event on.
CREATE VIEW settled AS
SELECT id AS webhook, company, LEAST(seq, COALESCE((
    SELECT MIN(from_seq) - 1 FROM revisions
    WHERE revisions.webhook = cursors.id AND revisions.number > cursors.version
), seq)) AS seq
FROM cursors WHERE consumer = 'webhook';
