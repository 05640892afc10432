-- The search index of SQLite stands apart from the requests already (0006).
SELECT 1;
