-- A call names the group as the binding named it when the call was written: what was put in under one name is taken out under it.
-- A call may also give again what should be there (restore), and may end without anybody seeing what it did (unconfirmed).
CREATE TABLE provisioning_new (
    id              BLOB    NOT NULL PRIMARY KEY,
    request         INTEGER NOT NULL REFERENCES requests (number),
    action          TEXT    NOT NULL CHECK (action IN ('grant', 'undo', 'revoke', 'restore')),
    key             TEXT    NOT NULL UNIQUE,
    connector_id    BLOB    NOT NULL REFERENCES connectors (id),
    external_id     TEXT    NOT NULL,
    group_id        BLOB    NOT NULL REFERENCES groups (id),
    person_id       BLOB    NOT NULL REFERENCES people (id),
    ends_at         INTEGER,
    state           TEXT    NOT NULL CHECK (state IN ('waiting', 'done', 'refused', 'failed', 'unconfirmed', 'dropped')),
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    leased_until    INTEGER NOT NULL DEFAULT 0,
    finished_at     INTEGER,
    said            TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO provisioning_new
SELECT p.id, p.request, p.action, p.key, p.connector_id, g.external_id, p.group_id, p.person_id, p.ends_at, p.state, p.attempts,
       p.created_at, p.next_attempt_at, p.leased_until, p.finished_at, p.said
  FROM provisioning p JOIN groups g ON g.id = p.group_id;
DROP TABLE provisioning;
ALTER TABLE provisioning_new RENAME TO provisioning;
CREATE INDEX ix_provisioning_due ON provisioning (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX ix_provisioning_request ON provisioning (request);
-- What must be done to one membership is done in the order in which it was asked for.
CREATE INDEX ix_provisioning_member ON provisioning (group_id, person_id, id) WHERE state = 'waiting';

-- The calls of one membership, the newest last.
CREATE INDEX ix_provisioning_key ON provisioning (group_id, person_id, connector_id, id);

-- What was provisioned where: one row for each person, group and name of the group at a connector, kept with the ids that the target
-- gave, so that what was put in can be taken out whatever the group is bound to and the person is called by then.
CREATE TABLE provisioned (
    group_id      BLOB    NOT NULL REFERENCES groups (id),
    person_id     BLOB    NOT NULL REFERENCES people (id),
    connector_id  BLOB    NOT NULL REFERENCES connectors (id),
    external_id   TEXT    NOT NULL,
    -- The request that put it in.
    request       INTEGER NOT NULL REFERENCES requests (number),
    -- Where the connector led, and the person's address, when it was put in.
    url           TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    -- The target's own ids.
    target_person TEXT,
    target_group  TEXT,
    state         TEXT    NOT NULL CHECK (state IN ('wanted', 'present', 'unconfirmed', 'absent')),
    -- How it was seen to be there, if it ever was.
    seen_by       TEXT CHECK (seen_by IN ('list', 'filter', 'person', 'acknowledged')),
    confirmed_at  INTEGER,
    said          TEXT,
    -- It should be there, but the target was seen without it since then.
    missing_since INTEGER,
    -- What should not be there, and could not be taken out, is not tried again before; 0 when nothing was tried.
    repair_at     INTEGER NOT NULL DEFAULT 0,
    -- When administrators were told of it last.
    told_at       INTEGER NOT NULL DEFAULT 0,
    -- Rises with each change, so that a look at the target that took a while changes nothing that changed meanwhile.
    revision      INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (group_id, person_id, connector_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_provisioned_there ON provisioned (connector_id, group_id) WHERE state <> 'absent';
CREATE INDEX ix_provisioned_person ON provisioned (person_id) WHERE state <> 'absent';

-- What was given before this table was kept: the last call of each membership says how it stands.
INSERT INTO provisioned (group_id, person_id, connector_id, external_id, request, url, email, state, confirmed_at)
SELECT p.group_id, p.person_id, p.connector_id, p.external_id, p.request, k.url, w.email,
       CASE WHEN p.state = 'done' THEN CASE p.action WHEN 'grant' THEN 'present' ELSE 'absent' END ELSE 'unconfirmed' END,
       CASE WHEN p.state = 'done' THEN p.finished_at END
  FROM provisioning p JOIN connectors k ON k.id = p.connector_id JOIN people w ON w.id = p.person_id
 WHERE (p.state <> 'dropped' OR p.attempts > 0)
   AND NOT EXISTS (SELECT 1 FROM provisioning l WHERE l.group_id = p.group_id AND l.person_id = p.person_id
        AND l.connector_id = p.connector_id AND l.external_id = p.external_id AND (l.state <> 'dropped' OR l.attempts > 0) AND l.id > p.id)
   AND EXISTS (SELECT 1 FROM provisioning f WHERE f.group_id = p.group_id AND f.person_id = p.person_id
        AND f.connector_id = p.connector_id AND f.action = 'grant');
