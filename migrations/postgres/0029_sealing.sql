-- Secrets lie sealed under a key from outside of the database. Which key, and a value that only this key opens; both are empty until
-- the first secret is sealed. What lies here in clear from before is sealed at the next start, by the program: SQL cannot.
CREATE TABLE sealing (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    key_id  TEXT   NOT NULL DEFAULT '',
    proof   TEXT   NOT NULL DEFAULT ''
);
INSERT INTO sealing (id) VALUES (1);
-- A sealed value is a text, whatever it holds.
ALTER TABLE channels ALTER COLUMN old_keys DROP DEFAULT;
ALTER TABLE channels
    ALTER COLUMN headers TYPE TEXT USING headers::text,
    ALTER COLUMN secrets TYPE TEXT USING secrets::text,
    ALTER COLUMN old_keys TYPE TEXT USING old_keys::text;
ALTER TABLE channels ALTER COLUMN old_keys SET DEFAULT '';
