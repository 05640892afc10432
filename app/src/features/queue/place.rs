//! Where the viewer is: the list's query, the open row and the second screen, all in the URL.

use super::api::Act;
use domain::filter::{ListQuery, decode_pairs};
use std::sync::Arc;

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Links(Arc<str>);

impl Links {
    /// The links of a page.
    pub(super) fn new(query: &ListQuery) -> Self {
        let query = query.to_query();
        let stem = if query.is_empty() { format!("{PATH}?") } else { format!("{PATH}?{query}&") };
        Self(stem.into())
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

/// The addresses around one request: on its row in the list, or on its own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ways {
    /// Below its row.
    Row(Links, i64),
    /// On its own page.
    Page(i64),
}

impl Ways {
    /// The request's number.
    pub(super) const fn number(&self) -> i64 {
        match self {
            Self::Row(_, number) | Self::Page(number) => *number,
        }
    }

    /// Out of a second screen.
    pub(super) fn back(&self) -> String {
        match self {
            Self::Row(links, number) => links.place(Some(*number), None),
            Self::Page(number) => format!("{PATH}/{number}"),
        }
    }

    /// To a second screen.
    pub(super) fn act(&self, act: Act) -> String {
        match self {
            Self::Row(links, number) => links.place(Some(*number), Some(act)),
            Self::Page(number) => format!("{PATH}/{number}?act={}", act.as_str()),
        }
    }

    /// Where an act leads once it is done.
    pub(super) fn done(&self) -> String {
        match self {
            Self::Row(links, _) => links.place(None, None),
            Self::Page(_) => self.back(),
        }
    }
}
