-- What was seen when a target was looked at: one row for each group of a connector that can be read.
CREATE TABLE target_looks (
    connector_id BLOB    NOT NULL REFERENCES connectors (id),
    group_id     BLOB    NOT NULL REFERENCES groups (id),
    external_id  TEXT    NOT NULL,
    -- When it was looked at last; 0 when somebody asks for a look.
    looked_at    INTEGER NOT NULL DEFAULT 0,
    leased_until INTEGER NOT NULL DEFAULT 0,
    -- How many members the target lists; nothing when it does not.
    members      INTEGER,
    -- How many of them were not put there by Doorward.
    extras       INTEGER NOT NULL DEFAULT 0,
    -- Why it could not be read.
    said         TEXT,
    told_at      INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connector_id, group_id, external_id)
) STRICT, WITHOUT ROWID;

-- The first of those members, to be shown; they are never removed.
CREATE TABLE target_extras (
    connector_id BLOB    NOT NULL REFERENCES connectors (id),
    group_id     BLOB    NOT NULL REFERENCES groups (id),
    external_id  TEXT    NOT NULL,
    member       TEXT    NOT NULL,
    display      TEXT    NOT NULL,
    PRIMARY KEY (connector_id, group_id, external_id, member)
) STRICT, WITHOUT ROWID;
