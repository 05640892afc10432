-- The record of what was done about somebody or something, by its email or name.
CREATE INDEX ix_audit_subject ON audit (subject, id) WHERE subject <> '';
