-- People, groups, resources, settings. Ids are UUIDv7 made by the server; times are microseconds UTC.
CREATE TABLE people (
    id          BLOB    NOT NULL PRIMARY KEY,
    email       TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT    NOT NULL,
    department  TEXT    NOT NULL DEFAULT '',
    title       TEXT    NOT NULL DEFAULT '',
    manager_id  BLOB    REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED,
    timezone    TEXT,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    admin       INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CHECK (manager_id IS NULL OR manager_id <> id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_people_name ON people (name_fold);
CREATE INDEX ix_people_manager ON people (manager_id) WHERE manager_id IS NOT NULL;
CREATE INDEX ix_people_admin ON people (admin) WHERE admin = 1;

CREATE TABLE groups (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT    NOT NULL UNIQUE,
    description TEXT    NOT NULL DEFAULT '',
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Imported and manual memberships. Those that come from grants are not rows here: the grant itself is the membership,
-- so that ending one grant keeps what another still covers and never removes what was imported or set by hand.
CREATE TABLE memberships (
    group_id    BLOB    NOT NULL REFERENCES groups (id),
    person_id   BLOB    NOT NULL REFERENCES people (id),
    origin      TEXT    NOT NULL CHECK (origin IN ('imported', 'manual')),
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (group_id, person_id, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_memberships_person ON memberships (person_id);

CREATE TABLE resources (
    id          BLOB    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    name_fold   TEXT    NOT NULL UNIQUE,
    category    TEXT    NOT NULL DEFAULT '',
    description TEXT    NOT NULL DEFAULT '',
    link        TEXT,
    colour      TEXT,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resource_groups (
    resource_id BLOB    NOT NULL REFERENCES resources (id),
    group_id    BLOB    NOT NULL REFERENCES groups (id),
    PRIMARY KEY (resource_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_resource_groups_group ON resource_groups (group_id);

CREATE TABLE resource_owners (
    resource_id BLOB    NOT NULL REFERENCES resources (id),
    person_id   BLOB    NOT NULL REFERENCES people (id),
    PRIMARY KEY (resource_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_resource_owners_person ON resource_owners (person_id);

-- One row: the settings of the organisation, as JSON.
CREATE TABLE settings (
    id          INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    document    TEXT    NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
