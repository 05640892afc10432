//! Keys that the program computes, brought up to date around the migrations: no SQL knows Unicode's case folding or its composed
//! form on both engines alike. Migration 0026 marks the names whose key is to be computed; before it runs, names and addresses that
//! would be the same afterwards are named, and nothing is changed.

use crate::Session;
use crate::error::{Error, Result};
use domain::text::{email_key, name_key};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;
use uuid::Uuid;

/// The migration that gives names a key of their own.
const MIGRATION: i64 = 26;
/// Tables whose names are unique, and what a row of each is called.
const NAMED: [(&str, &str); 5] = [
    ("groups", "groups"),
    ("resources", "resources"),
    ("flows", "flows"),
    ("connectors", "connectors"),
    ("channels", "channels"),
];
/// Pairs that are named; whoever has more finds the others afterwards.
const SHOWN: usize = 20;

/// Refuses a database in which two names or addresses would become the same, before anything in it is changed.
///
/// # Errors
/// [`Error::Unfit`] with the pairs, or the database fails.
pub(crate) async fn before(mut session: Session) -> Result<()> {
    if !session.has_table("_sqlx_migrations").await? || applied(&mut session).await? {
        return session.commit().await;
    }
    let mut pairs = Vec::new();
    for (table, noun) in NAMED {
        if session.has_table(table).await? {
            // What was removed keeps a mark in the place of its name's key; removed flows and channels keep their names.
            let removed = if matches!(table, "flows" | "channels") { " WHERE deleted_at IS NULL" } else { "" };
            let sql = format!("SELECT name, name_fold FROM {table}{removed}");
            let rows: Vec<(String, String)> =
                on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
            let names = rows.into_iter().filter(|(_, fold)| !fold.starts_with('\u{1}')).map(|(name, _)| name);
            pairs.extend(same(names, name_key).map(|(one, other)| format!("the {noun} {one:?} and {other:?}")));
        }
    }
    if session.has_table("people").await? {
        let sql = format!("SELECT email FROM people WHERE {} OR email LIKE '%xn--%'", session.beyond_ascii("email"));
        let emails: Vec<String> = on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
        pairs.extend(
            same(emails.into_iter(), email_key)
                .map(|(one, other)| format!("the people {} and {}", one.escape_unicode(), other.escape_unicode())),
        );
    }
    if pairs.is_empty() {
        return session.commit().await;
    }
    let more = if pairs.len() > SHOWN { format!(" and {} more", pairs.len() - SHOWN) } else { String::new() };
    pairs.truncate(SHOWN);
    Err(Error::Unfit(format!(
        "these are told apart by white space or spelling only and would be the same from this version on: {}{more}; \
         rename one of each with the version that wrote the database; nothing was changed",
        pairs.join(", ")
    )))
}

async fn applied(session: &mut Session) -> Result<bool> {
    const SQL: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM _sqlx_migrations WHERE version = $1 AND success";
    let count: i64 = on!(session, c => sqlx::query_scalar(SQL).bind(MIGRATION).fetch_one(&mut *c).await?);
    Ok(count > 0)
}

/// Pairs with the same key.
fn same(texts: impl Iterator<Item = String>, key: fn(&str) -> String) -> impl Iterator<Item = (String, String)> {
    let mut seen: HashMap<String, String> = HashMap::new();
    texts.filter_map(move |text| match seen.entry(key(&text)) {
        std::collections::hash_map::Entry::Occupied(other) => Some((other.get().clone(), text)),
        std::collections::hash_map::Entry::Vacant(free) => {
            free.insert(text);
            None
        }
    })
}

/// Computes the keys that the migration left open, and spells addresses by the rule of today. Done again, it does nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn after(mut session: Session) -> Result<()> {
    for (table, _) in NAMED {
        let sql = format!(
            "SELECT t.id, t.name FROM {table} t WHERE t.name_key >= $1 AND t.name_key < $2 ORDER BY t.id{}",
            session.lock_rows("t")
        );
        let open: Vec<(Uuid, String)> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
            .bind("\u{2}").bind("\u{3}").fetch_all(&mut *c).await?);
        for (id, name) in open {
            let sql = format!("UPDATE {table} SET name_key = $1 WHERE id = $2");
            on!(session, c => sqlx::query(AssertSqlSafe(sql))
                .bind(name_key(&name)).bind(id).execute(&mut *c).await?.rows_affected());
        }
    }
    let beyond = session.beyond_ascii("email");
    let sql = format!("SELECT id, email FROM people WHERE {beyond} OR email LIKE '%xn--%' ORDER BY id");
    let people: Vec<(Uuid, String)> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?);
    for (id, email) in people {
        const SQL: &str = "UPDATE people SET email = $1 WHERE id = $2";
        let key = email_key(&email);
        if key != email {
            on!(session, c => sqlx::query(SQL).bind(key).bind(id).execute(&mut *c).await?.rows_affected());
        }
    }
    session.commit().await
}
