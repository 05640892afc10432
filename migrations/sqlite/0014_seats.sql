-- Who approves in a flow version by being in a group or by name: what an approver's page and a change of people look through.
CREATE TABLE flow_seats (
    holder_id   BLOB    NOT NULL,
    version_id  BLOB    NOT NULL REFERENCES flow_versions (id) DEFERRABLE INITIALLY DEFERRED,
    flow_id     BLOB    NOT NULL,
    PRIMARY KEY (holder_id, version_id)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO flow_seats (holder_id, version_id, flow_id)
SELECT unhex(replace(json_extract(s.value, '$.approvers.group.id'), '-', '')), v.id, v.flow_id
  FROM flow_versions v, json_each(v.definition, '$.steps') s
 WHERE json_extract(s.value, '$.approvers.group.id') IS NOT NULL
UNION
SELECT unhex(replace(json_extract(p.value, '$.id'), '-', '')), v.id, v.flow_id
  FROM flow_versions v, json_each(v.definition, '$.steps') s, json_each(s.value, '$.approvers.people.people') p
 WHERE json_type(s.value, '$.approvers') = 'object';
