//! The two migration lists, and what they make.

use crate::support::engines;
use std::collections::BTreeSet;
use std::path::Path;

fn names(engine: &str) -> BTreeSet<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
    std::fs::read_dir(dir)
        .expect("migrations")
        .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn migrations_come_in_pairs() {
    assert_eq!(names("sqlite"), names("postgres"));
}

/// Tables and columns are the same on both engines (the search index apart).
#[tokio::test]
async fn the_tables_are_the_same() {
    let mut seen = Vec::new();
    for bench in engines().await {
        let mut columns: Vec<(String, String)> = if bench.url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
            sqlx::query_as(
                "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c
                 WHERE t.type IN ('table', 'view') AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'requests_search%' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
            )
            .fetch_all(&pool)
            .await
            .expect("columns")
        } else {
            let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
            sqlx::query_as(
                "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
                 WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' AND table_name <> 'requests_search'",
            )
            .fetch_all(&pool)
            .await
            .expect("columns")
        };
        columns.sort();
        assert!(columns.contains(&("requests".to_owned(), "version".to_owned())));
        seen.push(columns);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

/// A newer database is refused by an older program.
#[tokio::test]
async fn a_newer_database_is_refused() {
    for bench in engines().await {
        let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, $1, 1)";
        if bench.url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&bench.url).await.expect("connect");
            sqlx::query(insert).bind(vec![1_u8]).execute(&pool).await.expect("insert");
        } else {
            let pool = sqlx::PgPool::connect(&bench.url).await.expect("connect");
            sqlx::query(insert).bind(vec![1_u8]).execute(&pool).await.expect("insert");
        }
        let error = store::Store::open(store::Options::new(bench.url.clone())).await.expect_err("refused");
        assert!(matches!(&error, store::Error::Unfit(line) if line.contains("newer")), "{error}");
    }
}
