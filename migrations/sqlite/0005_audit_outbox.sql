-- The permanent record, and the promises that are kept after the commit.
CREATE TABLE audit (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    actor_id        BLOB,
    actor           TEXT    NOT NULL DEFAULT '',
    address         TEXT    NOT NULL DEFAULT '',
    request         INTEGER,
    -- Version of the request that this event produced; every transition has exactly one row.
    request_version INTEGER,
    subject         TEXT    NOT NULL DEFAULT '',
    detail          TEXT    NOT NULL DEFAULT '{}',
    internal_notes  TEXT
) STRICT;
CREATE UNIQUE INDEX ux_audit_transition ON audit (request, request_version) WHERE request_version IS NOT NULL;
CREATE INDEX ix_audit_at ON audit (at);
CREATE TRIGGER audit_keep_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'doorward: audit is kept');
END;
CREATE TRIGGER audit_keep_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'doorward: audit is kept');
END;

-- Messages, written in the transaction of the change and sent after it.
CREATE TABLE outbox (
    id              BLOB    NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,
    request         INTEGER,
    recipient_id    BLOB    NOT NULL REFERENCES people (id),
    payload         TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead', 'suppressed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    leased_until    INTEGER NOT NULL DEFAULT 0,
    finished_at     INTEGER,
    last_error      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_outbox_due ON outbox (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_request ON outbox (request) WHERE request IS NOT NULL;
