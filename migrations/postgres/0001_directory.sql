-- People, groups, resources, settings. Ids are UUIDv7 made by the server; times are microseconds UTC.
CREATE TABLE people (
    id          UUID    NOT NULL PRIMARY KEY,
    email       TEXT COLLATE "C"    NOT NULL UNIQUE,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT COLLATE "C"    NOT NULL,
    department  TEXT    NOT NULL DEFAULT '',
    title       TEXT    NOT NULL DEFAULT '',
    manager_id  UUID    REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED,
    timezone    TEXT,
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    admin       BOOLEAN NOT NULL DEFAULT FALSE,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    CHECK (manager_id IS NULL OR manager_id <> id)
);
CREATE INDEX ix_people_name ON people (name_fold);
CREATE INDEX ix_people_manager ON people (manager_id) WHERE manager_id IS NOT NULL;
CREATE INDEX ix_people_admin ON people (admin) WHERE admin;

CREATE TABLE groups (
    id          UUID    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT COLLATE "C"    NOT NULL UNIQUE,
    description TEXT    NOT NULL DEFAULT '',
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

-- Imported and manual memberships. Those that come from grants are not rows here: the grant itself is the membership,
-- so that ending one grant keeps what another still covers and never removes what was imported or set by hand.
CREATE TABLE memberships (
    group_id    UUID    NOT NULL REFERENCES groups (id),
    person_id   UUID    NOT NULL REFERENCES people (id),
    origin      TEXT    NOT NULL CHECK (origin IN ('imported', 'manual')),
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (group_id, person_id, origin)
);
CREATE INDEX ix_memberships_person ON memberships (person_id);

CREATE TABLE resources (
    id          UUID    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT COLLATE "C"    NOT NULL UNIQUE,
    category    TEXT    NOT NULL DEFAULT '',
    description TEXT    NOT NULL DEFAULT '',
    link        TEXT,
    colour      TEXT,
    active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
);

CREATE TABLE resource_groups (
    resource_id UUID    NOT NULL REFERENCES resources (id),
    group_id    UUID    NOT NULL REFERENCES groups (id),
    PRIMARY KEY (resource_id, group_id)
);
CREATE INDEX ix_resource_groups_group ON resource_groups (group_id);

CREATE TABLE resource_owners (
    resource_id UUID    NOT NULL REFERENCES resources (id),
    person_id   UUID    NOT NULL REFERENCES people (id),
    PRIMARY KEY (resource_id, person_id)
);
CREATE INDEX ix_resource_owners_person ON resource_owners (person_id);

-- One row: the settings of the organisation, as JSON.
CREATE TABLE settings (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    document    JSONB    NOT NULL,
    updated_at  BIGINT NOT NULL
);
