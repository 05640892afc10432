//! Opening the house. The only place that opens a store.

use crate::config::Config;
use crate::mail::MailTarget;
use services::Services;
use std::fmt;
use std::os::unix::fs::DirBuilderExt as _;
use store::{Options, Store};

/// Why the process ends, and with which code.
#[derive(Debug)]
pub struct Exit {
    /// 1 for a failure, 2 for a value that makes no sense.
    pub code: u8,
    /// One line.
    pub line: String,
}

impl Exit {
    /// A failure.
    pub fn failed(line: impl fmt::Display) -> Self {
        Self { code: 1, line: line.to_string() }
    }

    /// A value that makes no sense.
    pub fn usage(line: impl fmt::Display) -> Self {
        Self { code: 2, line: line.to_string() }
    }
}

impl From<services::Error> for Exit {
    fn from(error: services::Error) -> Self {
        Self::failed(error)
    }
}

impl From<store::Error> for Exit {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unfit(line) => Self::usage(format!("DOORWARD_DATABASE: {line}")),
            store::Error::Key(line) => Self::usage(line),
            other => Self::failed(other),
        }
    }
}

/// Raises the process's limit of open files to what it may be; what it is then. Most systems begin with 1,024, which is few for a
/// server.
#[must_use]
pub fn raise_file_limit() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let before = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: before.maximum, maximum: before.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files was not raised");
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Whether a database is made where there is none, and brought up to date where it is older. Only what is meant to may: a mistyped
/// path or an empty file must not become an empty organisation, and a look at a database must not change it under a server that
/// runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// It is made and migrated.
    Yes,
    /// It must be there and up to date.
    No,
}

/// Opens the store and makes the services over it.
///
/// # Errors
/// When the database cannot be opened, is newer than the program, or is set up to lose writes; when it is not there, empty or older
/// and must not be.
pub async fn open(config: &Config, make: Make) -> Result<Services, Exit> {
    open_as(config, make, |options| options).await
}

/// Opens the store to serve acts and pages: as the only server on a SQLite database; PostgreSQL ends what waits or runs too long.
///
/// # Errors
/// As [`open`], and when another process serves the SQLite database.
pub async fn open_to_serve(config: &Config) -> Result<Services, Exit> {
    open_as(config, Make::Yes, |options| Options { serving: true, limits: true, ..options }).await
}

/// Opens the store although its key is lost.
///
/// # Errors
/// As [`open`].
pub async fn open_without_key(config: &Config) -> Result<Services, Exit> {
    open_as(config, Make::No, |options| Options { without_key: true, ..options }).await
}

async fn open_as(config: &Config, make: Make, how: impl FnOnce(Options) -> Options) -> Result<Services, Exit> {
    if let Some(path) = config.database.strip_prefix("sqlite://") {
        let path = path.split('?').next().unwrap_or(path);
        if make == Make::No && !std::path::Path::new(path).exists() {
            return Err(Exit::usage(format!(
                "DOORWARD_DATABASE: there is no database at {path}; doorward migrate makes one"
            )));
        }
        let dir = std::path::Path::new(path).parent().filter(|dir| make == Make::Yes && !dir.as_os_str().is_empty());
        if let Some(dir) = dir {
            // A folder that is made here is its owner's alone; one that is there is left as it is.
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| {
                Exit::usage(format!("DOORWARD_DATABASE: {} cannot be made: {error}", dir.display()))
            })?;
        }
    }
    let (yes, key) = (make == Make::Yes, config.key.clone());
    let options = Options { create: yes, migrate: yes, key, ..Options::new(config.database.clone()) };
    let store = Store::open(how(options)).await?;
    Ok(Services::new(store))
}

/// What is to be said of mail that is written to files, unless the organisation is a demo: it reaches nobody, and whoever can read the
/// files can log in with the links in them.
///
/// # Errors
/// When the database fails.
pub async fn mail_in_files(services: &Services, config: &Config) -> Result<Option<&'static str>, Exit> {
    const SAID: &str =
        "mail is written to files and reaches nobody: set DOORWARD_MAIL to smtp://… before people are invited";
    let files = matches!(config.mail, MailTarget::Files(_));
    Ok((files && !services::demo::is_there(services).await?).then_some(SAID))
}

const QUIET: &str = "sqlx::postgres::notice=error";

/// Starts the log.
///
/// # Errors
/// When the filter cannot be read.
pub fn start_log(filter: &str) -> Result<(), Exit> {
    let expected = || Exit::usage("DOORWARD_LOG: expected a filter such as info or doorward=debug,warn");
    // A lone word that is no level would be taken for the name of a part, and nothing else would be logged.
    let level = |part: &str| part.contains('=') || part.parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
    if !filter.split(',').map(str::trim).all(level) {
        return Err(expected());
    }
    let filter = tracing_subscriber::EnvFilter::try_new(filter).map_err(|_| expected())?;
    // PostgreSQL warns of each rollback outside a transaction, and one follows every use of a connection (store::engine).
    let filter = match QUIET.parse() {
        Ok(quiet) => filter.add_directive(quiet),
        Err(_) => filter,
    };
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .init();
    Ok(())
}
