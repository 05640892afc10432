-- What people hear, and what other systems are told: one outbox for both, so that they share one ledger.
-- A channel tells another system of events. Its key and its secrets are written and never read back to anybody but the worker.
CREATE TABLE channels (
    id            UUID NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold     TEXT COLLATE "C" NOT NULL,
    url           TEXT NOT NULL,
    headers       JSONB NOT NULL,
    secrets       JSONB NOT NULL,
    events        JSONB NOT NULL,
    key           TEXT NOT NULL,
    old_key       TEXT,
    old_key_until BIGINT,
    active        BOOLEAN NOT NULL,
    failing_since BIGINT,
    off_cause     TEXT NOT NULL DEFAULT '',
    revision      BIGINT NOT NULL DEFAULT 1,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    deleted_at    BIGINT
);
CREATE UNIQUE INDEX ux_channels_name ON channels (name_fold) WHERE deleted_at IS NULL;
-- Which events the active channels want: kept beside the settings, which every use case reads anyway.
ALTER TABLE settings ADD COLUMN channels JSONB NOT NULL DEFAULT '[]';

ALTER TABLE outbox ALTER COLUMN recipient_id DROP NOT NULL;
ALTER TABLE outbox ADD COLUMN channel_id UUID REFERENCES channels (id);
-- The first moment at which it may be sent; how late it is counts from here.
ALTER TABLE outbox ADD COLUMN due_at BIGINT;
UPDATE outbox SET due_at = CASE WHEN attempts = 0 THEN next_attempt_at ELSE created_at END;
ALTER TABLE outbox ALTER COLUMN due_at SET NOT NULL;
ALTER TABLE outbox ADD COLUMN last_status INTEGER;
ALTER TABLE outbox ADD COLUMN duration_ms INTEGER;
ALTER TABLE outbox ADD COLUMN answer TEXT;
ALTER TABLE outbox ADD CHECK ((recipient_id IS NULL) <> (channel_id IS NULL));
DROP INDEX ix_outbox_due;
DROP INDEX ix_outbox_request;
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
    id       UUID NOT NULL PRIMARY KEY,
    request  BIGINT NOT NULL REFERENCES requests (number),
    kind     TEXT NOT NULL CHECK (kind IN ('reminder', 'access_ending')),
    due_at   BIGINT NOT NULL,
    sent_at  BIGINT
);
CREATE INDEX ix_reminders_due ON reminders (due_at) WHERE sent_at IS NULL;
CREATE INDEX ix_reminders_request ON reminders (request);

-- What a person wants to hear: kinds that they do not, and whether they want a list once a day, with the moment of the next.
CREATE TABLE preferences (
    person_id UUID NOT NULL PRIMARY KEY REFERENCES people (id),
    document  JSONB NOT NULL,
    digest_at BIGINT
);
CREATE INDEX ix_preferences_digest ON preferences (digest_at) WHERE digest_at IS NOT NULL;
