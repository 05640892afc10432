-- The keys of a request are of a version of the rules of search, and are written anew where the program has a newer one
-- (store::search), its index with them.
DROP TRIGGER requests_search_insert ON requests;
DROP FUNCTION requests_search_insert();
DROP TABLE requests_search;
CREATE TABLE requests_text (
    number BIGINT NOT NULL PRIMARY KEY,
    search TEXT   COLLATE "C" NOT NULL
);
CREATE INDEX ix_requests_search ON requests_text USING gin (search gin_trgm_ops) WITH (fastupdate = off);
-- Beginnings are found in the keys, and requesters by who they are.
DROP INDEX ix_requests_name_prefix;
DROP INDEX ix_requests_email_prefix;
DROP INDEX ix_requests_email;
ALTER TABLE requests DROP COLUMN search;
ALTER TABLE requests DROP COLUMN email_fold;
INSERT INTO sequences (name, value) VALUES ('search_version', 0);
