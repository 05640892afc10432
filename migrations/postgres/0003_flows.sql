-- Approval flows and their versions. A version never changes; a request freezes one.
CREATE TABLE flows (
    id          UUID    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT COLLATE "C"    NOT NULL,
    description TEXT    NOT NULL DEFAULT '',
    resource_id UUID    NOT NULL REFERENCES resources (id),
    version_id  UUID    NOT NULL,
    enabled     BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT
);
CREATE UNIQUE INDEX ux_flows_name ON flows (name_fold) WHERE deleted_at IS NULL;
CREATE INDEX ix_flows_resource ON flows (resource_id);

CREATE TABLE flow_versions (
    id          UUID    NOT NULL PRIMARY KEY,
    flow_id     UUID    NOT NULL REFERENCES flows (id) DEFERRABLE INITIALLY DEFERRED,
    version     INTEGER NOT NULL CHECK (version >= 1),
    definition  JSONB    NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (flow_id, version)
);
ALTER TABLE flows ADD CONSTRAINT flows_version_fk FOREIGN KEY (version_id) REFERENCES flow_versions (id) DEFERRABLE INITIALLY DEFERRED;
