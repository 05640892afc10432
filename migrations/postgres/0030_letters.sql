-- Names are limited in letters as people count them, of which many take several code points; the program counts them. Here the limit
-- is what an index takes.
ALTER TABLE people DROP CONSTRAINT people_name_check, ADD CONSTRAINT people_name_check CHECK (length(name) BETWEEN 1 AND 1000);
ALTER TABLE groups DROP CONSTRAINT groups_name_check, ADD CONSTRAINT groups_name_check CHECK (length(name) BETWEEN 1 AND 1000);
ALTER TABLE resources DROP CONSTRAINT resources_name_check, ADD CONSTRAINT resources_name_check CHECK (length(name) BETWEEN 1 AND 1000);
ALTER TABLE flows DROP CONSTRAINT flows_name_check, ADD CONSTRAINT flows_name_check CHECK (length(name) BETWEEN 1 AND 1000);
ALTER TABLE connectors DROP CONSTRAINT connectors_name_check, ADD CONSTRAINT connectors_name_check CHECK (length(name) BETWEEN 1 AND 1000);
ALTER TABLE channels DROP CONSTRAINT channels_name_check, ADD CONSTRAINT channels_name_check CHECK (length(name) BETWEEN 1 AND 1000);
