-- What people agreed to has to be confirmed by an administrator; repeats the state, for lists.
ALTER TABLE requests ADD COLUMN needs_confirmation BOOLEAN NOT NULL DEFAULT FALSE;
