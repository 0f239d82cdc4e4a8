-- Where a provider's own documents count a call, in their words. migrations/sqlite/ holds the same.

ALTER TABLE calls ADD COLUMN stage TEXT;
