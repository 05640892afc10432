//! The one builder of list queries: a filter becomes a few index ranges, merged in the order of the sort.
//!
//! For each pair of status and approval type that the filter admits, one range of the sort's index is read from its end;
//! the union of at most fourteen such heads holds the page. So no page depends on the number of requests, whatever the
//! filter, the sort or the depth. Codes of enums are written into the text (they come from the program); everything that
//! a person typed is a parameter.

use crate::search::{Bind, Sql};
use domain::filter::{Cursor, Filter, Requester, Sort, SortKey};
use domain::request::{ApprovalType, Status};
use domain::time::Timestamp;

/// The column of a sort key.
pub(super) const fn column(key: SortKey) -> &'static str {
    match key {
        SortKey::Submitted => "submitted_at",
        SortKey::Requester => "requester_fold",
        SortKey::Resource => "resource_fold",
        SortKey::Expires => "expires_at",
    }
}

/// `k DESC, number DESC`, with the column spelled.
pub(super) fn order(sort: Sort, prefix: &str) -> String {
    let direction = if sort.descending { "DESC" } else { "ASC" };
    format!("{prefix}{} {direction}, {prefix}number {direction}", column(sort.key))
}

/// Conditions that hold for a filter beside lane, status and type, on the table alias `r`.
pub(super) struct Conditions {
    moments: (Option<Timestamp>, Option<Timestamp>),
    after: Option<Cursor>,
    sort: Sort,
    lag: i64,
}

impl Conditions {
    pub(super) fn new(filter: &Filter, sort: Sort, after: Option<&Cursor>, lag: i64) -> Self {
        let start = |day| crate::days::start(day, filter.zone.as_deref());
        Self { moments: filter.moments(start), after: after.cloned(), sort, lag }
    }

    /// Adds ` AND …` for days and cursor.
    pub(super) fn write(&self, sql: &mut Sql, out: &mut String) {
        let (from, to) = self.moments;
        if let Some(from) = from {
            let p = sql.bind(Bind::Number(from.0));
            out.push_str(&format!(" AND r.submitted_at >= {p}"));
            if self.sort.key == SortKey::Expires {
                // Nothing expires before it was submitted: bounds the range of this index as well.
                out.push_str(&format!(" AND r.expires_at >= {p}"));
            }
        }
        if let Some(to) = to {
            let p = sql.bind(Bind::Number(to.0));
            out.push_str(&format!(" AND r.submitted_at < {p}"));
            if self.sort.key == SortKey::Expires {
                let p = sql.bind(Bind::Number(to.0.saturating_add(self.lag)));
                out.push_str(&format!(" AND r.expires_at < {p}"));
            }
        }
        if let Some(cursor) = &self.after {
            let value = match (self.sort.key, cursor.value.parse::<i64>()) {
                (SortKey::Submitted | SortKey::Expires, Ok(number)) => sql.bind(Bind::Number(number)),
                _ => sql.bind(Bind::Text(cursor.value.clone())),
            };
            let number = sql.bind(Bind::Number(cursor.number.0));
            let than = if self.sort.descending { "<" } else { ">" };
            out.push_str(&format!(" AND (r.{}, r.number) {than} ({value}, {number})", column(self.sort.key)));
        }
    }
}

impl Conditions {
    /// Adds ` AND …` for days and cursor as a range of numbers, which is the order of submission.
    pub(super) fn write_numbers(&self, sql: &mut Sql, number: &str, out: &mut String) {
        let (from, to) = self.moments;
        const FIRST: &str = "SELECT d.number FROM requests d WHERE d.submitted_at";
        if let Some(from) = from {
            let p = sql.bind(Bind::Number(from.0));
            out.push_str(&format!(" AND {number} >= ({FIRST} >= {p} ORDER BY d.submitted_at, d.number LIMIT 1)"));
        }
        if let Some(to) = to {
            let p = sql.bind(Bind::Number(to.0));
            out.push_str(&format!(
                " AND {number} <= ({FIRST} < {p} ORDER BY d.submitted_at DESC, d.number DESC LIMIT 1)"
            ));
        }
        if let Some(cursor) = &self.after {
            let p = sql.bind(Bind::Number(cursor.number.0));
            out.push_str(&format!(" AND {number} {} {p}", if self.sort.descending { "<" } else { ">" }));
        }
    }
}

/// The pairs of status and type that a filter admits.
pub(super) fn pairs(filter: &Filter) -> Vec<(Status, ApprovalType)> {
    let statuses = if filter.status.is_empty() { Status::ALL } else { &filter.status };
    let types = if filter.approval_type.is_empty() { ApprovalType::ALL } else { &filter.approval_type };
    statuses.iter().flat_map(|status| types.iter().map(move |kind| (*status, *kind))).collect()
}

/// `SELECT number, k` of the first `limit` rows of the filter in the order of the sort, search apart.
pub(super) fn walk(sql: &mut Sql, filter: &Filter, sort: Sort, conditions: &Conditions, limit: i64) -> String {
    let key = column(sort.key);
    let mut more = String::new();
    conditions.write(sql, &mut more);
    let order = order(sort, "r.");
    let arms: Vec<String> = pairs(filter)
        .into_iter()
        .map(|(status, kind)| {
            format!(
                "SELECT r.number AS number, r.{key} AS {key} FROM requests r WHERE r.lane = {} AND r.status = {} AND \
                 r.approval_type = {}{more} ORDER BY {order} LIMIT {limit}",
                filter.tab.code(),
                status.code(),
                kind.code(),
            )
        })
        .collect();
    if let [only] = arms.as_slice() {
        return only.clone();
    }
    let union = arms
        .iter()
        .enumerate()
        .map(|(index, arm)| format!("SELECT * FROM ({arm}) a{index}"))
        .collect::<Vec<_>>()
        .join(" UNION ALL ");
    format!("SELECT number, {key} FROM ({union}) u ORDER BY {} LIMIT {limit}", self::order(sort, ""))
}

/// Lane, status and type as conditions that no index is chosen for (`+` takes the column out of the running), for lists
/// that are led by something rarer.
pub(super) fn residual(filter: &Filter) -> String {
    let list = |codes: Vec<i16>| codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let mut out = format!(" AND +r.lane = {}", filter.tab.code());
    if !filter.status.is_empty() {
        out.push_str(&format!(" AND +r.status IN ({})", list(filter.status.iter().map(|s| s.code()).collect())));
    }
    if !filter.approval_type.is_empty() {
        let codes = filter.approval_type.iter().map(|kind| kind.code()).collect();
        out.push_str(&format!(" AND +r.approval_type IN ({})", list(codes)));
    }
    out
}

/// A condition on `r` that holds for the requests of a requester.
pub(super) fn of(sql: &mut Sql, requester: &Requester) -> String {
    match requester {
        Requester::Person(person) => format!("r.requester_id = {}", sql.bind(Bind::Id(person.0))),
        // Use cases look up who has an address or had it; nobody ever had this one.
        Requester::Email(_) => "1 = 0".to_owned(),
    }
}
