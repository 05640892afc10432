//! Import of people, groups, resources (CSV) and flows (JSON): what other directories export goes in as it is; what cannot
//! be understood is said by line and column; all or nothing.

mod flows;
mod groups;
mod people;
mod resources;
mod table;

use crate::{Origin, Right, Services};
use domain::people::Actor;
use serde_json::json;
use std::fmt;
use store::Session;
use store::audit::Event;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// People, CSV.
    People,
    /// Groups with members, CSV.
    Groups,
    /// Resources with groups and owners, CSV.
    Resources,
    /// Approval flows, JSON.
    Flows,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// New items.
    pub created: usize,
    /// Changed items.
    pub updated: usize,
    /// Items that are as the file says already.
    pub unchanged: usize,
    /// What was passed over, and why.
    pub notices: Vec<String>,
    /// Each change, one a line.
    pub changes: Vec<String>,
    /// People who were invited by mail.
    pub invited: usize,
}

/// How a file is imported.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Only say what would change.
    pub dry_run: bool,
    /// Mail a one-time link to each new active person, so that they can get in.
    pub invite: bool,
}

/// Something in the file that cannot be accepted, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1.
    pub line: Option<u64>,
    /// Column, from 1, and its header.
    pub column: Option<(usize, String)>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
        }
        if let Some((index, name)) = &self.column {
            write!(f, ", column {index} ({name})")?;
        }
        if self.line.is_some() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be accepted.
    #[error("{} problems", .0.len())]
    Problems(Vec<Problem>),
    /// The database failed.
    #[error(transparent)]
    Services(#[from] crate::Error),
}

impl From<store::Error> for ImportError {
    fn from(error: store::Error) -> Self {
        Self::Services(error.into())
    }
}

/// Problems that are shown; a file of another kind would have one a line.
const SHOWN: usize = 1000;

/// Collects problems.
#[derive(Debug, Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, line: u64, column: Option<(usize, String)>, message: impl Into<String>) {
        self.0.push(Problem { line: Some(line), column, message: message.into() });
    }

    fn done(mut self) -> Result<(), ImportError> {
        if self.0.is_empty() {
            return Ok(());
        }
        self.0.sort_by_key(|problem| (problem.line, problem.column.as_ref().map(|(index, _)| *index)));
        let more = self.0.len().saturating_sub(SHOWN);
        self.0.truncate(SHOWN);
        if more > 0 {
            self.0.push(Problem { line: None, column: None, message: format!("and {more} more") });
        }
        Err(ImportError::Problems(self.0))
    }
}

/// Imports a file in one transaction; on a dry run nothing is written. People and groups that the file does not name stay
/// as they are. `actor` is an admin in the browser; nobody on the command line.
///
/// # Errors
/// The problems of the file, by line and column; nothing is written then.
pub async fn import(
    services: &Services,
    kind: Kind,
    bytes: &[u8],
    how: How,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<Report, ImportError> {
    let (mut session, actor) = match actor {
        Some(actor) => {
            let (session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
            (session, Some(actor))
        }
        None => (services.store.write_directory().await?, None),
    };
    let actor = actor.as_ref();
    let mut report = match kind {
        Kind::People => people::import(&mut session, bytes, how.invite, actor, origin).await?,
        Kind::Groups => groups::import(&mut session, bytes).await?,
        Kind::Resources => resources::import(&mut session, bytes).await?,
        Kind::Flows => flows::import(&mut session, bytes).await?,
    };
    if report.created + report.updated > 0 {
        record(&mut session, kind, &report, actor, origin).await?;
        if kind != Kind::Flows {
            let missing = crate::requests::recount_open(&mut session, actor, origin).await?.missing;
            if !missing.is_empty() {
                let numbers: Vec<String> = missing.iter().map(|number| format!("#{number}")).collect();
                report.changes.push(format!("nobody can pass any more: {}", numbers.join(" ")));
            }
        }
    }
    // A dry run does everything and keeps nothing.
    if how.dry_run {
        return Ok(report);
    }
    session.commit().await?;
    services.ring();
    Ok(report)
}

async fn record(
    session: &mut Session,
    kind: Kind,
    report: &Report,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<(), ImportError> {
    let event = Event {
        kind: match kind {
            Kind::People => "person_changed",
            Kind::Groups => "group_changed",
            Kind::Resources => "resource_changed",
            Kind::Flows => "flow_updated",
        },
        actor: actor.map(|actor| (actor.id, actor.name.as_str())),
        address: &origin.address,
        subject: "import",
        detail: json!({ "created": report.created, "updated": report.updated, "invited": report.invited, "changes": report.changes }),
        ..Event::default()
    };
    Ok(crate::record::record(session, &event).await?)
}
