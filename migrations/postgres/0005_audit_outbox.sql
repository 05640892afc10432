-- The permanent record, and the promises that are kept after the commit.
CREATE TABLE audit (
    id              BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              BIGINT NOT NULL,
    kind            TEXT    NOT NULL,
    actor_id        UUID,
    actor           TEXT    NOT NULL DEFAULT '',
    address         TEXT    NOT NULL DEFAULT '',
    request         BIGINT,
    -- Version of the request that this event produced; every transition has exactly one row.
    request_version BIGINT,
    subject         TEXT    NOT NULL DEFAULT '',
    detail          JSONB    NOT NULL DEFAULT '{}',
    internal_notes  TEXT
);
CREATE UNIQUE INDEX ux_audit_transition ON audit (request, request_version) WHERE request_version IS NOT NULL;
CREATE INDEX ix_audit_at ON audit (at);
CREATE FUNCTION audit_keep_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: audit is kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_keep_update BEFORE UPDATE ON audit FOR EACH ROW
    EXECUTE FUNCTION audit_keep_update();
CREATE FUNCTION audit_keep_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: audit is kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_keep_delete BEFORE DELETE ON audit FOR EACH ROW
    EXECUTE FUNCTION audit_keep_delete();

-- Messages, written in the transaction of the change and sent after it.
CREATE TABLE outbox (
    id              UUID    NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,
    request         BIGINT,
    recipient_id    UUID    NOT NULL REFERENCES people (id),
    payload         JSONB    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead', 'suppressed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    leased_until    BIGINT NOT NULL DEFAULT 0,
    finished_at     BIGINT,
    last_error      TEXT
);
CREATE INDEX ix_outbox_due ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_request ON outbox (request) WHERE request IS NOT NULL;
