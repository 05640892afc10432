-- What is kept for ever is kept against TRUNCATE and against INSERT OR REPLACE too, and votes like decisions.
CREATE TRIGGER votes_keep_update BEFORE UPDATE ON votes BEGIN
    SELECT RAISE(ABORT, 'doorward: votes are kept');
END;
CREATE TRIGGER votes_keep_delete BEFORE DELETE ON votes BEGIN
    SELECT RAISE(ABORT, 'doorward: votes are kept');
END;
-- REPLACE removes the row in its way without any trigger of a removal.
CREATE TRIGGER votes_keep_replace BEFORE INSERT ON votes
WHEN EXISTS (SELECT 1 FROM votes WHERE request = NEW.request AND person_id = NEW.person_id) BEGIN
    SELECT RAISE(ABORT, 'doorward: votes are kept');
END;
CREATE TRIGGER decisions_keep_replace BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM decisions WHERE request = NEW.request) BEGIN
    SELECT RAISE(ABORT, 'doorward: decisions are kept');
END;
CREATE TRIGGER requests_keep_replace BEFORE INSERT ON requests
WHEN EXISTS (SELECT 1 FROM requests WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'doorward: requests are kept');
END;
CREATE TRIGGER audit_keep_replace BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM audit WHERE request = NEW.request AND request_version = NEW.request_version) BEGIN
    SELECT RAISE(ABORT, 'doorward: audit is kept');
END;
