//! Membership: whether somebody is in a group of a target, and changing it.

use super::ask::{Cause, Changed, Got, Look, NOBODY, Target, encoded, filter, text};
use domain::connector::{CallResult, Seen};
use reqwest::Method;
use serde_json::{Value, json};

/// A person in a group, both by the target's ids, and what was seen of it.
pub(super) struct Membership<'m> {
    group: &'m str,
    user: &'m str,
    /// The ways that have said yes of it: of these, a no is believed.
    trusted: Vec<Seen>,
    /// Whether nothing was ever seen of it: then a list is believed as it is.
    fresh: bool,
    /// Whether the target lists the members of the group.
    lists: bool,
    cause: Cause,
}

/// Whether somebody is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum In {
    Yes(Seen),
    No(Seen),
    /// It cannot be seen.
    Unknown,
}

impl In {
    pub(super) const fn yes(self) -> Option<Seen> {
        match self {
            Self::Yes(seen) => Some(seen),
            Self::No(_) | Self::Unknown => None,
        }
    }

    pub(super) const fn no(self) -> bool {
        matches!(self, Self::No(_))
    }
}

impl<'m> Membership<'m> {
    /// `seen` is how it was seen when it was given.
    pub(super) fn new(group: &'m str, user: &'m str, seen: Option<Seen>) -> Self {
        let trusted = seen.into_iter().collect::<Vec<_>>();
        Self { group, user, fresh: trusted.is_empty(), trusted, lists: false, cause: Cause::default() }
    }

    /// Whether the target lists the members of the group.
    pub(super) const fn lists(&self) -> bool {
        self.lists
    }

    /// From now on a list is believed to leave somebody out only if it has shown them before.
    pub(super) const fn doubt(&mut self) {
        self.fresh = false;
    }

    /// The ways that were tried, in words.
    pub(super) fn tried(&self) -> &str {
        if self.cause.is_empty() { "the list of its members has said otherwise before" } else { &self.cause.said }
    }

    /// A yes is believed at once, a no only of a way that has said yes before.
    fn heard(&mut self, yes: bool, seen: Seen) -> Option<In> {
        if yes {
            if !self.trusted.contains(&seen) {
                self.trusted.push(seen);
            }
            self.fresh = false;
            return Some(In::Yes(seen));
        }
        (self.trusted.contains(&seen) || (seen == Seen::List && self.fresh)).then_some(In::No(seen))
    }
}

impl Target<'_> {
    /// Whether somebody is in a group. An attribute that is not there is not an empty list: the target is asked another way.
    pub(super) async fn is_in(&self, membership: &mut Membership<'_>) -> Got<In> {
        membership.cause = Cause::default();
        match self.members(membership.group).await? {
            Ok(members) => {
                membership.lists = true;
                let there = members.iter().any(|(id, _)| id == membership.user);
                if let Some(heard) = membership.heard(there, Seen::List) {
                    return Ok(heard);
                }
            }
            Err(cause) => {
                // A target that listed this member a moment ago, and has no list now, has an empty one (RFC 7643, 2.5).
                let emptied = membership.lists && membership.trusted.contains(&Seen::List);
                if emptied && cause.said.ends_with(UNLISTED) {
                    return Ok(In::No(Seen::List));
                }
                membership.cause.and(&cause);
            }
        }
        let yes = self.by_filter(membership).await?;
        if let Some(heard) = yes.and_then(|yes| membership.heard(yes, Seen::Filter)) {
            return Ok(heard);
        }
        let yes = self.by_person(membership).await?;
        Ok(yes.and_then(|yes| membership.heard(yes, Seen::Person)).unwrap_or(In::Unknown))
    }

    /// The members that the target lists, with what it calls them.
    pub(super) async fn members(&self, group: &str) -> Got<Result<Vec<(String, String)>, Cause>> {
        let path = format!("Groups/{}", encoded(group));
        let what = "the members of the group";
        for query in [&[("attributes", "members")][..], &[]] {
            match self.get(what, &path, query).await? {
                Look::Found(found) => {
                    if let Some(members) = found.get("members").and_then(Value::as_array) {
                        let member = |one: &Value| {
                            let id = text(one, "value")?.to_owned();
                            Some((id, text(one, "display").unwrap_or_default().to_owned()))
                        };
                        return Ok(Ok(members.iter().filter_map(member).collect()));
                    }
                }
                Look::Missing => return Err(CallResult::Failed("the group is gone from the target".to_owned())),
                Look::Cannot(cause) if query.is_empty() => return Ok(Err(cause)),
                Look::Cannot(_) => {}
            }
        }
        Ok(Err(Cause::new(what, UNLISTED)))
    }

    /// Whether the target finds the group by its member, if it understands the question.
    async fn by_filter(&self, membership: &mut Membership<'_>) -> Got<Option<bool>> {
        let mut no = None;
        for member in ["members", "members.value"] {
            let what = format!("Groups with {member}");
            match self.holds(&what, member, membership.group, membership.user).await? {
                Ok(false) => {
                    no = Some(false);
                    membership.cause.and(&Cause::new(&what, "none found"));
                }
                Ok(true) => {
                    // A target that does not understand the filter finds the group by anybody.
                    return match self.holds(&what, member, membership.group, NOBODY).await? {
                        Ok(false) => Ok(Some(true)),
                        _ => {
                            membership.cause.and(&Cause::new(&what, "the filter is not understood"));
                            Ok(None)
                        }
                    };
                }
                Err(cause) => membership.cause.and(&cause),
            }
        }
        Ok(no)
    }

    async fn holds(&self, what: &str, member: &str, group: &str, user: &str) -> Got<Result<bool, Cause>> {
        let filter = format!("{} and {}", filter("id", group), filter(member, user));
        match self.get(what, "Groups", &[("filter", filter.as_str()), ("attributes", "id")]).await? {
            Look::Found(list) => Ok(match list.get("Resources") {
                Some(Value::Array(items)) => Ok(items.iter().any(|item| text(item, "id") == Some(group))),
                None if list.get("totalResults").and_then(Value::as_u64) == Some(0) => Ok(false),
                _ => Err(Cause::new(what, "the answer has no list")),
            }),
            Look::Missing => Ok(Err(Cause::new(what, "404"))),
            Look::Cannot(cause) => Ok(Err(cause)),
        }
    }

    /// Whether the target names the group with the person, if it names groups with people.
    async fn by_person(&self, membership: &mut Membership<'_>) -> Got<Option<bool>> {
        let what = "the groups of the person";
        let path = format!("Users/{}", encoded(membership.user));
        match self.get(what, &path, &[("attributes", "groups")]).await? {
            Look::Found(found) => match found.get("groups").and_then(Value::as_array) {
                Some(groups) => Ok(Some(groups.iter().any(|one| text(one, "value") == Some(membership.group)))),
                None => {
                    membership.cause.and(&Cause::new(what, "not shown"));
                    Ok(None)
                }
            },
            Look::Missing => {
                membership.cause.and(&Cause::new(what, "404"));
                Ok(None)
            }
            Look::Cannot(cause) => {
                membership.cause.and(&cause);
                Ok(None)
            }
        }
    }

    /// Puts somebody in or takes them out: by PATCH, and where the target refuses that, by the whole group, as long as the target
    /// lists its members. Never by a removal that names the members without a filter: to the letter of RFC 7644 (3.5.2.2) it takes
    /// everybody out.
    pub(super) async fn change(&self, membership: &Membership<'_>, gives: bool) -> Got<()> {
        let user = membership.user;
        let first = if gives {
            json!({ "op": "add", "path": "members", "value": [{ "value": user }] })
        } else {
            json!({ "op": "remove", "path": format!("members[{}]", filter("value", user)) })
        };
        let Changed::Cannot(mut cause) = self.patch("PATCH", membership.group, first).await? else { return Ok(()) };
        if membership.lists {
            match self.put(membership, gives).await? {
                Changed::Yes => return Ok(()),
                Changed::Cannot(other) => cause.and(&other),
            }
        }
        Err(CallResult::Refused(format!("the target refuses the change; tried {}", cause.said)))
    }

    async fn patch(&self, what: &str, group: &str, operation: Value) -> Got<Changed> {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        self.send(what, Method::PATCH, &format!("Groups/{}", encoded(group)), &body, None).await
    }

    /// Writes the group as it was read a moment ago, with one member more or less.
    async fn put(&self, membership: &Membership<'_>, gives: bool) -> Got<Changed> {
        const WHAT: &str = "PUT";
        let path = format!("Groups/{}", encoded(membership.group));
        let mut group = match self.get(WHAT, &path, &[]).await? {
            Look::Found(group) => group,
            Look::Missing => return Ok(Changed::Cannot(Cause::new(WHAT, "the group cannot be read"))),
            Look::Cannot(cause) => return Ok(Changed::Cannot(cause)),
        };
        let version = group.get("meta").and_then(|meta| text(meta, "version")).map(str::to_owned);
        let whole = text(&group, "id") == Some(membership.group);
        let Some(members) = group.get_mut("members").and_then(Value::as_array_mut).filter(|_| whole) else {
            return Ok(Changed::Cannot(Cause::new(WHAT, "not safe, as the members are not listed")));
        };
        members.retain(|member| text(member, "value") != Some(membership.user));
        if gives {
            members.push(json!({ "value": membership.user }));
        }
        if let Some(fields) = group.as_object_mut() {
            fields.remove("meta");
        }
        self.send(WHAT, Method::PUT, &path, &group, version.as_deref()).await
    }
}

/// What is said of a group without the attribute.
const UNLISTED: &str = "not listed";
