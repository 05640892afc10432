//! Hearing that messages were written, by whichever server on the database.

use crate::Store;
use crate::engine::Pools;
use crate::error::Result;
use sqlx::postgres::PgListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What servers on one PostgreSQL say to each other.
const BELL: &str = "doorward_outbox";

/// A bell that is being rung already is not rung again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bell(Arc<AtomicBool>);

/// Hears of messages that were committed.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// Waits until messages were committed. After a connection that broke it hears again by itself; what was written meanwhile is
    /// for the poll.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn heard(&mut self) -> Result<()> {
        self.0.recv().await?;
        Ok(())
    }
}

impl Store {
    /// Tells the other servers that messages were committed, soon and without waiting for it; nothing on SQLite. A bell that is not
    /// heard is made good by the poll. Not rung within the transaction: PostgreSQL lets transactions that notify commit only one after
    /// the other.
    pub fn announce(&self) {
        let Pools::Postgres(pool) = self.pools() else { return };
        let (pool, ringing) = (pool.clone(), Arc::clone(&self.bell().0));
        if ringing.swap(true, Ordering::AcqRel) {
            return;
        }
        tokio::spawn(async move {
            // Whoever commits from here on rings again.
            ringing.store(false, Ordering::Release);
            if let Err(error) = sqlx::query("SELECT pg_notify($1, '')").bind(BELL).execute(&pool).await {
                tracing::debug!(%error, "other servers were not told of messages");
            }
        });
    }

    /// A listener, over a connection of its own; nothing on SQLite, whose one process wakes itself.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Pools::Postgres(pool) = self.pools() else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(BELL).await?;
        Ok(Some(Listener(listener)))
    }
}
