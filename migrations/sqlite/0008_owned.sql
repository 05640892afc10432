-- What waits on the owner of a resource is found by the resource.
CREATE INDEX ix_requests_resource_open ON requests (resource_id) WHERE status IN (0, 4, 6);
