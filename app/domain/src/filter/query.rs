//! The queue's query string (`design.md` 4). Absent means the default (manual, pending); present but empty means no filter.

use super::search::Facts;
use crate::ids::{PersonId, RequestNumber};
use crate::request::{ApprovalType, Lane, Status};
use crate::search::Search;
use crate::time::{Day, Timestamp};
use crate::validate;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// Longest search that is looked at, in characters.
const SEARCH_MAX: usize = 200;
/// Longest name of a time zone, in bytes; the longest that there is has 32.
const ZONE_MAX: usize = 64;

/// Whose requests are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Requester {
    /// A person, whatever their name and address.
    Person(PersonId),
    /// Who has this address now, else who had it last. The server looks that up; where nobody ever had it, nothing is found.
    Email(String),
}

impl Requester {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().parse() {
            Ok(person) => Some(Self::Person(person)),
            Err(_) => validate::email("requester", text).ok().map(Self::Email),
        }
    }
}

impl std::fmt::Display for Requester {
    /// As in the URL.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Email(email) => f.write_str(email),
        }
    }
}

/// Which requests are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Filter {
    /// The tab.
    pub tab: Lane,
    /// What was typed into the search bar, trimmed; never empty.
    pub search: Option<String>,
    /// Statuses, sorted; empty means no filter.
    pub status: Vec<Status>,
    /// Approval types, sorted; empty means no filter.
    pub approval_type: Vec<ApprovalType>,
    /// Whose.
    pub requester: Option<Requester>,
    /// First day of submission in [`Filter::zone`], inclusive.
    pub from: Option<Day>,
    /// Last day of submission in [`Filter::zone`], inclusive.
    pub to: Option<Day>,
    /// IANA name of the time zone whose days these are, while there are any; UTC when it is not said.
    pub zone: Option<String>,
}

impl Default for Filter {
    /// The view on opening: Administrator, Manual, Pending (the seed).
    fn default() -> Self {
        Self {
            tab: Lane::Administrator,
            search: None,
            status: vec![Status::Pending],
            approval_type: vec![ApprovalType::Manual],
            requester: None,
            from: None,
            to: None,
            zone: None,
        }
    }
}

impl Filter {
    /// No filter at all, as after *Clear All*.
    #[must_use]
    pub fn cleared(tab: Lane) -> Self {
        Self { tab, status: Vec::new(), approval_type: Vec::new(), ..Self::default() }
    }

    /// Whether days are asked for, so that it matters whose they are.
    #[must_use]
    pub const fn has_days(&self) -> bool {
        self.from.is_some() || self.to.is_some()
    }

    /// Whether a request is among those asked for, where days are those of UTC: the rule that the database's answers are held against.
    #[must_use]
    pub fn matches(&self, facts: &Facts) -> bool {
        let day = facts.submitted_at.day();
        self.tab == facts.lane
            && (self.status.is_empty() || self.status.contains(&facts.status))
            && (self.approval_type.is_empty() || self.approval_type.contains(&facts.approval_type))
            && self.requester.as_ref().is_none_or(|requester| *requester == Requester::Person(facts.requester))
            && self.from.is_none_or(|from| day >= from)
            && self.to.is_none_or(|to| day <= to)
            && self
                .search
                .as_deref()
                .and_then(Search::new)
                .is_none_or(|search| search.is_in(&[&facts.search, &facts.person]))
    }
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortKey {
    /// Moment of submission, which is the order of the numbers.
    Submitted,
    /// Folded name of the requester.
    Requester,
    /// Folded name of the resource.
    Resource,
    /// Moment of expiry.
    Expires,
}

impl SortKey {
    /// Every key.
    pub const ALL: [Self; 4] = [Self::Submitted, Self::Requester, Self::Resource, Self::Expires];

    /// Spelling in the URL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Requester => "requester",
            Self::Resource => "resource",
            Self::Expires => "expires",
        }
    }
}

/// A sort key and its direction; ties are broken by number in the same direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// The key.
    pub key: SortKey,
    /// Greatest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Submitted, descending: true }
    }
}

impl Sort {
    /// The order of two requests under this sort.
    #[must_use]
    pub fn compare(self, a: &Facts, b: &Facts) -> Ordering {
        let order = match self.key {
            SortKey::Submitted => a.submitted_at.cmp(&b.submitted_at),
            SortKey::Requester => a.requester_fold.cmp(&b.requester_fold),
            SortKey::Resource => a.resource_fold.cmp(&b.resource_fold),
            SortKey::Expires => a.expires_at.cmp(&b.expires_at),
        }
        .then(a.number.cmp(&b.number));
        if self.descending { order.reverse() } else { order }
    }

    fn parse(text: &str) -> Option<Self> {
        let (descending, name) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let key = SortKey::ALL.into_iter().find(|key| key.as_str() == name)?;
        Some(Self { key, descending })
    }
}

/// The place after which a page begins: the sort value and the number of the last row before it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Microseconds for a moment, folded text for a name.
    pub value: String,
    /// Number of the last row before the page.
    pub number: RequestNumber,
}

impl Cursor {
    fn parse(text: &str, sort: Sort) -> Option<Self> {
        let (number, value) = text.split_once('.')?;
        let number: i64 = number.parse().ok().filter(|n| *n > 0)?;
        let timed = matches!(sort.key, SortKey::Submitted | SortKey::Expires);
        if timed && value.parse::<i64>().is_err() {
            return None;
        }
        let sane = value.len() <= validate::NAME_BYTES && !value.chars().any(char::is_control);
        sane.then(|| Self { value: value.to_owned(), number: RequestNumber(number) })
    }
}

/// Rows of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PageSize {
    /// 25 rows.
    Small,
    /// 50 rows.
    #[default]
    Medium,
    /// 100 rows.
    Large,
}

impl PageSize {
    /// Every size.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The number of rows.
    #[must_use]
    pub const fn rows(self) -> usize {
        match self {
            Self::Small => 25,
            Self::Medium => 50,
            Self::Large => 100,
        }
    }
}

/// A filter with sort, place and page size: the whole state of the view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ListQuery {
    /// Which requests.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// From which place on.
    pub after: Option<Cursor>,
    /// How many at once.
    pub size: PageSize,
}

/// A part of a query string that could not be read. Pages drop it with a notice; exports and server functions refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Name of the parameter.
    pub name: String,
    /// What it said, shortened.
    pub value: String,
}

impl ListQuery {
    /// Reads decoded name and value pairs. Parameters of other owners (`open`, `act`, …) are passed over.
    #[must_use]
    pub fn parse<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> (Self, Vec<Dropped>) {
        let mut query = Self::default();
        let mut dropped = Vec::new();
        let mut after = None;
        // A form sends a set as repeated parameters; the first one replaces the default, the others add to it.
        let (mut statuses, mut types) = (None, None);
        for (name, value) in pairs {
            let known = match name {
                "tab" => Lane::parse(value).map(|tab| query.filter.tab = tab),
                "q" => search(value).map(|search| query.filter.search = search),
                "status" => add(&mut statuses, value, Status::parse),
                "type" => add(&mut types, value, ApprovalType::parse),
                "requester" => requester(value).map(|requester| query.filter.requester = requester),
                "from" => day(value).map(|day| query.filter.from = day),
                "to" => day(value).map(|day| query.filter.to = day),
                "zone" => zone(value).map(|zone| query.filter.zone = zone),
                "sort" => Sort::parse(value).map(|sort| query.sort = sort),
                "after" => {
                    after = Some(value);
                    Some(())
                }
                "size" => PageSize::ALL
                    .into_iter()
                    .find(|size| size.rows().to_string() == value)
                    .map(|size| query.size = size),
                _ => Some(()),
            };
            if known.is_none() {
                dropped.push(drop_part(name, value));
            }
        }
        if let Some(statuses) = statuses {
            query.filter.status = statuses;
        }
        if let Some(types) = types {
            query.filter.approval_type = types;
        }
        if let (Some(from), Some(to)) = (query.filter.from, query.filter.to)
            && from > to
        {
            dropped.push(drop_part("to", &to.to_string()));
            query.filter.to = None;
        }
        if !query.filter.has_days() {
            query.filter.zone = None;
        }
        if let Some(value) = after.filter(|value| !value.is_empty()) {
            query.after = Cursor::parse(value, query.sort);
            if query.after.is_none() {
                dropped.push(drop_part("after", value));
            }
        }
        (query, dropped)
    }

    /// Prints the query string, without `?`; what is default is left out, so an untouched view has a clean URL.
    #[must_use]
    pub fn to_query(&self) -> String {
        let standard = Self::default();
        let filter = &self.filter;
        let mut out = String::new();
        if filter.tab != standard.filter.tab {
            push(&mut out, "tab", filter.tab.as_str());
        }
        if let Some(search) = &filter.search {
            push(&mut out, "q", search);
        }
        if filter.status != standard.filter.status {
            push(&mut out, "status", &join(&filter.status, |status| status.as_str()));
        }
        if filter.approval_type != standard.filter.approval_type {
            push(&mut out, "type", &join(&filter.approval_type, |kind| kind.as_str()));
        }
        if let Some(requester) = &filter.requester {
            push(&mut out, "requester", &requester.to_string());
        }
        for (name, day) in [("from", filter.from), ("to", filter.to)] {
            if let Some(day) = day {
                push(&mut out, name, &day.to_string());
            }
        }
        if let Some(zone) = filter.zone.as_ref().filter(|_| filter.has_days()) {
            push(&mut out, "zone", zone);
        }
        if self.sort != standard.sort {
            let sign = if self.sort.descending { "-" } else { "" };
            push(&mut out, "sort", &format!("{sign}{}", self.sort.key.as_str()));
        }
        if self.size != standard.size {
            push(&mut out, "size", &self.size.rows().to_string());
        }
        if let Some(cursor) = &self.after {
            push(&mut out, "after", &format!("{}.{}", cursor.number, cursor.value));
        }
        out
    }

    /// The same view from its first page.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }
}

fn drop_part(name: &str, value: &str) -> Dropped {
    Dropped { name: name.to_owned(), value: value.chars().take(60).collect() }
}

fn search(value: &str) -> Option<Option<String>> {
    // A tab or a line's end that was pasted along is a space.
    let clean: String = value.chars().map(|c| if c.is_control() && c.is_whitespace() { ' ' } else { c }).collect();
    let clean = clean.trim();
    if clean.chars().count() > SEARCH_MAX || clean.chars().any(char::is_control) {
        return None;
    }
    // Not folded here: the tables for that are a sixth of what the browser would have to load.
    Some((!clean.is_empty()).then(|| clean.to_owned()))
}

/// Adds the parts of a comma-separated set; nothing is added when one of them cannot be read.
fn add<T: Copy + Ord>(known: &mut Option<Vec<T>>, value: &str, parse: impl Fn(&str) -> Option<T>) -> Option<()> {
    let parts = value.split(',').filter(|part| !part.is_empty()).map(parse).collect::<Option<Vec<T>>>()?;
    let set = known.get_or_insert_default();
    set.extend(parts);
    set.sort_unstable();
    set.dedup();
    Some(())
}

fn requester(value: &str) -> Option<Option<Requester>> {
    if value.trim().is_empty() { Some(None) } else { Requester::parse(value).map(Some) }
}

fn day(value: &str) -> Option<Option<Day>> {
    if value.is_empty() { Some(None) } else { Day::parse(value).map(Some) }
}

/// A name of a time zone by its shape; whether there is such a zone the server knows.
fn zone(value: &str) -> Option<Option<String>> {
    let plain =
        value.len() <= ZONE_MAX && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
    plain.then(|| (!value.is_empty()).then(|| value.to_owned()))
}

fn join<T: Copy>(values: &[T], spell: impl Fn(T) -> &'static str) -> String {
    values.iter().map(|value| spell(*value)).collect::<Vec<_>>().join(",")
}

fn push(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b',' | b'@' | b'/' => {
                out.push(byte as char)
            }
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
}

impl Filter {
    /// First moment of `from`, and first moment after `to`; `start` says when a day begins in [`Filter::zone`].
    #[must_use]
    pub fn moments(&self, start: impl Fn(Day) -> Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.from.map(&start), self.to.map(|to| start(to.next())))
    }
}
