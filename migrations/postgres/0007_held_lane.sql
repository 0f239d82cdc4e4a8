-- Nothing is looked for by it: what is held of a call is in the memory of its webhook. migrations/sqlite/ holds the same in its dialect.
DROP INDEX held_lane;
