-- A deleted group stays in the history of requests; its folded name is freed, and no rights carry over to a new group.
ALTER TABLE groups ADD COLUMN deleted_at BIGINT;
