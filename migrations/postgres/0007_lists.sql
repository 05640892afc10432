-- The admins by name.
DROP INDEX ix_people_admin;
CREATE INDEX ix_people_admin ON people (name_fold, id) WHERE admin;
-- A search of one or two letters is answered out of these alone: what the view fixes stands beside what begins with the letters.
DROP INDEX ix_requests_name_prefix;
DROP INDEX ix_requests_email_prefix;
CREATE INDEX ix_requests_name_prefix ON requests (requester_fold, number, lane, status, approval_type);
CREATE INDEX ix_requests_email_prefix ON requests (email_fold, number, lane, status, approval_type, requester_fold);
