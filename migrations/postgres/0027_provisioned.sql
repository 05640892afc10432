-- A call names the group as the binding named it when the call was written: what was put in under one name is taken out under it.
-- A call may also give again what should be there (restore), and may end without anybody seeing what it did (unconfirmed).
ALTER TABLE provisioning ADD COLUMN external_id TEXT NOT NULL DEFAULT '';
ALTER TABLE provisioning ALTER COLUMN external_id DROP DEFAULT;
UPDATE provisioning p SET external_id = g.external_id FROM groups g WHERE g.id = p.group_id;
ALTER TABLE provisioning DROP CONSTRAINT provisioning_action_check;
ALTER TABLE provisioning ADD CONSTRAINT provisioning_action_check CHECK (action IN ('grant', 'undo', 'revoke', 'restore'));
ALTER TABLE provisioning DROP CONSTRAINT provisioning_state_check;
ALTER TABLE provisioning ADD CONSTRAINT provisioning_state_check
    CHECK (state IN ('waiting', 'done', 'refused', 'failed', 'unconfirmed', 'dropped'));
DROP INDEX ix_provisioning_failed;

-- The calls of one membership, the newest last.
CREATE INDEX ix_provisioning_key ON provisioning (group_id, person_id, connector_id, id);

-- What was provisioned where: one row for each person, group and name of the group at a connector, kept with the ids that the target
-- gave, so that what was put in can be taken out whatever the group is bound to and the person is called by then.
CREATE TABLE provisioned (
    group_id      UUID    NOT NULL REFERENCES groups (id),
    person_id     UUID    NOT NULL REFERENCES people (id),
    connector_id  UUID    NOT NULL REFERENCES connectors (id),
    external_id   TEXT    NOT NULL,
    -- The request that put it in.
    request       BIGINT  NOT NULL REFERENCES requests (number),
    -- Where the connector led, and the person's address, when it was put in.
    url           TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    -- The target's own ids.
    target_person TEXT,
    target_group  TEXT,
    state         TEXT    NOT NULL CHECK (state IN ('wanted', 'present', 'unconfirmed', 'absent')),
    -- How it was seen to be there, if it ever was.
    seen_by       TEXT CHECK (seen_by IN ('list', 'filter', 'person', 'acknowledged')),
    confirmed_at  BIGINT ,
    said          TEXT,
    -- It should be there, but the target was seen without it since then.
    missing_since BIGINT ,
    -- What should not be there, and could not be taken out, is not tried again before; 0 when nothing was tried.
    repair_at     BIGINT  NOT NULL DEFAULT 0,
    -- When administrators were told of it last.
    told_at       BIGINT  NOT NULL DEFAULT 0,
    -- Rises with each change, so that a look at the target that took a while changes nothing that changed meanwhile.
    revision      BIGINT  NOT NULL DEFAULT 1,
    PRIMARY KEY (group_id, person_id, connector_id, external_id)
);
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
