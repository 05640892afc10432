-- What is kept for ever is kept against TRUNCATE and against INSERT OR REPLACE too, and votes like decisions.
CREATE FUNCTION votes_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: votes are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER votes_keep_update BEFORE UPDATE ON votes FOR EACH ROW EXECUTE FUNCTION votes_keep();
CREATE TRIGGER votes_keep_delete BEFORE DELETE ON votes FOR EACH ROW EXECUTE FUNCTION votes_keep();
CREATE TRIGGER votes_keep_truncate BEFORE TRUNCATE ON votes EXECUTE FUNCTION votes_keep();
CREATE TRIGGER decisions_keep_truncate BEFORE TRUNCATE ON decisions EXECUTE FUNCTION decisions_keep_delete();
CREATE TRIGGER requests_keep_truncate BEFORE TRUNCATE ON requests EXECUTE FUNCTION requests_keep();
CREATE TRIGGER audit_keep_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_keep_delete();
