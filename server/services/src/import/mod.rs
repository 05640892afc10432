//! Import of people, groups, resources (CSV) and flows (JSON): what other directories export goes in as it is; what cannot
//! be understood is said by line and column; all or nothing.

mod cells;
mod decode;
mod flows;
mod groups;
mod losses;
mod managers;
mod people;
mod resources;
mod states;
mod table;
mod words;
mod zones;

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
    /// Who becomes inactive, and who loses what by it: memberships, grants, places among approvers, the admin mark.
    pub losses: Vec<String>,
    /// References that were left out because nobody knows what they name, one a line.
    pub left_out: Vec<String>,
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
    /// Leave out references to people and groups that nobody knows, instead of refusing the file: a person goes in without the
    /// manager, a group without the member, a resource without the owner, and a flow not at all.
    pub leave_out_unknown: bool,
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
    /// Whether it is only a reference to something that is not known: [`How::leave_out_unknown`] imports the rest.
    pub unknown: bool,
}

impl Problem {
    fn new(message: impl Into<String>) -> Self {
        Self { line: None, column: None, message: message.into(), unknown: false }
    }
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

/// Collects problems, and references that are left out instead.
#[derive(Debug, Default)]
struct Problems {
    found: Vec<Problem>,
    leave_out: bool,
    left_out: Vec<Problem>,
}

impl Problems {
    fn new(how: How) -> Self {
        Self { leave_out: how.leave_out_unknown, ..Self::default() }
    }

    fn add(&mut self, line: u64, column: Option<(usize, String)>, message: impl Into<String>) {
        self.found.push(Problem { line: Some(line), column, ..Problem::new(message) });
    }

    /// A reference to something that is not known: left out where that was chosen, a problem otherwise.
    fn unknown(&mut self, line: u64, column: Option<(usize, String)>, message: impl Into<String>) {
        let problem = Problem { line: Some(line), column, unknown: true, ..Problem::new(message) };
        if self.leave_out { self.left_out.push(problem) } else { self.found.push(problem) }
    }

    fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// What was left out, by line; or the problems.
    fn done(mut self) -> Result<Vec<String>, ImportError> {
        if self.found.is_empty() {
            sort(&mut self.left_out);
            return Ok(self.left_out.iter().map(|problem| format!("{problem}; left out")).collect());
        }
        Err(self.into_error())
    }

    fn into_error(self) -> ImportError {
        let mut found = self.found;
        sort(&mut found);
        let more = found.len().saturating_sub(SHOWN);
        let unknown = found.iter().all(|problem| problem.unknown);
        found.truncate(SHOWN);
        if more > 0 {
            found.push(Problem { unknown, ..Problem::new(format!("and {more} more")) });
        }
        ImportError::Problems(found)
    }
}

fn sort(problems: &mut [Problem]) {
    problems.sort_by_key(|problem| (problem.line, problem.column.as_ref().map(|(index, _)| *index)));
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
        Kind::People => people::import(&mut session, bytes, how, actor, origin).await?,
        Kind::Groups => groups::import(&mut session, bytes, how).await?,
        Kind::Resources => resources::import(&mut session, bytes, how).await?,
        Kind::Flows => flows::import(&mut session, bytes, how).await?,
    };
    if report.created + report.updated > 0 {
        record(&mut session, kind, &report, actor, origin).await?;
        if kind != Kind::Flows {
            let missing = crate::requests::recount_open(&mut session, actor, origin).await?.missing;
            if !missing.is_empty() {
                let numbers: Vec<String> = missing.iter().map(|number| format!("#{number}")).collect();
                report.losses.push(format!("nobody can pass any more: {}", numbers.join(" ")));
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
        detail: json!({ "created": report.created, "updated": report.updated, "invited": report.invited, "changes": report.changes,
            "losses": report.losses, "left_out": report.left_out }),
        ..Event::default()
    };
    Ok(crate::record::record(session, &event).await?)
}
