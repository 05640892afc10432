-- Local accounts. Tokens are stored as SHA-256 only.
CREATE TABLE credentials (
    person_id   UUID    NOT NULL PRIMARY KEY REFERENCES people (id),
    phc         TEXT    NOT NULL,
    changed_at  BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash  BYTEA    NOT NULL PRIMARY KEY,
    person_id   UUID    NOT NULL REFERENCES people (id),
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    address     TEXT    NOT NULL DEFAULT '',
    agent       TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX ix_sessions_person ON sessions (person_id);
CREATE INDEX ix_sessions_ends ON sessions (ends_at);

CREATE TABLE login_links (
    token_hash  BYTEA    NOT NULL PRIMARY KEY,
    person_id   UUID    NOT NULL REFERENCES people (id),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('invitation', 'reset', 'printed')),
    created_at  BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL,
    used_at     BIGINT
);
CREATE INDEX ix_login_links_person ON login_links (person_id);

-- Failed tries, by account and by address (the key says which). They end by themselves.
CREATE TABLE login_failures (
    bucket      TEXT    NOT NULL PRIMARY KEY,
    failures    INTEGER NOT NULL,
    first_at    BIGINT NOT NULL,
    last_at     BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX ix_login_failures_last ON login_failures (last_at);
