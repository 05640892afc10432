-- Approval flows and their versions. A version never changes; a request freezes one.
CREATE TABLE flows (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT    NOT NULL,
    description TEXT    NOT NULL DEFAULT '',
    resource_id BLOB    NOT NULL REFERENCES resources (id),
    version_id  BLOB    NOT NULL REFERENCES flow_versions (id) DEFERRABLE INITIALLY DEFERRED,
    enabled     INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    deleted_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ux_flows_name ON flows (name_fold) WHERE deleted_at IS NULL;
CREATE INDEX ix_flows_resource ON flows (resource_id);

CREATE TABLE flow_versions (
    id          BLOB    NOT NULL PRIMARY KEY,
    flow_id     BLOB    NOT NULL REFERENCES flows (id) DEFERRABLE INITIALLY DEFERRED,
    version     INTEGER NOT NULL CHECK (version >= 1),
    definition  TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    UNIQUE (flow_id, version)
) STRICT, WITHOUT ROWID;
