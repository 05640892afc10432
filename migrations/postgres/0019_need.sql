-- Messages are sent in the order of need: who stands at the door first, what can wait last.
ALTER TABLE outbox ADD COLUMN need SMALLINT NOT NULL DEFAULT 1;
-- Whether the last attempt found nobody to send it through: such messages need not wait when the server is back.
ALTER TABLE outbox ADD COLUMN away BOOLEAN NOT NULL DEFAULT FALSE;
DROP INDEX ix_outbox_due;
CREATE INDEX ix_outbox_due ON outbox (need, next_attempt_at) WHERE state = 'waiting' AND channel_id IS NULL;
