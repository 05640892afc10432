//! What every use case stands on.

use crate::deliveries::Degraded;
use crate::health::{Faults, Health};
use crate::login::{Hashing, Token};
use crate::notes::Notes;
use crate::targets::Differing;
use crate::{Error, Result};
use domain::connector::Network;
use domain::people::Actor;
use serde_json::json;
use std::sync::{Arc, PoisonError, RwLock};
use store::Session;
use store::Store;
use store::audit::Event;
use tokio::sync::{Notify, Semaphore};

/// The services of one process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Services {
    /// The database.
    pub(crate) store: Store,
    /// Limits how many passwords are hashed at once.
    pub(crate) hashing: Arc<Hashing>,
    /// Limits how many exports run at once: each holds a reader and a snapshot.
    pub(crate) exports: Arc<Semaphore>,
    /// Wakes the mail worker after a commit that wrote to the outbox.
    pub(crate) outbox: Arc<Notify>,
    /// Wakes the worker that calls targets.
    pub(crate) calls: Arc<Notify>,
    /// Wakes the worker that tells channels.
    pub(crate) news: Arc<Notify>,
    /// Why messages do not go out, if they do not.
    pub(crate) degraded: Arc<RwLock<Option<Degraded>>>,
    /// How much differs between targets and what should be.
    pub(crate) differing: Arc<RwLock<Differing>>,
    /// Addresses outside of the public internet that connectors may call.
    pub(crate) targets: Arc<Vec<Network>>,
    /// What is noted in memory until one writer writes it.
    pub(crate) notes: Arc<Notes>,
    /// What does not work as it should.
    pub(crate) health: Arc<Health>,
    /// Mail is written to files: nobody gets any.
    pub(crate) mail_in_files: bool,
}

impl Services {
    /// Services over a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            hashing: Arc::new(Hashing::default()),
            exports: Arc::new(Semaphore::new(2)),
            outbox: Arc::new(Notify::new()),
            calls: Arc::new(Notify::new()),
            news: Arc::new(Notify::new()),
            degraded: Arc::new(RwLock::new(None)),
            differing: Arc::default(),
            targets: Arc::new(Vec::new()),
            notes: Arc::default(),
            health: Arc::default(),
            mail_in_files: false,
        }
    }

    /// The services, told whether mail is written to files in the place of being sent.
    #[must_use]
    pub fn with_mail_in_files(self, mail_in_files: bool) -> Self {
        Self { mail_in_files, ..self }
    }

    /// The services, with ranges of addresses that connectors may call beside the public ones.
    #[must_use]
    pub fn allowing(self, targets: Vec<Network>) -> Self {
        Self { targets: Arc::new(targets), ..self }
    }

    /// Opens the transaction of an act on requests. Who acts is read in it: the session must be live, the person active, and an
    /// admin where the act is the admins'. What was known of them before the body of the call was read may be long past
    /// (`trust.md` F15). The actor is given back as they are now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the session has ended or the person is not active, [`Error::Forbidden`] when the right
    /// is gone; both are recorded. Or the database fails.
    pub(crate) async fn write(&self, actor: &Actor, right: Right, origin: &Origin) -> Result<(Session, Actor)> {
        admit(self.store.write().await?, actor, right, origin).await
    }

    /// Opens the transaction of an act on the directory, flows, connectors or settings, or one that takes access away; no other act
    /// runs beside it, so that it takes nobody's right away while they use it.
    ///
    /// # Errors
    /// As for [`Services::write`].
    pub(crate) async fn write_directory(
        &self,
        actor: &Actor,
        right: Right,
        origin: &Origin,
    ) -> Result<(Session, Actor)> {
        admit(self.store.write_directory().await?, actor, right, origin).await
    }

    /// Wakes the workers after a commit: there may be something to send or to carry out.
    pub(crate) fn ring(&self) {
        self.wake();
        self.store.announce();
    }

    fn wake(&self) {
        self.outbox.notify_one();
        self.calls.notify_one();
        self.news.notify_one();
    }

    /// Rings the bells when another server, or a command, writes messages: one round until the connection breaks. Does not end on
    /// SQLite, where nobody else writes any.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn listen(&self) -> Result<()> {
        let Some(mut listener) = self.store.listen().await? else { return std::future::pending().await };
        loop {
            listener.heard().await?;
            self.wake();
        }
    }

    /// The bell that rings after a commit that may have written messages to channels.
    #[must_use]
    pub fn news_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }

    /// Why messages do not go out, as it was last looked at ([`crate::deliveries::look_after`]); nothing while they do.
    #[must_use]
    pub fn degraded(&self) -> Option<Degraded> {
        self.degraded.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Background jobs and rows that do not work as they should; in memory, as they were last looked at.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.health.faults()
    }

    /// Notes whether a background job runs as it should, for [`Services::faults`].
    pub fn note_job(&self, name: &'static str, well: bool) {
        self.health.job(name, well);
    }

    pub(crate) fn note_degraded(&self, degraded: Option<Degraded>) {
        *self.degraded.write().unwrap_or_else(PoisonError::into_inner) = degraded;
    }

    /// How much differs between targets and what should be, as it was last looked at ([`crate::targets::look_after`]).
    #[must_use]
    pub fn differing(&self) -> Differing {
        *self.differing.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_differing(&self, differing: Differing) {
        *self.differing.write().unwrap_or_else(PoisonError::into_inner) = differing;
    }

    /// The bell that rings after a commit that may have written calls to targets.
    #[must_use]
    pub fn calls_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.calls)
    }

    /// The moment of now, by the store's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn now(&self) -> Result<domain::time::Timestamp> {
        Ok(self.store.read().await?.now())
    }

    /// The bell that rings after a commit that wrote messages.
    #[must_use]
    pub fn outbox_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.outbox)
    }

    /// The store, for the binary's own commands (`migrate`, `demo`).
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }
}

/// Where an act comes from, for the audit, and what it stands on.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Address of the peer, or of the client behind a trusted proxy; empty for the command line.
    pub address: String,
    /// What the client calls itself, shortened.
    pub agent: String,
    /// What lets the actor act.
    pub via: Via,
}

/// What lets an actor act: it is looked at again in the transaction of the act.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// The command line, a job, or a test: there is no session that could end.
    #[default]
    Process,
    /// A session, which must still be live when the act begins.
    Session(Token),
}

/// What an act needs of who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// An active person; the rules of the act say the rest.
    Person,
    /// An admin.
    Admin,
}

/// Reads who acts, in the transaction of the act, and refuses who may not.
async fn admit(mut session: Session, actor: &Actor, right: Right, origin: &Origin) -> Result<(Session, Actor)> {
    let hash = match &origin.via {
        Via::Process => None,
        Via::Session(token) => Some(token.hash()),
    };
    let found = store::login::acting(&mut session, actor.id, hash.as_deref(), crate::login::IDLE_IN_ACTS).await?;
    let (why, error) = match found {
        None => ("session_ended", Error::Unauthenticated),
        Some(found) if !found.active => ("not_active", Error::Unauthenticated),
        Some(found) if right == Right::Admin && !found.actor.admin => ("not_admin", Error::Forbidden),
        Some(found) => return Ok((session, found.actor)),
    };
    let event = Event {
        kind: "refused",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        detail: json!({ "refusal": why }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    Err(error)
}
