-- A notification within the transaction makes all such transactions commit one after the other; the server rings after its commit now.
DROP TRIGGER outbox_wakes ON outbox;
DROP FUNCTION outbox_wakes();
