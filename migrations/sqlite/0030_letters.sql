-- Names are limited in letters as people count them, of which many take several code points; the program counts them. Here the limit
-- is what an index takes. A CHECK is no part of how rows are stored, so its text can be written anew in place (SQLite, "Making Other
-- Kinds Of Table Schema Changes"): building the tables anew would take everything along that refers to them.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
   SET sql = replace(sql, 'CHECK (length(name) BETWEEN 1 AND 200)', 'CHECK (length(name) BETWEEN 1 AND 1000)')
 WHERE type = 'table' AND name IN ('people', 'groups', 'resources', 'flows', 'connectors', 'channels');
PRAGMA writable_schema = RESET;
-- Raises the number of the schema, by which other connections know that theirs is old.
CREATE TABLE letters_0030 (n INTEGER);
DROP TABLE letters_0030;
