-- What is the same name is decided in the program (NFC, white space, simple case folding) and kept in name_key, over which the
-- unique index is. name_fold, which drops accents, stays for search and for the order of lists. Keys of names that are there
-- are marked with a character that no name can hold (2) and computed by the program right after the migration (rekey.rs).

ALTER TABLE groups RENAME COLUMN name_fold TO name_key;
ALTER TABLE groups ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE groups SET name_fold = name_key;
UPDATE groups SET name_key = chr(2) || replace(CAST(id AS TEXT), '-', '') WHERE deleted_at IS NULL;
CREATE INDEX ix_groups_order ON groups (name_fold, name_key);

ALTER TABLE resources RENAME COLUMN name_fold TO name_key;
ALTER TABLE resources ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE resources SET name_fold = name_key;
UPDATE resources SET name_key = chr(2) || replace(CAST(id AS TEXT), '-', '') WHERE active;
CREATE INDEX ix_resources_order ON resources (name_fold, name_key);

ALTER TABLE flows RENAME COLUMN name_fold TO name_key;
ALTER TABLE flows ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE flows SET name_fold = name_key;
UPDATE flows SET name_key = chr(2) || replace(CAST(id AS TEXT), '-', '');
-- The version of a flow is checked at the end of a transaction otherwise, and no index can be made before that.
SET CONSTRAINTS ALL IMMEDIATE;
CREATE INDEX ix_flows_order ON flows (name_fold, name_key);

ALTER TABLE connectors RENAME COLUMN name_fold TO name_key;
ALTER TABLE connectors ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE connectors SET name_fold = name_key;
UPDATE connectors SET name_key = chr(2) || replace(CAST(id AS TEXT), '-', '');
CREATE INDEX ix_connectors_order ON connectors (name_fold, name_key);

ALTER TABLE channels RENAME COLUMN name_fold TO name_key;
ALTER TABLE channels ADD COLUMN name_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE channels SET name_fold = name_key;
UPDATE channels SET name_key = chr(2) || replace(CAST(id AS TEXT), '-', '');
CREATE INDEX ix_channels_order ON channels (name_fold, name_key);
