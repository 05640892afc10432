-- A one-time link is bound to the address that it went to, and ends with that address, with its person's activity and with a change
-- of the admin mark. It may have been shown on the screen; then it is known who showed it.
ALTER TABLE login_links ADD COLUMN email TEXT;
ALTER TABLE login_links ADD COLUMN shown_by UUID REFERENCES people (id);
-- Where an older link went is not known if its person was written since: such links end.
UPDATE login_links l SET email = p.email,
        used_at = CASE WHEN l.used_at IS NULL AND (p.updated_at > l.created_at OR NOT p.active) THEN l.created_at ELSE l.used_at END
    FROM people p WHERE p.id = l.person_id;
ALTER TABLE login_links ALTER COLUMN email SET NOT NULL;
ALTER TABLE login_links DROP CONSTRAINT login_links_purpose_check;
ALTER TABLE login_links ADD CONSTRAINT login_links_purpose_check CHECK (purpose IN ('invitation', 'reset', 'printed', 'shown'));
ALTER TABLE login_links ADD CHECK ((purpose = 'shown') = (shown_by IS NOT NULL));

-- Who let the person in: the admin who showed the link by which the password was set.
ALTER TABLE credentials ADD COLUMN let_in_by UUID REFERENCES people (id);
CREATE INDEX ix_credentials_let_in ON credentials (let_in_by) WHERE let_in_by IS NOT NULL;

-- Who changed the address last, and when; nobody for the command line.
ALTER TABLE people ADD COLUMN address_changed_by UUID REFERENCES people (id);
ALTER TABLE people ADD COLUMN address_changed_at BIGINT;
CREATE INDEX ix_people_address_changed ON people (address_changed_at) WHERE address_changed_by IS NOT NULL;

-- An address that a message goes to in the place of its recipient's present one.
ALTER TABLE outbox ADD COLUMN address TEXT;

-- Whoever changes a person, in whatever way.
CREATE FUNCTION people_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE login_links SET used_at = NEW.updated_at WHERE person_id = NEW.id AND used_at IS NULL;
    DELETE FROM sessions WHERE person_id = NEW.id AND (OLD.active > NEW.active OR OLD.admin > NEW.admin);
    RETURN NULL;
END $$;
CREATE TRIGGER people_rights AFTER UPDATE OF email, active, admin ON people FOR EACH ROW
    WHEN (OLD.email <> NEW.email OR OLD.active <> NEW.active OR OLD.admin <> NEW.admin)
    EXECUTE FUNCTION people_rights();
