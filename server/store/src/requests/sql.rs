//! The one builder of list queries: a filter becomes a few index ranges, merged in the order of the sort.
//!
//! For each pair of status and approval type that the filter admits, one range of the sort's index is read from its end;
//! the union of at most fourteen such heads holds the page. So no page depends on the number of requests, whatever the
//! filter, the sort or the depth. Codes of enums are written into the text (they come from the program); everything that
//! a person typed is a parameter.

use crate::engine::Session;
use domain::filter::{Cursor, Filter, Search, Sort, SortKey};
use domain::request::{ApprovalType, Status};
use domain::text::after_prefix;
use domain::time::Timestamp;

/// A parameter of the built text.
#[derive(Clone, Debug)]
pub(crate) enum Bind {
    Number(i64),
    Text(String),
}

/// A text and its parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sql {
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
}

impl Sql {
    pub(crate) fn bind(&mut self, bind: Bind) -> String {
        self.binds.push(bind);
        format!("${}", self.binds.len())
    }
}

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
        Self { moments: filter.moments(), after: after.cloned(), sort, lag }
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

/// A condition on `r` that is true where the search is found, by looking at the row.
pub(super) fn looks_at_row(session: &Session, sql: &mut Sql, search: &Search) -> String {
    match search {
        Search::Anywhere(term) => {
            let p = sql.bind(Bind::Text(term.clone()));
            session.contains("r.search", &p)
        }
        Search::Prefix(term) => {
            let low = sql.bind(Bind::Text(term.clone()));
            let high = sql.bind(Bind::Text(after_prefix(term)));
            let mut out = format!(
                "((r.requester_fold >= {low} AND r.requester_fold < {high}) OR (r.email_fold >= {low} AND r.email_fold < {high})"
            );
            for (from, to) in number_ranges(term) {
                out.push_str(&format!(" OR (r.number >= {from} AND r.number < {to})"));
            }
            out.push(')');
            out
        }
    }
}

/// [`residual`] on `n`, for the indexes that hold these columns beside what they are searched by.
pub(super) fn covered(filter: &Filter) -> String {
    residual(filter).replace("+r.", "+n.")
}

/// `SELECT number` of what begins with a term, each number once, out of indexes alone when `more` asks for no other column.
pub(super) fn prefix_arms(sql: &mut Sql, search: &Search, more: &str) -> String {
    let Search::Prefix(term) = search else { return "SELECT number FROM requests WHERE 1 = 0".to_owned() };
    let low = sql.bind(Bind::Text(term.clone()));
    let high = sql.bind(Bind::Text(after_prefix(term)));
    let named = format!("n.requester_fold >= {low} AND n.requester_fold < {high}");
    let mailed = format!("n.email_fold >= {low} AND n.email_fold < {high}");
    let mut arms = vec![
        format!("SELECT n.number AS number FROM requests n WHERE {named}{more}"),
        format!("SELECT n.number AS number FROM requests n WHERE {mailed} AND NOT ({named}){more}"),
    ];
    for (from, to) in number_ranges(term) {
        // A name that begins with digits would be found twice.
        arms.push(format!(
            "SELECT n.number AS number FROM requests n WHERE n.number >= {from} AND n.number < {to} \
             AND NOT ({named}) AND NOT ({mailed}){more}"
        ));
    }
    arms.join(" UNION ALL ")
}

/// A condition on `r` that finds the search by an index of its own; `more` narrows it where that index can.
pub(super) fn found_by_index(session: &Session, sql: &mut Sql, search: &Search, more: &str) -> String {
    match search {
        Search::Anywhere(term) => {
            let place = format!("${}", sql.binds.len() + 1);
            let (condition, text) = session.by_trigrams(&place, term);
            sql.bind(Bind::Text(text));
            condition
        }
        Search::Prefix(_) => format!("r.number IN ({})", prefix_arms(sql, search, more)),
    }
}

/// The ranges of numbers that begin with these digits, up to twelve digits.
fn number_ranges(term: &str) -> Vec<(i64, i64)> {
    let digits = term.bytes().all(|b| b.is_ascii_digit()) && !term.starts_with('0');
    let Some(first) = term.parse::<i64>().ok().filter(|_| digits) else { return Vec::new() };
    let mut ranges = vec![(first, first + 1)];
    let mut scale = 10;
    for _ in term.len()..12 {
        ranges.push((first * scale, (first + 1) * scale));
        scale *= 10;
    }
    ranges
}
