-- A source may have secrets beside its token. migrations/sqlite/ holds the same in its dialect.

-- JSON, the secrets by their names, sealed together and bound to this row.
ALTER TABLE sources ADD COLUMN secrets BYTEA;
-- JSON, what people may see of each.
ALTER TABLE sources ADD COLUMN secret_masks TEXT NOT NULL DEFAULT '{}';
