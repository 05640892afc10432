-- Categories are searched without case and accents, like names.
ALTER TABLE resources ADD COLUMN category_fold TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE resources SET category_fold = lower(category);
-- Logos by the hash of their bytes, so that they can be cached for ever; resources and flows name theirs.
CREATE TABLE logos (
    id          TEXT    NOT NULL PRIMARY KEY,
    media_type  TEXT    NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/webp', 'image/gif')),
    bytes       BYTEA   NOT NULL CHECK (length(bytes) <= 262144),
    created_at  BIGINT  NOT NULL
);
ALTER TABLE resources ADD COLUMN logo TEXT REFERENCES logos (id);
ALTER TABLE flows ADD COLUMN logo TEXT REFERENCES logos (id);
