-- What people agreed to has to be confirmed by an administrator; repeats the state, for lists.
ALTER TABLE requests ADD COLUMN needs_confirmation INTEGER NOT NULL DEFAULT 0 CHECK (needs_confirmation IN (0, 1));
