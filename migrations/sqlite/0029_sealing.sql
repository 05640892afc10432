-- Secrets lie sealed under a key from outside of the database. Which key, and a value that only this key opens; both are empty until
-- the first secret is sealed. What lies here in clear from before is sealed at the next start, by the program: SQL cannot.
CREATE TABLE sealing (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id  TEXT    NOT NULL DEFAULT '',
    proof   TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO sealing (id) VALUES (1);
