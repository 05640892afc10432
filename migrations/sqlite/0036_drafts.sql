-- What people typed into a form and have not sent yet: sealed, each person's own, until it is sent or its time is over.
CREATE TABLE drafts (
    person_id   BLOB    NOT NULL REFERENCES people (id),
    form        TEXT    NOT NULL,
    object      TEXT    NOT NULL DEFAULT '',
    id          BLOB    NOT NULL UNIQUE,
    content     TEXT    NOT NULL,
    ends_at     INTEGER NOT NULL,
    PRIMARY KEY (person_id, form, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX ix_drafts_ends ON drafts (ends_at);
