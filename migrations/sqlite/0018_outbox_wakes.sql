-- PostgreSQL only: whoever writes messages wakes the workers of every server. SQLite has one process, which wakes itself.
SELECT 1;
