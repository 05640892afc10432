//! The SCIM connector against a target with moods: what it cannot answer is asked the next way, and done means seen.

use crate::http_peer::{Call, HttpPeer, Says, status};
use crate::support::{outbound, wall_clock as now};
use domain::connector::{Attempted, CallAction, CallResult, ConnectorKind, Seen};
use domain::ids::{CallId, ConnectorId, GroupId, PersonId, RequestNumber};
use domain::time::Timestamp;
use serde_json::{Value, json};
use server::connectors::carry_out;
use services::provisioning::{Claimed, Kept, Secret};
use std::sync::{Arc, Mutex};

/// A target with one group, and what it cannot do.
#[derive(Clone, Debug)]
struct Moods {
    members: Vec<String>,
    /// Its id of Rita, and the address under which it knows her.
    rita: (String, String),
    /// It never shows the members of the group.
    lists_no_members: bool,
    /// It shows an empty list, whoever is in the group.
    lists_nobody: bool,
    /// It does not find the group by a member either, and does not show the groups of a person.
    blind: bool,
    /// Each filter on one of these attributes is refused with this status.
    refuses: (u16, &'static [&'static str]),
    /// A filter that it does not know finds everything.
    ignores_filters: bool,
    /// What it answers for an id that it does not know.
    unknown_id: u16,
    /// It says yes to a change and does nothing.
    deaf: bool,
    /// It refuses to patch.
    no_patch: bool,
}

impl Default for Moods {
    fn default() -> Self {
        Self {
            members: vec!["u-0".to_owned()],
            rita: ("u-1".to_owned(), "rita@x.test".to_owned()),
            lists_no_members: false,
            lists_nobody: false,
            blind: false,
            refuses: (400, &[]),
            ignores_filters: false,
            unknown_id: 404,
            deaf: false,
            no_patch: false,
        }
    }
}

fn said(code: u16, body: &Value) -> Says {
    status(code).header("content-type", "application/scim+json").body(&body.to_string())
}

impl Moods {
    fn group(&self) -> Value {
        let mut group =
            json!({ "id": "g-1", "displayName": "Finance", "meta": { "version": "W/\"7\"" }, "kept": "as it was" });
        if self.lists_nobody {
            group["members"] = json!([]);
        } else if !self.lists_no_members {
            group["members"] = self.members.iter().map(|id| json!({ "value": id })).collect();
        }
        group
    }

    fn answer(&mut self, call: &Call) -> Says {
        let url = url::Url::parse(&format!("http://peer{}", call.path)).expect("a path");
        let filter = url.query_pairs().find(|(name, _)| name == "filter").map(|(_, value)| value.into_owned());
        match (url.path(), call.method.as_str()) {
            ("/Users", _) => self.users(filter.as_deref()),
            ("/Groups", _) => self.groups(filter.as_deref()),
            ("/Groups/g-1", "GET") => said(200, &self.group()),
            ("/Groups/g-1", "PATCH") if self.no_patch => said(501, &json!({ "detail": "no PATCH here" })),
            ("/Groups/g-1", "PATCH") if self.deaf => said(200, &self.group()),
            ("/Groups/g-1", "PATCH") => self.patch(&call.json()["Operations"][0]),
            ("/Groups/g-1", "PUT") => {
                let body = call.json();
                assert_eq!((&body["kept"], call.header("if-match")), (&json!("as it was"), "W/\"7\""));
                let ids = body["members"].as_array().expect("members").iter();
                self.members = ids.map(|one| one["value"].as_str().expect("an id").to_owned()).collect();
                said(200, &self.group())
            }
            _ => said(self.unknown_id, &json!({ "detail": "that is no id" })),
        }
    }

    fn patch(&mut self, operation: &Value) -> Says {
        if operation["op"] == "add" {
            self.members.push(operation["value"][0]["value"].as_str().expect("an id").to_owned());
        } else {
            let path = operation["path"].as_str().expect("a path");
            self.members.retain(|id| path != format!("members[value eq \"{id}\"]"));
        }
        status(204)
    }

    fn users(&self, filter: Option<&str>) -> Says {
        let everybody =
            json!([{ "id": "u-0", "userName": "zoe@x.test" }, { "id": self.rita.0, "userName": self.rita.1 }]);
        let list = |items: Value| {
            said(200, &json!({ "totalResults": items.as_array().expect("a list").len(), "Resources": items }))
        };
        let Some(filter) = filter else {
            return if self.refuses.1.contains(&"list") { said(self.refuses.0, &json!({})) } else { list(everybody) };
        };
        if self.refuses.1.iter().any(|name| filter.starts_with(name)) {
            return said(self.refuses.0, &json!({ "detail": "not\u{0} supported" }));
        }
        if self.ignores_filters {
            return list(everybody);
        }
        let hers = filter == format!("userName eq \"{}\"", self.rita.1);
        list(if hers { json!([{ "id": self.rita.0, "userName": self.rita.1 }]) } else { json!([]) })
    }

    fn groups(&self, filter: Option<&str>) -> Says {
        let found = match filter {
            Some("displayName eq \"Finance\"") => true,
            Some(filter) if !self.blind => {
                self.members.iter().any(|id| filter == format!("id eq \"g-1\" and members eq \"{id}\""))
            }
            _ => self.ignores_filters,
        };
        let items = if found { vec![json!({ "id": "g-1", "displayName": "Finance" })] } else { Vec::new() };
        said(200, &json!({ "totalResults": items.len(), "Resources": items }))
    }
}

struct Target {
    peer: HttpPeer,
    moods: Arc<Mutex<Moods>>,
}

async fn target(moods: Moods) -> Target {
    let moods = Arc::new(Mutex::new(moods));
    let own = Arc::clone(&moods);
    let peer = HttpPeer::start(move |call| own.lock().expect("moods").answer(call)).await;
    Target { peer, moods }
}

impl Target {
    async fn call(&self, action: CallAction, kept: Kept) -> Attempted {
        let call = Claimed {
            id: CallId::example(1),
            request: RequestNumber(7),
            action,
            key: "7-3".to_owned(),
            connector: ConnectorId::example(2),
            active: true,
            kind: ConnectorKind::Scim,
            url: format!("http://127.0.0.1:{}", self.peer.port),
            secret: Secret::new("s3cret"),
            group: GroupId::example(3),
            group_name: "Finance".to_owned(),
            external_id: String::new(),
            person: PersonId::example(4),
            email: "rita@x.test".to_owned(),
            name: "Rita Örsted".to_owned(),
            resource: "NetSuite".to_owned(),
            ends_at: None,
            attempts: 0,
            created_at: Timestamp(0),
            leased_until: Timestamp(0),
            kept,
        };
        carry_out(&outbound(&["127.0.0.0/8"]), &call, now()).await
    }

    async fn grant(&self) -> Attempted {
        self.call(CallAction::Grant, Kept::default()).await
    }

    async fn revoke(&self, kept: Kept) -> CallResult {
        self.call(CallAction::Revoke, kept).await.result
    }

    fn now(&self, change: impl FnOnce(&mut Moods)) {
        change(&mut self.moods.lock().expect("moods"));
    }

    fn members(&self) -> Vec<String> {
        self.moods.lock().expect("moods").members.clone()
    }
}

/// What is kept of a grant.
fn kept(attempted: &Attempted) -> Kept {
    assert_eq!(attempted.result, CallResult::Done, "{attempted:?}");
    Kept {
        person: attempted.person.clone(),
        group: attempted.group.clone(),
        seen: attempted.seen,
        was_there: true,
        ..Kept::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_list_members_is_asked_another_way() {
    let target = target(Moods { lists_no_members: true, ..Moods::default() }).await;
    let given = target.grant().await;
    assert_eq!(given.seen, Some(Seen::Filter));
    assert_eq!(target.members(), ["u-0", "u-1"]);
    assert_eq!(target.revoke(kept(&given)).await, CallResult::Done);
    assert_eq!(target.members(), ["u-0"]);
    // One that listed them when access was given, and does not any more, is not taken to have nobody.
    target.now(|moods| moods.lists_no_members = false);
    let given = target.grant().await;
    assert_eq!(given.seen, Some(Seen::List));
    target.now(|moods| (moods.lists_no_members, moods.blind) = (true, true));
    let unseen = target.revoke(kept(&given)).await;
    assert!(
        matches!(&unseen, CallResult::Unconfirmed(said) if said.contains("does not show who is in the group")),
        "{unseen:?}"
    );
    assert_eq!(target.members(), ["u-0"], "it was told all the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_that_is_always_empty_is_no_proof() {
    let target = target(Moods { lists_nobody: true, ..Moods::default() }).await;
    let given = target.grant().await;
    assert_eq!(given.seen, Some(Seen::Filter));
    assert_eq!(target.revoke(kept(&given)).await, CallResult::Done);
    assert_eq!(target.members(), ["u-0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_member_of_a_list_that_goes_with_it_is_gone() {
    let target = target(Moods { members: Vec::new(), blind: true, ..Moods::default() }).await;
    let given = kept(&target.grant().await);
    let moods = Arc::clone(&target.moods);
    target.peer.says(move |call| {
        let mut moods = moods.lock().expect("moods");
        moods.lists_no_members = moods.members.is_empty();
        moods.answer(call)
    });
    assert_eq!(target.revoke(given).await, CallResult::Done);
    assert_eq!(target.members(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_says_yes_and_does_nothing_has_not_done_it() {
    let target = target(Moods::default()).await;
    let given = kept(&target.grant().await);
    target.now(|moods| moods.deaf = true);
    let failed = CallResult::Failed("the target said yes, but rita@x.test is still in the group".to_owned());
    assert_eq!(target.revoke(given).await, failed);
    target.now(|moods| moods.members.retain(|id| id != "u-1"));
    let failed = CallResult::Failed("the target said yes, but rita@x.test is not in the group".to_owned());
    assert_eq!(target.grant().await.result, failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_under_another_address_is_taken_out_by_the_id_that_was_given() {
    let target = target(Moods::default()).await;
    let given = kept(&target.grant().await);
    target.now(|moods| moods.rita.1 = "somebody.else@x.test".to_owned());
    assert_eq!(target.revoke(given.clone()).await, CallResult::Done);
    assert_eq!(target.members(), ["u-0"]);
    // Without the id it is not known who it was.
    let unknown = Kept { person: None, ..given };
    let unseen = target.revoke(unknown).await;
    assert!(
        matches!(&unseen, CallResult::Unconfirmed(said) if said == "the target knows nobody as rita@x.test"),
        "{unseen:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_another_id_since_is_found_by_what_they_are_called() {
    let target = target(Moods::default()).await;
    let given = kept(&target.grant().await);
    target.now(|moods| {
        moods.rita.0 = "u-99".to_owned();
        moods.members = vec!["u-0".to_owned(), "u-99".to_owned()];
    });
    assert_eq!(target.revoke(given).await, CallResult::Done);
    assert_eq!(target.members(), ["u-0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_that_is_refused_is_made_another_way() {
    for refused in [400, 403, 404, 501] {
        for unknown_id in [400, 403, 404, 500, 501] {
            let target =
                target(Moods { refuses: (refused, &["externalId", "emails"]), unknown_id, ..Moods::default() }).await;
            assert_eq!(target.grant().await.result, CallResult::Done, "{refused} {unknown_id}");
        }
        // Every filter: the whole list is read.
        let all = Moods { refuses: (refused, &["externalId", "userName", "emails"]), ..Moods::default() };
        assert_eq!(target(all).await.grant().await.result, CallResult::Done, "{refused}");
    }
    let deaf_to_filters = target(Moods { ignores_filters: true, ..Moods::default() }).await;
    assert_eq!(deaf_to_filters.grant().await.person.as_deref(), Some("u-1"), "not whoever comes first");
    let nothing = Moods { refuses: (403, &["externalId", "userName", "emails", "list"]), ..Moods::default() };
    let refused = target(nothing).await.grant().await.result;
    let CallResult::Refused(said) = refused else { panic!("{refused:?}") };
    for way in [
        "could not look for rita@x.test",
        "externalId: 403",
        "userName: 403",
        "emails.value: 403",
        "the list of Users: 403",
    ] {
        assert!(said.contains(way), "{way}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_patch_is_given_the_whole_group_where_that_is_safe() {
    let target = target(Moods { no_patch: true, ..Moods::default() }).await;
    let given = kept(&target.grant().await);
    assert_eq!(target.members(), ["u-0", "u-1"]);
    assert_eq!(target.revoke(given).await, CallResult::Done);
    assert_eq!(target.members(), ["u-0"]);
    target.now(|moods| moods.lists_no_members = true);
    let refused = target.grant().await.result;
    assert!(matches!(&refused, CallResult::Refused(said) if said.contains("PATCH: 501 no PATCH here")), "{refused:?}");
    assert!(target.peer.calls().iter().rev().take(3).all(|call| call.method != "PUT"), "nobody else is taken out");
}
