-- A one-time link is bound to the address that it went to, and ends with that address, with its person's activity and with a change
-- of the admin mark. It may have been shown on the screen; then it is known who showed it.
CREATE TABLE login_links_new (
    token_hash  BLOB    NOT NULL PRIMARY KEY,
    person_id   BLOB    NOT NULL REFERENCES people (id),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('invitation', 'reset', 'printed', 'shown')),
    email       TEXT    NOT NULL,
    shown_by    BLOB    REFERENCES people (id),
    created_at  INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    -- Also when it was ended by something else.
    used_at     INTEGER,
    CHECK ((purpose = 'shown') = (shown_by IS NOT NULL))
) STRICT, WITHOUT ROWID;
-- Where an older link went is not known if its person was written since: such links end.
INSERT INTO login_links_new (token_hash, person_id, purpose, email, created_at, ends_at, used_at)
    SELECT l.token_hash, l.person_id, l.purpose, p.email, l.created_at, l.ends_at,
        CASE WHEN l.used_at IS NULL AND (p.updated_at > l.created_at OR p.active = 0) THEN l.created_at ELSE l.used_at END
      FROM login_links l JOIN people p ON p.id = l.person_id;
DROP TABLE login_links;
ALTER TABLE login_links_new RENAME TO login_links;
CREATE INDEX ix_login_links_person ON login_links (person_id);

-- Who let the person in: the admin who showed the link by which the password was set.
ALTER TABLE credentials ADD COLUMN let_in_by BLOB REFERENCES people (id);
CREATE INDEX ix_credentials_let_in ON credentials (let_in_by) WHERE let_in_by IS NOT NULL;

-- Who changed the address last, and when; nobody for the command line.
ALTER TABLE people ADD COLUMN address_changed_by BLOB REFERENCES people (id);
ALTER TABLE people ADD COLUMN address_changed_at INTEGER;
CREATE INDEX ix_people_address_changed ON people (address_changed_at) WHERE address_changed_by IS NOT NULL;

-- An address that a message goes to in the place of its recipient's present one.
ALTER TABLE outbox ADD COLUMN address TEXT;

-- Whoever changes a person, in whatever way.
CREATE TRIGGER people_rights AFTER UPDATE OF email, active, admin ON people
WHEN OLD.email <> NEW.email OR OLD.active <> NEW.active OR OLD.admin <> NEW.admin BEGIN
    UPDATE login_links SET used_at = NEW.updated_at WHERE person_id = NEW.id AND used_at IS NULL;
    DELETE FROM sessions WHERE person_id = NEW.id AND (OLD.active > NEW.active OR OLD.admin > NEW.admin);
END;
