-- Which providers there are is the program's to know: a source may be of any. migrations/sqlite/ holds the same in its dialect.
ALTER TABLE sources DROP CONSTRAINT sources_provider_check;
