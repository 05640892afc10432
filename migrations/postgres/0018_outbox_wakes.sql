-- Whoever writes messages wakes the workers of every server when it commits; SQLite has one process, which wakes itself.
CREATE FUNCTION outbox_wakes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY doorward_outbox;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_wakes AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_wakes();
