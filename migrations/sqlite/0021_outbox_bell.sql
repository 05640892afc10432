-- PostgreSQL only: the bell that other servers hear is rung after the commit.
SELECT 1;
