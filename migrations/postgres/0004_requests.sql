-- Requests, votes, decisions, grants, and the kept counters of the tabs.
-- Status: 0 pending, 1 approved, 2 denied, 3 canceled, 4 error, 5 expired, 6 missing data.
-- Lane: 0 administrator, 1 others. Approval type: 0 manual, 1 automatic.
CREATE TABLE sequences (
    name        TEXT    NOT NULL PRIMARY KEY,
    value       BIGINT NOT NULL
);
INSERT INTO sequences (name, value) VALUES ('request', 0);

CREATE TABLE requests (
    number             BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    version            BIGINT NOT NULL CHECK (version >= 1),
    requester_id       UUID    NOT NULL REFERENCES people (id),
    beneficiary_id     UUID    NOT NULL REFERENCES people (id),
    creator_id         UUID    NOT NULL REFERENCES people (id),
    resource_id        UUID    NOT NULL REFERENCES resources (id),
    flow_id            UUID    NOT NULL REFERENCES flows (id),
    flow_version_id    UUID    NOT NULL REFERENCES flow_versions (id),
    group_id           UUID    NOT NULL REFERENCES groups (id),
    lane               SMALLINT NOT NULL CHECK (lane IN (0, 1)),
    status             SMALLINT NOT NULL CHECK (status BETWEEN 0 AND 6),
    approval_type      SMALLINT NOT NULL CHECK (approval_type IN (0, 1)),
    in_flight          BOOLEAN NOT NULL DEFAULT FALSE,
    -- The state with its facts, as the transition function wrote it; status, lane and in_flight repeat it for lists.
    state              JSONB    NOT NULL,
    -- Names frozen at submission, so that history stays readable after renames.
    requester_name     TEXT    NOT NULL,
    requester_fold     TEXT COLLATE "C"    NOT NULL,
    requester_email    TEXT COLLATE "C"    NOT NULL,
    email_fold         TEXT COLLATE "C"    NOT NULL,
    department         TEXT    NOT NULL,
    manager_email      TEXT    NOT NULL,
    resource_name      TEXT    NOT NULL,
    resource_fold      TEXT COLLATE "C"    NOT NULL,
    category           TEXT    NOT NULL,
    flow_name          TEXT    NOT NULL,
    flow_version       INTEGER NOT NULL,
    group_name         TEXT    NOT NULL,
    reason             TEXT    NOT NULL,
    search             TEXT COLLATE "C"    NOT NULL,
    requested_minutes  BIGINT CHECK (requested_minutes > 0),
    submitted_at       BIGINT NOT NULL,
    expires_at         BIGINT NOT NULL,
    -- Who blocks, as counted at the last transition.
    waiting_kind       TEXT    NOT NULL DEFAULT '',
    waiting_name       TEXT    NOT NULL DEFAULT '',
    agreed             INTEGER NOT NULL DEFAULT 0,
    needed             INTEGER NOT NULL DEFAULT 0,
    step               INTEGER NOT NULL DEFAULT 0,
    steps              INTEGER NOT NULL DEFAULT 0,
    -- The decision, repeated from `decisions` so that lists and exports need no join.
    decided_at         BIGINT,
    decided_by         TEXT    NOT NULL DEFAULT '',
    decision_reason    TEXT    NOT NULL DEFAULT '',
    next_steps         TEXT    NOT NULL DEFAULT '',
    overridden         BOOLEAN NOT NULL DEFAULT FALSE,
    granted_minutes    BIGINT CHECK (granted_minutes > 0),
    access_ends_at     BIGINT,
    CHECK (status <> 2 OR decision_reason <> '')
);
-- One index for each sort, led by what every list fixes; a page is read from the end of a few ranges, never counted.
CREATE INDEX ix_requests_submitted ON requests (lane, status, approval_type, submitted_at, number);
CREATE INDEX ix_requests_requester ON requests (lane, status, approval_type, requester_fold, number, submitted_at);
CREATE INDEX ix_requests_resource ON requests (lane, status, approval_type, resource_fold, number, submitted_at);
CREATE INDEX ix_requests_expires ON requests (lane, status, approval_type, expires_at, number, submitted_at);
CREATE INDEX ix_requests_person ON requests (requester_id, number);
CREATE INDEX ix_requests_email ON requests (requester_email, number);
CREATE INDEX ix_requests_name_prefix ON requests (requester_fold, number);
CREATE INDEX ix_requests_email_prefix ON requests (email_fold, number);
CREATE INDEX ix_requests_day ON requests (submitted_at, number);
CREATE INDEX ix_requests_flow_open ON requests (flow_id) WHERE status IN (0, 4, 6);
CREATE INDEX ix_requests_expiry ON requests (expires_at) WHERE status IN (0, 6);
-- One open request per beneficiary and resource.
CREATE UNIQUE INDEX ux_requests_open ON requests (beneficiary_id, resource_id) WHERE status IN (0, 4, 6);

-- Terminal for ever, whoever writes; and the version rises by exactly one.
CREATE FUNCTION requests_terminal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: request has ended' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER requests_terminal BEFORE UPDATE ON requests FOR EACH ROW
    WHEN (OLD.status IN (1, 2, 3, 5))
    EXECUTE FUNCTION requests_terminal();
CREATE FUNCTION requests_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: version must rise by one' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER requests_version BEFORE UPDATE ON requests FOR EACH ROW
    WHEN (NEW.version <> OLD.version + 1)
    EXECUTE FUNCTION requests_version();
CREATE FUNCTION requests_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: requests are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER requests_keep BEFORE DELETE ON requests FOR EACH ROW
    EXECUTE FUNCTION requests_keep();

CREATE TABLE votes (
    request     BIGINT NOT NULL REFERENCES requests (number),
    person_id   UUID    NOT NULL REFERENCES people (id),
    person_name TEXT    NOT NULL,
    verdict     SMALLINT NOT NULL CHECK (verdict IN (0, 1)),
    step        INTEGER NOT NULL,
    comment     TEXT,
    voted_at    BIGINT NOT NULL,
    PRIMARY KEY (request, person_id)
);
CREATE INDEX ix_votes_person ON votes (person_id, request);

-- How a request ended: at most one row each, in the schema and not only in code.
CREATE TABLE decisions (
    request     BIGINT NOT NULL PRIMARY KEY REFERENCES requests (number),
    kind        TEXT    NOT NULL CHECK (kind IN ('approved', 'denied', 'expired', 'canceled')),
    actor_id    UUID    REFERENCES people (id),
    reason      TEXT,
    next_steps  TEXT,
    overridden  BOOLEAN NOT NULL DEFAULT FALSE,
    cancel_cause TEXT,
    decided_at  BIGINT NOT NULL,
    CHECK (kind <> 'denied' OR reason IS NOT NULL)
);
CREATE FUNCTION decisions_keep_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: decisions are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER decisions_keep_update BEFORE UPDATE ON decisions FOR EACH ROW
    EXECUTE FUNCTION decisions_keep_update();
CREATE FUNCTION decisions_keep_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'doorward: decisions are kept' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER decisions_keep_delete BEFORE DELETE ON decisions FOR EACH ROW
    EXECUTE FUNCTION decisions_keep_delete();

CREATE TABLE grants (
    id             UUID    NOT NULL PRIMARY KEY,
    request        BIGINT NOT NULL UNIQUE REFERENCES requests (number),
    beneficiary_id UUID    NOT NULL REFERENCES people (id),
    resource_id    UUID    NOT NULL REFERENCES resources (id),
    group_id       UUID    NOT NULL REFERENCES groups (id),
    began_at       BIGINT NOT NULL,
    ends_at        BIGINT,
    ended_at       BIGINT,
    end_cause      TEXT
);
CREATE INDEX ix_grants_person ON grants (beneficiary_id) WHERE ended_at IS NULL;
CREATE INDEX ix_grants_group ON grants (group_id, beneficiary_id) WHERE ended_at IS NULL;
CREATE INDEX ix_grants_due ON grants (ends_at) WHERE ended_at IS NULL AND ends_at IS NOT NULL;

-- Who is in a group now. The only definition of membership; every query uses it.
CREATE VIEW active_membership AS
    SELECT m.group_id AS group_id, m.person_id AS person_id
      FROM memberships m
      JOIN people p ON p.id = m.person_id AND p.active
      JOIN groups g ON g.id = m.group_id AND g.active
    UNION
    SELECT r.group_id, r.beneficiary_id
      FROM grants r
      JOIN people p ON p.id = r.beneficiary_id AND p.active
      JOIN groups g ON g.id = r.group_id AND g.active
     WHERE r.ended_at IS NULL;

-- Counters of the tabs, kept in the transaction that changes them. Spread over slots by request number, so that
-- concurrent decisions do not queue for one row; a counter is the sum of its slots.
CREATE TABLE lane_counters (
    lane        SMALLINT NOT NULL CHECK (lane IN (0, 1)),
    kind        TEXT    NOT NULL CHECK (kind IN ('pending', 'repair')),
    slot        INTEGER NOT NULL,
    value       BIGINT NOT NULL,
    PRIMARY KEY (lane, kind, slot)
);
WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot < 63)
INSERT INTO lane_counters (lane, kind, slot, value)
SELECT lane.lane, kind.kind, slots.slot, 0
  FROM slots, (SELECT 0 AS lane UNION ALL SELECT 1) lane, (SELECT 'pending' AS kind UNION ALL SELECT 'repair') kind;
