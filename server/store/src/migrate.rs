//! Bringing a schema up to date, or refusing one that is not.

use crate::Session;
use crate::engine::Open;
use crate::error::{Error, Result};
use crate::rekey;
use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Connection, PgPool, SqliteConnection};
use std::collections::BTreeSet;
use std::time::Duration;

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long one process waits for another that makes or migrates the same SQLite file.
const SQLITE_PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries at what SQLite answers BUSY to without waiting: the change to WAL.
const SQLITE_RETRY: Duration = Duration::from_millis(20);
/// Where sqlx notes which migrations were applied.
const APPLIED: &str = "_sqlx_migrations";

/// What opening does with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    /// A database without one is given one; otherwise it is refused: an empty file is no organisation.
    pub(crate) create: bool,
    /// One that is not up to date is brought there; otherwise it is refused and nothing is written.
    pub(crate) migrate: bool,
}

/// Makes a SQLite file ready. Of several processes one migrates, in one transaction, and the others wait for it.
pub(crate) async fn sqlite(options: &SqliteConnectOptions, schema: Schema) -> Result<()> {
    // Without the change to WAL, which writes: what is refused stays as it is.
    let options = options.clone().busy_timeout(SQLITE_PATIENCE).optimize_on_close(false, None);
    let pool =
        SqlitePoolOptions::new().max_connections(1).acquire_timeout(SQLITE_PATIENCE).connect_with(options).await?;
    let mut connection = pool.acquire().await?;
    if !schema.create || !schema.migrate {
        let sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1";
        let tables: i64 = sqlx::query_scalar(sql).bind(APPLIED).fetch_one(&mut *connection).await?;
        check(&SQLITE, applied_if(&mut *connection, tables > 0).await?.as_ref(), schema)?;
    }
    if schema.migrate {
        drop(connection);
        rekey::before(Session::bare(Open::Sqlite(pool.acquire().await?), "BEGIN").await?).await?;
        connection = pool.acquire().await?;
        to_wal(&mut connection).await?;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        SQLITE.run_direct(None, &mut *transaction, false).await.map_err(failed)?;
        transaction.commit().await?;
        drop(connection);
        rekey::after(Session::bare(Open::Sqlite(pool.acquire().await?), "BEGIN IMMEDIATE").await?).await?;
    } else {
        drop(connection);
    }
    pool.close().await;
    Ok(())
}

/// Makes a PostgreSQL database ready. Of several processes one migrates, under a lock of the database's, and the others wait for it.
pub(crate) async fn postgres(pool: &PgPool, schema: Schema) -> Result<()> {
    let mut connection = pool.acquire().await?;
    if !schema.create || !schema.migrate {
        let sql = "SELECT to_regclass($1) IS NOT NULL";
        let there: bool = sqlx::query_scalar(sql).bind(APPLIED).fetch_one(&mut *connection).await?;
        check(&POSTGRES, applied_if(&mut *connection, there).await?.as_ref(), schema)?;
    }
    if schema.migrate {
        drop(connection);
        rekey::before(Session::bare(Open::Postgres(pool.acquire().await?), "BEGIN").await?).await?;
        connection = pool.acquire().await?;
        POSTGRES.run_direct(None, &mut *connection, false).await.map_err(failed)?;
        drop(connection);
        rekey::after(Session::bare(Open::Postgres(pool.acquire().await?), "BEGIN").await?).await?;
    }
    Ok(())
}

/// The mode is kept in the file, so only the first process changes it; the others find it changed. SQLite waits for nobody here.
async fn to_wal(connection: &mut SqliteConnection) -> Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await.map_err(Error::from) {
            Ok(_) => return Ok(()),
            Err(Error::Unavailable(_)) if waited < SQLITE_PATIENCE => {
                tokio::time::sleep(SQLITE_RETRY).await;
                waited += SQLITE_RETRY;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Versions and checksums of the migrations that were applied; nothing when there is no schema at all.
async fn applied_if<C: Migrate>(connection: &mut C, there: bool) -> Result<Option<Vec<(i64, Vec<u8>)>>> {
    if !there {
        return Ok(None);
    }
    let applied = connection.list_applied_migrations(APPLIED).await.map_err(failed)?;
    Ok(Some(applied.into_iter().map(|one| (one.version, one.checksum.to_vec())).collect()))
}

fn check(migrator: &Migrator, applied: Option<&Vec<(i64, Vec<u8>)>>, schema: Schema) -> Result<()> {
    let Some(applied) = applied.filter(|applied| !applied.is_empty()) else {
        return if schema.create && schema.migrate {
            Ok(())
        } else {
            Err(Error::Unfit(
                "the database is empty, so it holds no organisation; doorward migrate makes one".to_owned(),
            ))
        };
    };
    if schema.migrate {
        return Ok(());
    }
    let known: BTreeSet<i64> = migrator.iter().map(|migration| migration.version).collect();
    if let Some((version, _)) = applied.iter().find(|(version, _)| !known.contains(version)) {
        return Err(failed(MigrateError::VersionMissing(*version)));
    }
    for migration in migrator.iter() {
        match applied.iter().find(|(version, _)| *version == migration.version) {
            Some((_, checksum)) if *checksum == migration.checksum.as_ref() => {}
            Some((version, _)) => return Err(failed(MigrateError::VersionMismatch(*version))),
            None => {
                return Err(Error::Unfit(format!(
                    "the database is older than this program (migration {} is missing); doorward migrate brings it up to date",
                    migration.version
                )));
            }
        }
    }
    Ok(())
}

fn failed(error: MigrateError) -> Error {
    match error {
        MigrateError::VersionMissing(version) => Error::Unfit(format!(
            "the database is newer than this program (it has migration {version}); use the newer doorward"
        )),
        MigrateError::VersionMismatch(version) => {
            Error::Unfit(format!("migration {version} of the database is not the one this program knows"))
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Error::from(error),
        other => Error::Unfit(format!("the database cannot be migrated: {other}")),
    }
}
