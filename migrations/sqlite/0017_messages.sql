-- What people hear, and what other systems are told: one outbox for both, so that they share one ledger.
-- A channel tells another system of events. Its key and its secrets are written and never read back to anybody but the worker.
CREATE TABLE channels (
    id            BLOB NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold     TEXT NOT NULL,
    url           TEXT NOT NULL,
    headers       TEXT NOT NULL,
    secrets       TEXT NOT NULL,
    events        TEXT NOT NULL,
    key           TEXT NOT NULL,
    old_key       TEXT,
    old_key_until INTEGER,
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    failing_since INTEGER,
    off_cause     TEXT NOT NULL DEFAULT '',
    revision      INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ux_channels_name ON channels (name_fold) WHERE deleted_at IS NULL;
-- Which events the active channels want: kept beside the settings, which every use case reads anyway.
ALTER TABLE settings ADD COLUMN channels TEXT NOT NULL DEFAULT '[]';

CREATE TABLE outbox_new (
    id              BLOB    NOT NULL PRIMARY KEY,
    kind            TEXT    NOT NULL,
    request         INTEGER,
    recipient_id    BLOB    REFERENCES people (id),
    channel_id      BLOB    REFERENCES channels (id),
    payload         TEXT    NOT NULL,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead', 'suppressed')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    -- The first moment at which it may be sent; how late it is counts from here.
    due_at          INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    leased_until    INTEGER NOT NULL DEFAULT 0,
    finished_at     INTEGER,
    last_error      TEXT,
    last_status     INTEGER,
    duration_ms     INTEGER,
    answer          TEXT,
    CHECK ((recipient_id IS NULL) <> (channel_id IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_new (id, kind, request, recipient_id, payload, state, attempts, created_at, due_at, next_attempt_at, leased_until, finished_at, last_error)
    SELECT id, kind, request, recipient_id, payload, state, attempts, created_at,
        CASE WHEN attempts = 0 THEN next_attempt_at ELSE created_at END, next_attempt_at, leased_until, finished_at, last_error FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX ix_outbox_due ON outbox (next_attempt_at) WHERE state = 'waiting' AND channel_id IS NULL;
CREATE INDEX ix_outbox_channel_due ON outbox (channel_id, next_attempt_at) WHERE state = 'waiting' AND channel_id IS NOT NULL;
CREATE INDEX ix_outbox_late ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_request ON outbox (request) WHERE request IS NOT NULL;
CREATE INDEX ix_outbox_channel ON outbox (channel_id, created_at) WHERE channel_id IS NOT NULL;
CREATE INDEX ix_outbox_created ON outbox (created_at, id);
CREATE INDEX ix_outbox_dead ON outbox (created_at, id) WHERE state = 'dead';
CREATE INDEX ix_outbox_recipient ON outbox (recipient_id, created_at) WHERE recipient_id IS NOT NULL;

-- What will be said at a moment, unless what it is about has changed by then. To whom is found out then.
CREATE TABLE reminders (
    id       BLOB NOT NULL PRIMARY KEY,
    request  INTEGER NOT NULL REFERENCES requests (number),
    kind     TEXT NOT NULL CHECK (kind IN ('reminder', 'access_ending')),
    due_at   INTEGER NOT NULL,
    sent_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_reminders_due ON reminders (due_at) WHERE sent_at IS NULL;
CREATE INDEX ix_reminders_request ON reminders (request);

-- What a person wants to hear: kinds that they do not, and whether they want a list once a day, with the moment of the next.
CREATE TABLE preferences (
    person_id BLOB NOT NULL PRIMARY KEY REFERENCES people (id),
    document  TEXT NOT NULL,
    digest_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_preferences_digest ON preferences (digest_at) WHERE digest_at IS NOT NULL;
