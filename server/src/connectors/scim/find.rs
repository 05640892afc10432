//! Looking for a person or a group in a target: by filters, by id, and in the whole list.

use super::ask::{Cause, Got, Look, NOBODY, Target, encoded, filter, text};
use domain::connector::CallResult;
use serde_json::Value;

/// Items of a page of a list.
const PAGE: usize = 100;
/// Pages that are read of a list.
const PAGES: usize = 50;

/// What a search found.
#[derive(Debug)]
pub(super) enum Found {
    /// The target's id of it.
    One(String),
    /// There is none: every way to look was answered, or the whole list.
    Nobody,
    /// Not every way to look was answered, and none that was found anything.
    Unknown(Cause),
}

/// An attribute and the value that it has in who or what is looked for.
type Wanted<'w> = (&'static str, &'w str);

impl Target<'_> {
    /// The person whose external id is ours, or whose user name or mail is one of these addresses.
    pub(super) async fn user(&self, person: &str, addresses: &[&str]) -> Got<Found> {
        let mut wanted: Vec<Wanted<'_>> = vec![("externalId", person)];
        for name in ["userName", "emails.value"] {
            wanted.extend(addresses.iter().map(|address| (name, *address)));
        }
        self.find("Users", "id,externalId,userName,emails", &wanted, Cause::default()).await
    }

    /// The group that the target gave this id, or that it knows by this name: an id, an external id or a display name.
    pub(super) async fn group(&self, kept: Option<&str>, named: &str) -> Got<Found> {
        let mut cause = Cause::default();
        for id in kept.into_iter().chain([named]) {
            let what = if Some(id) == kept { "the id of the group" } else { "the name as an id" };
            let path = format!("Groups/{}", encoded(id));
            match self.get(what, &path, &[("attributes", "id,externalId,displayName")]).await? {
                Look::Found(group) => match text(&group, "id") {
                    Some(found) => return Ok(Found::One(found.to_owned())),
                    None => cause.and(&Cause::new(what, "the answer has no id")),
                },
                // That is no answer to whether there is a group of this name.
                Look::Missing => {}
                Look::Cannot(why) => cause.and(&why),
            }
        }
        let wanted = [("externalId", named), ("displayName", named)];
        self.find("Groups", "id,externalId,displayName", &wanted, cause).await
    }

    /// Looks for each attribute in turn, then in the whole list when a filter was not answered.
    async fn find(&self, kind: &str, shown: &str, wanted: &[Wanted<'_>], mut cause: Cause) -> Got<Found> {
        let mut unanswered = false;
        for one in wanted {
            let filter = filter(one.0, one.1);
            let what = format!("{kind} with {}", one.0);
            let query = [("filter", filter.as_str()), ("attributes", shown), ("count", "2")];
            let why = match self.get(&what, kind, &query).await? {
                Look::Found(list) => match matching(&list, one) {
                    Ok(Matching { mut sure, mut unsure }) => match (sure.pop(), sure.is_empty(), unsure.pop()) {
                        (Some(id), true, _) => return Ok(Found::One(id)),
                        (Some(_), false, _) => return Err(several(&filter)),
                        (None, _, None) => continue,
                        // Who is found without the attribute is meant if nobody is found by a value that nobody has.
                        (None, _, Some(id)) if self.is_understood(&what, kind, one.0).await? => {
                            return Ok(Found::One(id));
                        }
                        (None, _, Some(_)) => Cause::new(&what, "the filter is not understood"),
                    },
                    Err(why) => Cause::new(&what, why),
                },
                Look::Missing => Cause::new(&what, "404"),
                Look::Cannot(why) => why,
            };
            unanswered = true;
            cause.and(&why);
        }
        if !unanswered {
            return Ok(Found::Nobody);
        }
        self.list(kind, shown, wanted, cause).await
    }

    /// Whether a filter on an attribute finds nobody by a value that nobody has.
    async fn is_understood(&self, what: &str, kind: &str, attribute: &str) -> Got<bool> {
        let filter = filter(attribute, NOBODY);
        let query = [("filter", filter.as_str()), ("attributes", "id"), ("count", "2")];
        Ok(match self.get(what, kind, &query).await? {
            Look::Found(list) => match list.get("Resources").and_then(Value::as_array) {
                Some(items) => items.is_empty(),
                None => list.get("totalResults").and_then(Value::as_u64) == Some(0),
            },
            Look::Missing | Look::Cannot(_) => false,
        })
    }

    /// Looks through the whole list.
    async fn list(&self, kind: &str, shown: &str, wanted: &[Wanted<'_>], mut cause: Cause) -> Got<Found> {
        let what = format!("the list of {kind}");
        let mut found = Vec::new();
        let mut start = 1;
        for _ in 0..PAGES {
            let (from, count) = (start.to_string(), PAGE.to_string());
            let query = [("startIndex", from.as_str()), ("count", count.as_str()), ("attributes", shown)];
            let list = match self.get(&what, kind, &query).await? {
                Look::Found(list) => list,
                Look::Missing => {
                    cause.and(&Cause::new(&what, "404"));
                    return Ok(Found::Unknown(cause));
                }
                Look::Cannot(why) => {
                    cause.and(&why);
                    return Ok(Found::Unknown(cause));
                }
            };
            let Some(items) = list.get("Resources").and_then(Value::as_array) else {
                if start == 1 && list.get("totalResults").and_then(Value::as_u64) == Some(0) {
                    return Ok(Found::Nobody);
                }
                cause.and(&Cause::new(&what, "the answer has no list"));
                return Ok(Found::Unknown(cause));
            };
            // The first attribute that names anybody decides, as with filters.
            found.extend(items.iter().filter_map(|item| {
                let place = wanted.iter().position(|one| has(item, one) == Some(true))?;
                Some((place, text(item, "id")?.to_owned()))
            }));
            start += items.len();
            let total = list.get("totalResults").and_then(Value::as_u64).and_then(|total| usize::try_from(total).ok());
            if items.is_empty() || total.is_none_or(|total| start > total) {
                let best = found.iter().map(|(place, _)| *place).min();
                let mut ids: Vec<String> =
                    found.into_iter().filter(|(place, _)| Some(*place) == best).map(|(_, id)| id).collect();
                ids.sort_unstable();
                ids.dedup();
                return match (ids.pop(), ids.is_empty()) {
                    (None, _) => Ok(Found::Nobody),
                    (Some(id), true) => Ok(Found::One(id)),
                    (Some(_), false) => Err(several(&what)),
                };
            }
        }
        cause.and(&Cause::new(&what, "it is too long"));
        Ok(Found::Unknown(cause))
    }
}

/// Of several it is not known who is meant.
fn several(by: &str) -> CallResult {
    CallResult::Refused(format!("the target knows several by {by}"))
}

/// What a filter found: what is seen to match, and what does not show whether it does.
struct Matching {
    sure: Vec<String>,
    unsure: Vec<String>,
}

/// Reads what a filter found. A target that does not understand the filter may answer with everything: what is seen not to match is
/// not what was asked for.
fn matching(list: &Value, wanted: &Wanted<'_>) -> Result<Matching, &'static str> {
    let items = match list.get("Resources") {
        Some(Value::Array(items)) => items.as_slice(),
        None if list.get("totalResults").and_then(Value::as_u64) == Some(0) => &[],
        _ => return Err("the answer has no list"),
    };
    let ids = |fits: Option<bool>| -> Vec<String> {
        let found = items.iter().filter(|item| has(item, wanted) == fits);
        found.filter_map(|item| text(item, "id")).map(str::to_owned).collect()
    };
    let found = Matching { sure: ids(Some(true)), unsure: ids(None) };
    let nothing = found.sure.is_empty() && (found.unsure.is_empty() || found.unsure.len() > 1);
    if nothing && !items.is_empty() { Err("the filter is not understood") } else { Ok(found) }
}

/// Whether an item has this value; nothing when it does not show the attribute.
fn has(item: &Value, (name, value): &Wanted<'_>) -> Option<bool> {
    let same =
        |text: &str| if *name == "externalId" { text == *value } else { text.to_lowercase() == value.to_lowercase() };
    if *name == "emails.value" {
        let emails = item.get("emails")?.as_array()?;
        return Some(emails.iter().any(|email| text(email, "value").is_some_and(same)));
    }
    Some(same(text(item, name)?))
}
