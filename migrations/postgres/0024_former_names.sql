-- Keys by which a person is found, written with name and email; empty until the program has written them (store::search).
ALTER TABLE people ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '';
-- Whether the person was ever called or written to otherwise: only then have their requests other names than they.
ALTER TABLE people ADD COLUMN changed BOOLEAN NOT NULL DEFAULT FALSE;
-- A search asks these for their keys.
CREATE INDEX ix_people_changed ON people (id) WHERE changed;

-- What a person was called, and where they were written to, before. Kept by the schema, so that no path of change is forgotten.
CREATE TABLE people_former (
    person_id   UUID    NOT NULL REFERENCES people (id),
    email       TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    search      TEXT COLLATE "C" NOT NULL,
    -- Until when, in microseconds; the last time where it came back.
    until       BIGINT  NOT NULL,
    PRIMARY KEY (person_id, email, name)
);
CREATE INDEX ix_people_former_email ON people_former (email, until);

CREATE FUNCTION people_former() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO people_former (person_id, email, name, search, until)
    VALUES (OLD.id, OLD.email, OLD.name, OLD.search, NEW.updated_at)
    ON CONFLICT (person_id, email, name) DO UPDATE SET search = excluded.search, until = excluded.until;
    NEW.changed := TRUE;
    RETURN NEW;
END $$;
CREATE TRIGGER people_former BEFORE UPDATE ON people FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.email <> NEW.email)
    EXECUTE FUNCTION people_former();

-- What requests remember of the time before.
INSERT INTO people_former (person_id, email, name, search, until)
SELECT r.requester_id, r.requester_email, r.requester_name, '', MAX(r.submitted_at)
  FROM requests r JOIN people p ON p.id = r.requester_id
 WHERE r.requester_email <> p.email OR r.requester_name <> p.name
 GROUP BY r.requester_id, r.requester_email, r.requester_name;
UPDATE people SET changed = TRUE WHERE id IN (SELECT person_id FROM people_former);
