-- Local accounts. Tokens are stored as SHA-256 only.
CREATE TABLE credentials (
    person_id   BLOB    NOT NULL PRIMARY KEY REFERENCES people (id),
    phc         TEXT    NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_hash  BLOB    NOT NULL PRIMARY KEY,
    person_id   BLOB    NOT NULL REFERENCES people (id),
    created_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    address     TEXT    NOT NULL DEFAULT '',
    agent       TEXT    NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_sessions_person ON sessions (person_id);
CREATE INDEX ix_sessions_ends ON sessions (ends_at);

CREATE TABLE login_links (
    token_hash  BLOB    NOT NULL PRIMARY KEY,
    person_id   BLOB    NOT NULL REFERENCES people (id),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('invitation', 'reset', 'printed')),
    created_at  INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    used_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_login_links_person ON login_links (person_id);

-- Failed tries, by account and by address (the key says which). They end by themselves.
CREATE TABLE login_failures (
    bucket      TEXT    NOT NULL PRIMARY KEY,
    failures    INTEGER NOT NULL,
    first_at    INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_login_failures_last ON login_failures (last_at);
