//! The rows of an export, in chunks of one text each.
//!
//! The driver's cost is per column and per row; a chunk of rows joined by the database into one text costs one. Fields are
//! separated by U+001F and rows by U+001E, which the door refuses in every text it takes.

use super::sql::{Conditions, column, of, order, residual, walk};
use crate::Session;
use crate::error::{Error, Result};
use crate::search::{Names, Sought, Sql};
use domain::filter::{Cursor, Filter, ListQuery, Search, Sort};
use domain::ids::RequestNumber;
use sqlx::AssertSqlSafe;

/// Rows of a chunk.
pub const EXPORT_CHUNK: i64 = 500;

const FIELD: u8 = 0x1f;
const ROW: u8 = 0x1e;

/// Fields of an export row, in order; each as text, absent ones empty.
const FIELDS: [&str; 25] = [
    "r.number",
    "r.status",
    "r.lane",
    "r.approval_type",
    "r.requester_name",
    "r.requester_email",
    "r.department",
    "r.manager_email",
    "r.resource_name",
    "r.flow_name",
    "r.flow_version",
    "r.group_name",
    "r.reason",
    "r.requested_minutes",
    "r.granted_minutes",
    "r.submitted_at",
    "r.decided_at",
    "r.decided_by",
    "r.decision_reason",
    "r.next_steps",
    "CASE WHEN r.overridden THEN 1 ELSE 0 END",
    "r.expires_at",
    "r.access_ends_at",
    "r.flow_version_id",
    "SORT",
];

/// One row, borrowed from its chunk.
#[derive(Clone, Debug)]
pub struct ExportRow<'c> {
    fields: [&'c str; 25],
}

impl<'c> ExportRow<'c> {
    /// The fields in the order of the export's columns: number, status code, lane code, type code, requester, email,
    /// department, manager, resource, flow, flow version, group, reason, requested minutes, granted minutes, submitted,
    /// decided, decided by, reason of the decision, next steps, overridden (0 or 1), expires, access ends.
    #[must_use]
    pub fn fields(&self) -> &[&'c str] {
        &self.fields[..23]
    }

    /// Number of the request.
    #[must_use]
    pub fn number(&self) -> RequestNumber {
        RequestNumber(self.fields[0].parse().unwrap_or(0))
    }

    /// Key of the frozen flow version, for looking its steps up.
    #[must_use]
    pub const fn flow_version_key(&self) -> &'c str {
        self.fields[23]
    }
}

/// A chunk of rows as the database joined it.
#[derive(Clone, Debug)]
pub struct ExportCursor {
    text: String,
}

impl ExportCursor {
    /// The rows.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when a stored text holds a separator.
    pub fn rows(&self) -> impl Iterator<Item = Result<ExportRow<'_>>> {
        self.text.split(ROW as char).filter(|row| !row.is_empty()).map(|row| {
            let mut fields = [""; 25];
            let mut parts = row.split(FIELD as char);
            for field in &mut fields {
                *field = parts.next().ok_or_else(|| Error::inconsistent("requests", "reason", "export"))?;
            }
            if parts.next().is_some() {
                return Err(Error::inconsistent("requests", "reason", fields[0]));
            }
            Ok(ExportRow { fields })
        })
    }

    /// The place after the last row, if there may be more.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] as in [`ExportCursor::rows`].
    pub fn next(&self) -> Result<Option<Cursor>> {
        let mut count = 0;
        let mut last = None;
        for row in self.rows() {
            last = Some(row?);
            count += 1;
        }
        Ok(last
            .filter(|_| count == EXPORT_CHUNK)
            .map(|row| Cursor { value: row.fields[24].to_owned(), number: row.number() }))
    }
}

/// The rows of a list from the cursor on, as one chunk. Same rows and order as [`super::list`].
///
/// # Errors
/// When the database fails.
pub async fn export_chunk(session: &mut Session, query: &ListQuery) -> Result<ExportCursor> {
    let mut sql = Sql::default();
    let search = match query.filter.search.as_deref().and_then(Search::new) {
        Some(search) => Some(Sought::new(session, search, Names::Present).await?),
        None => None,
    };
    let inner = inner(session, query, search.as_ref(), &mut sql);
    let field = session.character(FIELD);
    let row = session.character(ROW);
    let line = FIELDS
        .iter()
        .map(|name| if *name == "SORT" { format!("r.{}", column(query.sort.key)) } else { (*name).to_owned() })
        .map(|name| format!("COALESCE(CAST({} AS TEXT), '')", uuid_text(session, &name)))
        .collect::<Vec<_>>()
        .join(&format!(" || {field} || "));
    let text = format!(
        "SELECT COALESCE({}(line, {row}), '') FROM (SELECT {line} AS line FROM ({inner}) w JOIN requests r ON r.number = w.number \
         ORDER BY {}) lines",
        session.join_texts(),
        order(query.sort, "r."),
    );
    let text: String =
        on!(session, c => bound!(sqlx::query_scalar(AssertSqlSafe(text)), sql.binds).fetch_one(&mut *c).await?);
    Ok(ExportCursor { text })
}

fn uuid_text(session: &Session, name: &str) -> String {
    if name == "r.flow_version_id" { session.uuid_as_text(name) } else { name.to_owned() }
}

fn inner(session: &Session, query: &ListQuery, search: Option<&Sought>, sql: &mut Sql) -> String {
    let filter: &Filter = &query.filter;
    let sort: Sort = query.sort;
    let conditions = Conditions::new(filter, sort, query.after.as_ref(), i64::MAX / 4);
    let mut rest = match (&filter.requester, search) {
        (None, None) => return walk(sql, filter, sort, &conditions, EXPORT_CHUNK),
        (Some(requester), None) => of(sql, requester),
        (Some(requester), Some(search)) => {
            format!("{} AND {}", of(sql, requester), search.looks(session, sql, "r.number"))
        }
        (None, Some(search)) => format!("r.number IN ({})", search.numbers(session, sql)),
    };
    rest.push_str(&residual(filter));
    conditions.write(sql, &mut rest);
    format!("SELECT r.number FROM requests r WHERE {rest} ORDER BY {} LIMIT {EXPORT_CHUNK}", order(sort, "r."))
}

/// One vote of an export.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ExportVote {
    /// Number of the request.
    pub request: i64,
    /// Who voted, by name then.
    pub person_name: String,
    /// Code of the verdict.
    pub verdict: i16,
    /// The step, from 0.
    pub step: i32,
    /// The comment.
    pub comment: Option<String>,
    /// When, in microseconds.
    pub voted_at: i64,
}

/// The votes of the requests of a chunk, by request and time.
///
/// # Errors
/// When the database fails.
pub async fn export_votes(session: &mut Session, numbers: &[RequestNumber]) -> Result<Vec<ExportVote>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    // Numbers come from the database, not from a client.
    let list = numbers.iter().map(|number| number.0.to_string()).collect::<Vec<_>>().join(",");
    let sql = format!(
        "SELECT request, person_name, verdict, step, comment, voted_at FROM votes WHERE request IN ({list}) \
         ORDER BY request, voted_at, person_id"
    );
    Ok(on!(session, c => sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(&mut *c).await?))
}
