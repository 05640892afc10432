-- Each saved change of a flow, whatever it changes, has a revision: two admins who edit at once are told of each other.
ALTER TABLE flows ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
-- The catalogue shows the flow's own category and colour, or the resource's.
ALTER TABLE flows ADD COLUMN category TEXT NOT NULL DEFAULT '';
ALTER TABLE flows ADD COLUMN colour TEXT;
