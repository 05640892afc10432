-- The keys of a request stand apart from it: they are of a version of the rules of search, and are written anew where the program
-- has a newer one (store::search), which an ended request, that never changes, does not allow.
DROP TRIGGER requests_search_insert;
DROP TABLE requests_search;
CREATE TABLE requests_text (
    number      INTEGER NOT NULL PRIMARY KEY,
    search      TEXT    NOT NULL
) STRICT;
CREATE VIRTUAL TABLE requests_search USING fts5 (search, content = 'requests_text', content_rowid = 'number', tokenize = 'trigram case_sensitive 1', columnsize = 0);
CREATE TRIGGER requests_search_insert AFTER INSERT ON requests_text BEGIN
    INSERT INTO requests_search (rowid, search) VALUES (NEW.number, NEW.search);
END;
-- Beginnings are found in the keys, and requesters by who they are.
DROP INDEX ix_requests_name_prefix;
DROP INDEX ix_requests_email_prefix;
DROP INDEX ix_requests_email;
ALTER TABLE requests DROP COLUMN search;
ALTER TABLE requests DROP COLUMN email_fold;
INSERT INTO sequences (name, value) VALUES ('search_version', 0);
