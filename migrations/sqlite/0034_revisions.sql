-- What an editor began with is compared with what is there by a number that rises with every change: two changes can have the
-- same moment.
ALTER TABLE people ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE groups ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE resources ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE connectors ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
