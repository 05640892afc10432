//! Where the viewer is: the list's query, the open row and the second screen, all in the URL.

use super::api::Act;
use domain::filter::{ListQuery, decode_pairs};

pub(super) use crate::routes::QUEUE as PATH;

/// The whole state of the view.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Place {
    pub(super) query: ListQuery,
    pub(super) open: Option<i64>,
    pub(super) act: Option<Act>,
}

impl Place {
    /// Reads a query string.
    pub(super) fn read(search: &str) -> Self {
        let pairs = decode_pairs(search);
        let (query, _) = ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let find = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        Self { query, open: find("open").and_then(|value| value.parse().ok()), act: find("act").and_then(Act::parse) }
    }

    /// The link to a view with nothing open.
    pub(super) fn list(query: &ListQuery) -> String {
        Self { query: query.clone(), open: None, act: None }.href()
    }

    /// The link to this place.
    pub(super) fn href(&self) -> String {
        format!("{PATH}{}", self.suffix())
    }

    /// The query string with `?`, or nothing.
    pub(super) fn suffix(&self) -> String {
        let mut out = self.query.to_query();
        let mut add = |part: String| {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&part);
        };
        if let Some(number) = self.open {
            add(format!("open={number}"));
        }
        if let Some(act) = self.act {
            add(format!("act={}", act.as_str()));
        }
        if out.is_empty() { out } else { format!("?{out}") }
    }
}

/// Links from one page to its rows: the list's query is printed once, not for each of two hundred links.
pub(super) struct Stem(String);

impl Stem {
    /// The links of a page.
    pub(super) fn new(query: &ListQuery) -> Self {
        let query = query.to_query();
        Self(if query.is_empty() { format!("{PATH}?") } else { format!("{PATH}?{query}&") })
    }

    /// The link to the page with a row open, or none, and a second screen.
    pub(super) fn place(&self, open: Option<i64>, act: Option<Act>) -> String {
        let stem = &self.0;
        match (open, act) {
            (Some(number), Some(act)) => format!("{stem}open={number}&act={}", act.as_str()),
            (Some(number), None) => format!("{stem}open={number}"),
            (None, _) => stem.trim_end_matches(['?', '&']).to_owned(),
        }
    }
}
