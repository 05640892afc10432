-- Who approves in a flow version by being in a group or by name: what an approver's page and a change of people look through.
CREATE TABLE flow_seats (
    holder_id   UUID    NOT NULL,
    version_id  UUID    NOT NULL REFERENCES flow_versions (id) DEFERRABLE INITIALLY DEFERRED,
    flow_id     UUID    NOT NULL,
    PRIMARY KEY (holder_id, version_id)
);
INSERT INTO flow_seats (holder_id, version_id, flow_id)
SELECT CAST(s -> 'approvers' -> 'group' ->> 'id' AS UUID), v.id, v.flow_id
  FROM flow_versions v, jsonb_array_elements(v.definition -> 'steps') s
 WHERE s -> 'approvers' -> 'group' ->> 'id' IS NOT NULL
UNION
SELECT CAST(p ->> 'id' AS UUID), v.id, v.flow_id
  FROM flow_versions v, jsonb_array_elements(v.definition -> 'steps') s,
       jsonb_array_elements(s -> 'approvers' -> 'people' -> 'people') p;
