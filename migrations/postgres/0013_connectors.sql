-- Connectors carry grants out in other systems. The secret is written and never read back to anybody but the worker.
CREATE TABLE connectors (
    id          UUID    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT COLLATE "C" NOT NULL UNIQUE,
    kind        TEXT    NOT NULL CHECK (kind IN ('webhook', 'scim')),
    url         TEXT    NOT NULL,
    secret      TEXT    NOT NULL,
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL
);
-- A group that a connector gives, and how the target names it. Without a connector membership is built in.
ALTER TABLE groups ADD COLUMN connector_id UUID REFERENCES connectors (id);
ALTER TABLE groups ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
CREATE INDEX ix_groups_connector ON groups (connector_id) WHERE connector_id IS NOT NULL;

-- Calls to targets, written in the transaction that needs them and made after it. The key is constant over attempts.
CREATE TABLE provisioning (
    id              UUID    NOT NULL PRIMARY KEY,
    request         BIGINT  NOT NULL REFERENCES requests (number),
    action          TEXT    NOT NULL CHECK (action IN ('grant', 'undo', 'revoke')),
    key             TEXT    NOT NULL UNIQUE,
    connector_id    UUID    NOT NULL REFERENCES connectors (id),
    group_id        UUID    NOT NULL REFERENCES groups (id),
    person_id       UUID    NOT NULL REFERENCES people (id),
    ends_at         BIGINT,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'refused', 'failed', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      BIGINT  NOT NULL,
    next_attempt_at BIGINT  NOT NULL,
    leased_until    BIGINT  NOT NULL DEFAULT 0,
    finished_at     BIGINT,
    said            TEXT
);
CREATE INDEX ix_provisioning_due ON provisioning (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX ix_provisioning_request ON provisioning (request);
-- What must be done to one membership is done in the order in which it was asked for.
CREATE INDEX ix_provisioning_member ON provisioning (group_id, person_id, id) WHERE state = 'waiting';
CREATE INDEX ix_provisioning_failed ON provisioning (id) WHERE state IN ('refused', 'failed');

-- Live grants: by resource, by their end, newest first.
CREATE INDEX ix_grants_resource ON grants (resource_id, began_at) WHERE ended_at IS NULL;
CREATE INDEX ix_grants_live ON grants (began_at, id) WHERE ended_at IS NULL;
CREATE INDEX ix_grants_soon ON grants (ends_at, id) WHERE ended_at IS NULL AND ends_at IS NOT NULL;
DROP INDEX ix_grants_due;
