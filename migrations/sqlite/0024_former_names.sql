-- Keys by which a person is found, written with name and email; empty until the program has written them (store::search).
ALTER TABLE people ADD COLUMN search TEXT NOT NULL DEFAULT '';
-- Whether the person was ever called or written to otherwise: only then have their requests other names than they.
ALTER TABLE people ADD COLUMN changed INTEGER NOT NULL DEFAULT 0 CHECK (changed IN (0, 1));
-- A search asks these for their keys; SQLite uses a partial index only where the query repeats its condition word for word.
CREATE INDEX ix_people_changed ON people (search, changed) WHERE changed;

-- What a person was called, and where they were written to, before. Kept by the schema, so that no path of change is forgotten.
CREATE TABLE people_former (
    person_id   BLOB    NOT NULL REFERENCES people (id),
    email       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    search      TEXT    NOT NULL,
    -- Until when, in microseconds; the last time where it came back.
    until       INTEGER NOT NULL,
    PRIMARY KEY (person_id, email, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_people_former_email ON people_former (email, until);

CREATE TRIGGER people_former AFTER UPDATE OF name, email ON people
WHEN OLD.name <> NEW.name OR OLD.email <> NEW.email BEGIN
    INSERT INTO people_former (person_id, email, name, search, until)
    VALUES (OLD.id, OLD.email, OLD.name, OLD.search, NEW.updated_at)
    ON CONFLICT (person_id, email, name) DO UPDATE SET search = excluded.search, until = excluded.until;
    UPDATE people SET changed = 1 WHERE id = NEW.id AND NOT changed;
END;

-- What requests remember of the time before.
INSERT INTO people_former (person_id, email, name, search, until)
SELECT r.requester_id, r.requester_email, r.requester_name, '', MAX(r.submitted_at)
  FROM requests r JOIN people p ON p.id = r.requester_id
 WHERE r.requester_email <> p.email OR r.requester_name <> p.name
 GROUP BY r.requester_id, r.requester_email, r.requester_name;
UPDATE people SET changed = 1 WHERE id IN (SELECT person_id FROM people_former);
