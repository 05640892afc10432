//! The two engines, and every difference between them, by name.

use crate::error::{Error, Result};
use crate::files::Files;
use crate::listen::Bell;
use crate::migrate::Schema;
use crate::seal::{Key, Keys};
use domain::channel::Subscription;
use domain::settings::Settings;
use domain::time::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Row, Sqlite, SqliteConnection, SqlitePool};
use std::fs::File;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Runs one body against whichever engine the session stands on. The body is compiled once for each.
macro_rules! on {
    ($session:expr, $connection:ident => $body:expr) => {
        match $session.connection() {
            $crate::engine::Connection::Sqlite($connection) => $body,
            $crate::engine::Connection::Postgres($connection) => $body,
        }
    };
}

/// A query with the parameters of a built text.
macro_rules! bound {
    ($query:expr, $binds:expr) => {{
        let mut query = $query;
        for bind in $binds {
            query = match bind {
                $crate::search::Bind::Number(number) => query.bind(number),
                $crate::search::Bind::Text(text) => query.bind(text),
                $crate::search::Bind::Id(id) => query.bind(id),
            };
        }
        query
    }};
}

/// SQLite's first release without the WAL corruption bug.
const SQLITE_OLDEST: (u32, u32, u32) = (3, 51, 3);
/// Readers beside the one writer of SQLite.
const SQLITE_READERS: u32 = 4;
/// Page cache of one SQLite connection, in KiB; their sum stays well under the memory budget.
const SQLITE_CACHE_KIB: u32 = 2048;
/// How long a call waits for a connection or a lock before it is "unavailable".
const PATIENCE: Duration = Duration::from_secs(5);

/// What PostgreSQL ends by itself for acts and pages, so that one that hangs holds up nobody for long. A wait for a lock is
/// shorter than the patience of those who wait behind it for a connection.
const POSTGRES_LIMITS: [(&str, &str); 3] =
    [("lock_timeout", "4s"), ("statement_timeout", "10s"), ("idle_in_transaction_session_timeout", "15s")];

/// A new id: `UUIDv7`, made here and nowhere else.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that makes ids")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// An id from given bits, in the shape of a random `UUIDv4`: for demo data, which a seed determines.
#[must_use]
pub fn id_from(bits: u128) -> Uuid {
    uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
}

/// Whether a PostgreSQL URL can be read.
///
/// # Errors
/// What is wrong with it, without the URL, which may hold a password.
pub fn check_url(url: &str) -> std::result::Result<(), String> {
    match PgConnectOptions::from_str(url) {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Configuration(cause)) => Err(cause.to_string()),
        Err(_) => Err("it cannot be read".to_owned()),
    }
}

/// Which engine a store stands on; for messages and benches, never for branching outside this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// Where "now" comes from.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The process's clock on SQLite, the database's on PostgreSQL.
    #[default]
    Engine,
    /// A clock that tests set, in microseconds.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until it is set.
    #[must_use]
    pub fn fixed(at: Timestamp) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(at.0));
        (Self::Fixed(Arc::clone(&hand)), hand)
    }
}

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Options {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// Make the SQLite file when it is not there, and a schema where there is none. Only for commands that are meant to begin a
    /// database.
    pub create: bool,
    /// Bring a schema up to date that is not. Without it such a database is refused, and opening changes nothing.
    pub migrate: bool,
    /// Where "now" comes from.
    pub clock: Clock,
    /// Connections to PostgreSQL.
    pub connections: u32,
    /// Whether PostgreSQL ends what waits or runs too long: for acts and pages. Commands, and whatever else takes its time, go
    /// without, or set their own ([`Session::unlimited`]).
    pub limits: bool,
    /// The key under which secrets are sealed. Without one a SQLite database has it in a file beside it.
    pub key: Option<Key>,
    /// Open although the key is missing or another one: for the command that gives up what was sealed under a lost key.
    pub without_key: bool,
    /// Open as the one server of a SQLite database: refused while another process serves it.
    pub serving: bool,
}

impl Options {
    /// Options for a URL, with the engine's clock.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            create: true,
            migrate: true,
            clock: Clock::Engine,
            connections: 12,
            limits: false,
            key: None,
            without_key: false,
            serving: false,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite { write: SqlitePool, read: SqlitePool },
    Postgres(PgPool),
}

/// A database, opened. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pools: Pools,
    clock: Clock,
    bell: Bell,
    keys: Arc<Keys>,
    /// The lock of the one server of a SQLite database.
    serving: Option<Arc<File>>,
}

/// A connection of either engine, for the body of `on!`.
pub(crate) enum Connection<'s> {
    Sqlite(&'s mut SqliteConnection),
    Postgres(&'s mut PgConnection),
}

/// A connection out of a pool. Transactions on it are begun and ended by statements of ours, not by sqlx's own type: that counts
/// how deep it is, and after a COMMIT or ROLLBACK that failed on a full disk its count stays wrong for ever.
#[derive(Debug)]
pub(crate) enum Open {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Open {
    const fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Begins a transaction. A connection on which that fails is thrown away.
    async fn begin(mut self, sqlite: &'static str, postgres: &'static str) -> Result<Self> {
        let begun = match &mut self {
            Self::Sqlite(connection) => sqlx::raw_sql(sqlite).execute(&mut **connection).await.map(|_| ()),
            Self::Postgres(connection) => sqlx::raw_sql(postgres).execute(&mut **connection).await.map(|_| ()),
        };
        match begun {
            Ok(()) => Ok(self),
            Err(error) => {
                self.throw_away();
                Err(error.into())
            }
        }
    }

    /// The pool opens another connection in its place.
    fn throw_away(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.close_on_drop(),
            Self::Postgres(connection) => connection.close_on_drop(),
        }
    }
}

/// What a transaction that writes may touch. On PostgreSQL an advisory lock is its first statement, so that a change of the
/// directory never runs beside an act whose right it takes away: either comes first, whole. SQLite has one writer anyway.
///
/// This is also the first in the one order of locks: directory, then session, then requests by number, then their grants and
/// calls, then counters, then outbox and audit (`docs/architecture.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Requests and what hangs on them: many such transactions run at once.
    Requests,
    /// People, groups, resources, flows, connectors: alone.
    Directory,
}

impl Scope {
    const fn begin(self) -> &'static str {
        // The number is an arbitrary name for the lock; it is one for each database.
        match self {
            Self::Requests => "BEGIN; SELECT pg_advisory_xact_lock_shared(7233106)",
            Self::Directory => "BEGIN; SELECT pg_advisory_xact_lock(7233106)",
        }
    }
}

/// One transaction. Dropped without [`Session::commit`], it never happened.
#[derive(Debug)]
pub struct Session {
    open: Open,
    /// Whether there is a transaction around it; one statement that reads needs none.
    transaction: bool,
    now: Timestamp,
    keys: Arc<Keys>,
    /// The settings and what comes with them, once read in this session.
    pub(crate) known: Option<Known>,
}

/// What nearly every use case reads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) settings: Settings,
    pub(crate) subscriptions: Vec<Subscription>,
}

impl Store {
    /// Opens a database and brings its schema up to date, or refuses one that is not ([`Options::migrate`]).
    ///
    /// # Errors
    /// [`Error::Unfit`] when the database is newer than the program, of an unsafe version, or set up to lose writes; when it is empty
    /// or older and the options say that it must not be; when another process serves it already. [`Error::Key`] when its key is missing
    /// or another one.
    pub async fn open(options: Options) -> Result<Self> {
        let url = options.url.as_str();
        if url.starts_with("sqlite:") {
            Self::open_sqlite(options).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(options).await
        } else {
            Err(Error::Unfit("a database URL begins with sqlite:// or postgres://".to_owned()))
        }
    }

    async fn open_sqlite(options: Options) -> Result<Self> {
        let base = SqliteConnectOptions::from_str(&options.url)?
            .create_if_missing(options.create)
            // A decision that was answered must survive a power cut; NORMAL may roll it back.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", format!("-{SQLITE_CACHE_KIB}"))
            .pragma("mmap_size", "0")
            .statement_cache_capacity(256)
            // A page of rows passes from SQLite's thread without either side waiting for the other in the middle.
            .row_buffer_size(512)
            .optimize_on_close(true, Some(400));
        let files = if is_file(&options.url) { Files::of(base.get_filename(), options.create)? } else { None };
        let serving = files.as_ref().filter(|_| options.serving).map(Files::lock_to_serve).transpose()?;
        // The switch to WAL and the migrations bear no second process: one opens, the others wait. A look changes nothing.
        let opening = match files.as_ref().filter(|_| options.migrate) {
            Some(files) => {
                files.tighten();
                Some(files.lock_to_open().await?)
            }
            None => None,
        };
        let keys = Arc::new(Keys::new(options.key, files.as_ref().map(Files::key))?);
        crate::migrate::sqlite(&base, Schema { create: options.create, migrate: options.migrate }).await?;
        // A file that appears from nowhere would be an empty organisation: only the opener may make it.
        let base = base.create_if_missing(false).journal_mode(SqliteJournalMode::Wal);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE * 2)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(async move { Ok(rolled_back(connection).await) }))
            .connect_with(base.clone())
            .await?;
        // A writer that is opened again later must not make an empty file in the place of one that is gone.
        write.set_connect_options(base.clone().create_if_missing(false));
        assert_sqlite_version(&write).await?;
        let read = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(async move { Ok(rolled_back(connection).await) }))
            .connect_with(base.clone().row_buffer_size(512))
            .await?;
        let pools = Pools::Sqlite { write, read };
        let serving = serving.map(Arc::new);
        let store = Self { pools, clock: options.clock, bell: Bell::default(), keys, serving };
        if !options.without_key && store.prove_key(options.migrate).await? {
            // Not while a session reads: there is none yet.
            scrub_sqlite(base).await;
        }
        if options.migrate {
            crate::search::refresh(&store).await?;
        }
        drop(opening);
        Ok(store)
    }

    async fn open_postgres(options: Options) -> Result<Self> {
        let connect =
            PgConnectOptions::from_str(&options.url)?.application_name("doorward").statement_cache_capacity(256);
        let limits: &[_] = if options.limits { &POSTGRES_LIMITS } else { &[] };
        let limited = connect.clone().options(limits.iter().copied());
        // A migration takes the time that it takes.
        let unlimited = postgres_pool(1).connect_with(connect).await?;
        assert_postgres_is_durable(&unlimited).await?;
        crate::migrate::postgres(&unlimited, Schema { create: options.create, migrate: options.migrate }).await?;
        unlimited.close().await;
        let pool = postgres_pool(options.connections).connect_with(limited).await?;
        let keys = Arc::new(Keys::new(options.key, None)?);
        let pools = Pools::Postgres(pool.clone());
        let store = Self { pools, clock: options.clock, bell: Bell::default(), keys, serving: None };
        if !options.without_key && store.prove_key(options.migrate).await? {
            scrub_postgres(&pool).await;
        }
        if options.migrate {
            crate::search::refresh(&store).await?;
        }
        Ok(store)
    }

    /// The planner's figures, after a load; on PostgreSQL also the map of what is visible to all, without which an index alone
    /// answers nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn analyse(&self) -> Result<()> {
        match &self.pools {
            Pools::Sqlite { write, .. } => sqlx::query("ANALYZE").execute(write).await.map(|_| ())?,
            Pools::Postgres(pool) => sqlx::query("VACUUM (ANALYZE)").execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    pub(crate) const fn pools(&self) -> &Pools {
        &self.pools
    }

    pub(crate) const fn bell(&self) -> &Bell {
        &self.bell
    }

    pub(crate) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Whether this is the one server of a SQLite database.
    pub(crate) const fn is_serving(&self) -> bool {
        self.serving.is_some()
    }

    /// Which engine this is.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// A consistent snapshot to read from.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn read(&self) -> Result<Session> {
        let open = match &self.pools {
            Pools::Sqlite { read, .. } => Open::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Open::Postgres(pool.acquire().await?),
        };
        let open = open.begin("BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        self.session(open).await
    }

    /// A connection for one statement that reads: there is no transaction around it. On PostgreSQL nobody has asked for the time
    /// yet: the statement itself does, by [`Session::moment`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn glance(&self) -> Result<Session> {
        let open = match &self.pools {
            Pools::Sqlite { read, .. } => Open::Sqlite(read.acquire().await?),
            Pools::Postgres(pool) => Open::Postgres(pool.acquire().await?),
        };
        let now = match &self.clock {
            Clock::Fixed(hand) => Timestamp(hand.load(Ordering::SeqCst)),
            Clock::Engine if open.engine() == Engine::Sqlite => process_now(),
            Clock::Engine => ASK,
        };
        Ok(Session { open, transaction: false, now, keys: self.keys(), known: None })
    }

    /// A transaction to write in: immediate on SQLite (a deferred one that reads first fails at once with BUSY). Changes of the
    /// directory wait for it on PostgreSQL; others of its kind run beside it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had.
    pub async fn write(&self) -> Result<Session> {
        self.write_in(Scope::Requests).await
    }

    /// A transaction that changes people, groups, resources, flows or connectors, or the rights of somebody: no other
    /// transaction writes beside it, so that what it reads stays true until it commits.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no connection is to be had, or those before it take too long.
    pub async fn write_directory(&self) -> Result<Session> {
        self.write_in(Scope::Directory).await
    }

    async fn write_in(&self, scope: Scope) -> Result<Session> {
        let open = match &self.pools {
            Pools::Sqlite { write, .. } => Open::Sqlite(write.acquire().await?),
            Pools::Postgres(pool) => Open::Postgres(pool.acquire().await?),
        };
        let open = open.begin("BEGIN IMMEDIATE", scope.begin()).await?;
        self.session(open).await
    }

    async fn session(&self, open: Open) -> Result<Session> {
        let mut session = Session { open, transaction: true, now: Timestamp(0), keys: self.keys(), known: None };
        session.now = match &self.clock {
            Clock::Fixed(hand) => Timestamp(hand.load(Ordering::SeqCst)),
            Clock::Engine => session.engine_now().await?,
        };
        Ok(session)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// A moment that the database is asked for.
const ASK: Timestamp = Timestamp(-1);

impl Session {
    /// A transaction around the migrations: it reads neither clock nor settings, which may not be there yet.
    pub(crate) async fn bare(open: Open, begin: &'static str) -> Result<Self> {
        let open = open.begin(begin, begin).await?;
        // Nothing that is sealed is read or written in it.
        let keys = Arc::new(Keys::new(None, None)?);
        Ok(Self { open, transaction: true, now: Timestamp(0), keys, known: None })
    }

    /// The moment at which the transaction began, read once, so that everything in it agrees.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys)
    }

    /// Makes everything that was written in the session true.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it could not be made durable; nothing is done then.
    pub async fn commit(mut self) -> Result<()> {
        if !self.transaction {
            // Nothing was written in it.
            return Ok(());
        }
        let committed = on!(self, c => sqlx::query("COMMIT").execute(&mut *c).await.map(|_| ()));
        if committed.is_err() {
            // Whether the transaction is still open is not known, least of all on a full disk.
            self.open.throw_away();
        }
        Ok(committed?)
    }

    /// Takes the limits of PostgreSQL away from this transaction: for exports, which last as long as somebody reads them, and are
    /// ended by a limit on each write. Nothing on SQLite.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlimited(&mut self) -> Result<()> {
        if self.open.engine() == Engine::Postgres {
            self.execute(
                "SELECT set_config('statement_timeout', '0', TRUE), set_config('idle_in_transaction_session_timeout', '0', TRUE)"
                    .to_owned(),
            )
            .await?;
        }
        Ok(())
    }

    /// How long PostgreSQL lets this transaction wait for a lock, run a statement and idle, as it spells it; nothing on SQLite.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn limits(&mut self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT setting FROM (VALUES (1, current_setting('lock_timeout')), (2, current_setting('statement_timeout')), \
            (3, current_setting('idle_in_transaction_session_timeout'))) AS limits (place, setting) ORDER BY place";
        match self.connection() {
            Connection::Sqlite(_) => Ok(Vec::new()),
            Connection::Postgres(connection) => Ok(sqlx::query_scalar(SQL).fetch_all(connection).await?),
        }
    }

    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match &mut self.open {
            Open::Sqlite(connection) => Connection::Sqlite(connection),
            Open::Postgres(connection) => Connection::Postgres(connection),
        }
    }

    /// The store's clock; on PostgreSQL the settings come with it, because nearly every use case needs both.
    async fn engine_now(&mut self) -> Result<Timestamp> {
        const SQL: &str = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT), \
            s.document, s.channels FROM (SELECT 1) one LEFT JOIN settings s ON s.id = 1";
        match self.connection() {
            Connection::Sqlite(_) => Ok(process_now()),
            Connection::Postgres(connection) => {
                let row = sqlx::query(SQL).fetch_one(connection).await?;
                let settings: Option<Json<Settings>> = row.try_get(1)?;
                let subscriptions: Option<Json<Vec<Subscription>>> = row.try_get(2)?;
                self.known = Some(Known {
                    settings: settings.map(|json| json.0).unwrap_or_default(),
                    subscriptions: subscriptions.map(|json| json.0).unwrap_or_default(),
                });
                Ok(Timestamp(row.try_get(0)?))
            }
        }
    }

    /// An expression for now in a statement of a [`Store::glance`]; `parameter` is bound to [`Session::now`].
    pub(crate) fn moment(&self, parameter: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => parameter.to_owned(),
            Engine::Postgres => format!(
                "CASE WHEN {parameter} >= 0 THEN {parameter} ELSE CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) END"
            ),
        }
    }

    /// Suffix of a SELECT that locks the rows of `table` until the commit; SQLite's one writer needs none.
    pub(crate) fn lock_rows(&self, table: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => String::new(),
            Engine::Postgres => format!(" FOR UPDATE OF {table}"),
        }
    }

    /// Suffix of a SELECT that keeps the rows of `table` from being changed until the commit; SQLite's one writer needs none.
    pub(crate) fn share_rows(&self, table: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => String::new(),
            Engine::Postgres => format!(" FOR SHARE OF {table}"),
        }
    }

    /// Suffix of a SELECT that keeps the rows of `table` from being removed until the commit, while other columns than its key may
    /// change; SQLite's one writer needs none.
    pub(crate) fn keep_rows(&self, table: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => String::new(),
            Engine::Postgres => format!(" FOR KEY SHARE OF {table}"),
        }
    }

    /// Whether the database has a table.
    pub(crate) async fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self.open.engine() {
            Engine::Sqlite => "SELECT CAST(COUNT(*) AS BIGINT) FROM sqlite_master WHERE type = 'table' AND name = $1",
            Engine::Postgres => "SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
        };
        let count: i64 = on!(self, c => sqlx::query_scalar(sql).bind(name).fetch_one(&mut *c).await?);
        Ok(count > 0)
    }

    /// A condition that is true where the text of `column` holds a character beyond ASCII.
    pub(crate) fn beyond_ascii(&self, column: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => format!("length(CAST({column} AS BLOB)) <> length({column})"),
            Engine::Postgres => format!("octet_length({column}) <> char_length({column})"),
        }
    }

    /// Suffix of a SELECT that claims rows and passes over those that another server holds.
    pub(crate) const fn claim_rows(&self) -> &'static str {
        match self.open.engine() {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// An expression that is true where `column` contains the parameter.
    pub(crate) fn contains(&self, column: &str, parameter: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => format!("instr({column}, {parameter}) > 0"),
            Engine::Postgres => format!("strpos({column}, {parameter}) > 0"),
        }
    }

    /// Whether the index of a search gives its matches in the order of the numbers, so that a page needs no more of them than
    /// it shows. SQLite's trigram index does, PostgreSQL's gives a set.
    pub(crate) const fn matches_in_order(&self) -> bool {
        matches!(self.open.engine(), Engine::Sqlite)
    }

    /// `SELECT number` of the requests whose keys contain all needles, by the trigram index; `beside` are looked for in what it finds.
    pub(crate) fn by_trigrams(&self, sql: &mut crate::search::Sql, indexed: &[String], beside: &[String]) -> String {
        use crate::search::Bind;
        let (found, mut all) = match self.open.engine() {
            Engine::Sqlite => (
                "SELECT x.rowid AS number FROM requests_search x",
                vec![format!("requests_search MATCH {}", sql.bind(Bind::Text(phrases(indexed))))],
            ),
            Engine::Postgres => {
                let one = |needle: &String| {
                    let escaped = needle.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                    format!("x.search LIKE {}", sql.bind(Bind::Text(format!("%{escaped}%"))))
                };
                ("SELECT x.number FROM requests_text x", indexed.iter().map(one).collect())
            }
        };
        for needle in beside {
            let place = sql.bind(Bind::Text(needle.clone()));
            all.push(self.contains("x.search", &place));
        }
        format!("{found} WHERE {}", all.join(" AND "))
    }

    /// [`Session::unlimited`], and waits for locks as long as it takes: for a server that starts while another prepares the database.
    pub(crate) async fn without_limits(&mut self) -> Result<()> {
        self.unlimited().await?;
        if self.open.engine() == Engine::Postgres {
            self.execute("SELECT set_config('lock_timeout', '0', TRUE)".to_owned()).await?;
        }
        Ok(())
    }

    /// An aggregate that joins texts with a separator, in the order of the rows of an ordered subquery.
    pub(crate) const fn join_texts(&self) -> &'static str {
        match self.open.engine() {
            Engine::Sqlite => "group_concat",
            Engine::Postgres => "string_agg",
        }
    }

    /// The expression for one character by its number.
    pub(crate) fn character(&self, code: u8) -> String {
        match self.open.engine() {
            Engine::Sqlite => format!("char({code})"),
            Engine::Postgres => format!("chr({code})"),
        }
    }

    /// An expression that spells an id as text: hexadecimal without hyphens, in lower case.
    pub(crate) fn uuid_as_text(&self, column: &str) -> String {
        match self.open.engine() {
            Engine::Sqlite => format!("lower(hex({column}))"),
            Engine::Postgres => format!("replace(CAST({column} AS TEXT), '-', '')"),
        }
    }

    /// Name, kind and definition of what speeds reading up and slows a load down: secondary indexes whose names begin with
    /// `ix_`, and on SQLite the trigger that feeds the search index.
    pub(crate) async fn secondary_indexes(&mut self, tables: &str) -> Result<Vec<(String, String, String)>> {
        let sql = match self.open.engine() {
            Engine::Sqlite => format!(
                "SELECT name, type, sql FROM sqlite_master WHERE tbl_name IN {tables} AND sql IS NOT NULL AND \
                 (name LIKE 'ix\\_%' ESCAPE '\\' OR name = 'requests_search_insert') ORDER BY name"
            ),
            Engine::Postgres => format!(
                "SELECT CAST(indexname AS TEXT), 'INDEX', indexdef FROM pg_indexes WHERE schemaname = current_schema() \
                 AND tablename IN {tables} AND indexname LIKE 'ix\\_%' ORDER BY indexname"
            ),
        };
        Ok(on!(self, c => sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *c).await?))
    }

    /// Builds the search index from the rows; on PostgreSQL it is an index like the others.
    pub(crate) async fn rebuild_search(&mut self) -> Result<()> {
        if self.open.engine() == Engine::Sqlite {
            self.execute("INSERT INTO requests_search (requests_search) VALUES ('rebuild')".to_owned()).await?;
        }
        Ok(())
    }

    /// Runs SQL that differs between the engines in nothing but what the caller took from this file.
    pub(crate) async fn execute(&mut self, sql: String) -> Result<u64> {
        Ok(on!(self, c => sqlx::query(AssertSqlSafe(sql)).execute(&mut *c).await?.rows_affected()))
    }
}

/// How connections to PostgreSQL are kept.
fn postgres_pool(connections: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        // A session that is dropped leaves its transaction open, and sqlx 0.9.0 can hand on a connection inside one when a begin
        // was cancelled, and then loses acknowledged writes (sqlx #4385). Rolling back on release ends both.
        .after_release(|connection, _| {
            Box::pin(async move {
                sqlx::query("ROLLBACK").execute(connection).await?;
                Ok(true)
            })
        })
}

/// Ends what a dropped session left open. A connection on which not even that is possible is not used again.
async fn rolled_back(connection: &mut SqliteConnection) -> bool {
    match sqlx::query("ROLLBACK").execute(connection).await {
        Ok(_) => true,
        // After a commit, or where SQLite rolled back by itself.
        Err(sqlx::Error::Database(error)) => error.message().contains("no transaction is active"),
        Err(_) => false,
    }
}

/// Phrases that must all be found, as FTS5 takes them.
fn phrases(needles: &[String]) -> String {
    needles.iter().map(|needle| format!("\"{}\"", needle.replace('"', "\"\""))).collect::<Vec<_>>().join(" AND ")
}

#[expect(clippy::disallowed_methods, reason = "the process's clock is the store's clock on SQLite")]
fn process_now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Whether a URL of SQLite names a file, and not the memory.
fn is_file(url: &str) -> bool {
    !url.contains(":memory:") && !url.contains("mode=memory")
}

/// Takes what lay in clear out of the free pages and the log: the file is written anew. It is in order without, so a failure is told
/// and no more.
async fn scrub_sqlite(options: SqliteConnectOptions) {
    // In a file, as a copy of a large database would fill the memory.
    let options = options.create_if_missing(false).pragma("temp_store", "FILE");
    let scrubbed = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::query("VACUUM").execute(&mut connection).await?;
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok::<_, sqlx::Error>(busy == 0)
    };
    match scrubbed.await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("another process reads the database: what lay in clear is in its log until that ends")
        }
        Err(error) => tracing::warn!(%error, "what lay in clear may still be in free pages of the database"),
    }
}

/// Takes what lay in clear out of the tables' files, where dead rows stay until they are needed.
async fn scrub_postgres(pool: &PgPool) {
    for sql in ["VACUUM (FULL) connectors", "VACUUM (FULL) channels"] {
        if let Err(error) = sqlx::query(sql).execute(pool).await {
            tracing::warn!(%error, "what lay in clear may still be in dead rows of the database");
        }
    }
}

async fn assert_sqlite_version(pool: &SqlitePool) -> Result<()> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if found >= SQLITE_OLDEST {
        Ok(())
    } else {
        Err(Error::Unfit(format!("SQLite {version} can corrupt a database in WAL mode; 3.51.3 or newer is needed")))
    }
}

async fn assert_postgres_is_durable(pool: &PgPool) -> Result<()> {
    for setting in ["fsync", "synchronous_commit"] {
        let value: String = sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(pool).await?;
        if value == "off" {
            return Err(Error::Unfit(format!(
                "PostgreSQL runs with {setting} = off: a decision could be lost; switch it on"
            )));
        }
    }
    Ok(())
}
