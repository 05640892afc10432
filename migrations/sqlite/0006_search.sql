-- Trigram index over the folded search text. The text of a request never changes, so inserts are all there is.
CREATE VIRTUAL TABLE requests_search USING fts5 (search, content = 'requests', content_rowid = 'number', tokenize = 'trigram case_sensitive 1', columnsize = 0);
CREATE TRIGGER requests_search_insert AFTER INSERT ON requests BEGIN
    INSERT INTO requests_search (rowid, search) VALUES (NEW.number, NEW.search);
END;
