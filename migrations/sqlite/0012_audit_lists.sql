-- The audit page: newest first, of one person, of one request, of one type.
CREATE INDEX ix_audit_actor ON audit (actor_id, id) WHERE actor_id IS NOT NULL;
CREATE INDEX ix_audit_request ON audit (request, id) WHERE request IS NOT NULL;
CREATE INDEX ix_audit_kind ON audit (kind, id);
