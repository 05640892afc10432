//! Which servers are on the database: whoever starts and finds nobody else takes over at once what a killed server had leased.

use crate::Store;
use crate::engine::Pools;
use crate::error::Result;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection};
use std::sync::Arc;
use std::time::Duration;

/// The advisory lock that every server shares: the bytes of `doorward`.
const SERVERS: i64 = 0x646f_6f72_7761_7264;
/// How often a server that enters looks whether it is alone, and how long it waits between two looks: a second in all.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);
/// How long the database may take to answer that the connection still stands.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server's presence, until it is dropped.
#[derive(Debug)]
pub struct Presence {
    alone: bool,
    /// A connection of its own, which holds the lock as long as the process lives; nothing on SQLite, where a file is locked.
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    options: Arc<PgConnectOptions>,
    connection: Option<PgConnection>,
}

impl Store {
    /// Enters as a server. On PostgreSQL nobody else enters until [`Presence::stay`] when this one is alone. On SQLite a store that was
    /// opened to serve is alone, as there is one only.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn enter(&self) -> Result<Presence> {
        let Pools::Postgres(pool) = self.pools() else {
            return Ok(Presence { alone: self.is_serving(), held: None });
        };
        let options = pool.connect_options();
        let mut connection = connect(&options).await?;
        // The database may take a moment to notice that a server was killed, which is started again at once.
        let mut alone = false;
        for _ in 0..TRIES {
            alone =
                sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(SERVERS).fetch_one(&mut connection).await?;
            if alone {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if !alone {
            share(&mut connection).await?;
        }
        Ok(Presence { alone, held: Some(Held { options, connection: Some(connection) }) })
    }
}

impl Presence {
    /// Whether no other server is on the database.
    #[must_use]
    pub const fn is_alone(&self) -> bool {
        self.alone
    }

    /// Lets others in, and stays.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn stay(&mut self) -> Result<()> {
        let connection = self.held.as_mut().and_then(|held| held.connection.as_mut());
        if let Some(connection) = connection.filter(|_| self.alone) {
            // Both at once, so that there is no moment without.
            share(connection).await?;
            sqlx::query("SELECT pg_advisory_unlock($1)").bind(SERVERS).execute(connection).await?;
        }
        self.alone = false;
        Ok(())
    }

    /// Proves that the connection still stands, and makes another one when it does not.
    ///
    /// # Errors
    /// When the database cannot be reached: other servers take this one for gone until it can.
    pub async fn keep(&mut self) -> Result<()> {
        let Some(held) = &mut self.held else { return Ok(()) };
        if let Some(connection) = &mut held.connection
            && tokio::time::timeout(PATIENCE, connection.ping()).await.is_ok_and(|answer| answer.is_ok())
        {
            return Ok(());
        }
        held.connection = None;
        let mut connection = connect(&held.options).await?;
        share(&mut connection).await?;
        held.connection = Some(connection);
        Ok(())
    }
}

/// Waiting for the lock, or for nothing to do, is no failure on this connection, whatever the limits of the others.
async fn connect(options: &PgConnectOptions) -> Result<PgConnection> {
    let mut connection = PgConnection::connect_with(options).await?;
    for limit in ["lock_timeout", "statement_timeout", "idle_session_timeout"] {
        // A server before version 14 does not know the last one.
        let set = sqlx::query("SELECT set_config(name, '0', FALSE) FROM pg_settings WHERE name = $1").bind(limit);
        set.execute(&mut connection).await?;
    }
    Ok(connection)
}

async fn share(connection: &mut PgConnection) -> Result<()> {
    sqlx::query("SELECT pg_advisory_lock_shared($1)").bind(SERVERS).execute(connection).await?;
    Ok(())
}
