-- Trigram index over the folded search text. The text of a request never changes.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX ix_requests_search ON requests USING gin (search gin_trgm_ops) WITH (fastupdate = off);
