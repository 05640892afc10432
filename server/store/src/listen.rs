//! Hearing that messages were written, by whichever server on the database.

use crate::Store;
use crate::engine::Pools;
use crate::error::Result;
use sqlx::postgres::PgListener;

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
    /// A listener, over a connection of its own; nothing on SQLite, whose one process wakes itself.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Pools::Postgres(pool) = self.pools() else { return Ok(None) };
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen("doorward_outbox").await?;
        Ok(Some(Listener(listener)))
    }
}
