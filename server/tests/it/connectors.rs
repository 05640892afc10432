//! Connectors against real targets: a receiver that verifies with the scheme's own library, and the reference SCIM server.

use crate::support::{Peer, outbound, wall_clock as now};
use domain::connector::{CallAction, CallResult, ConnectorKind};
use domain::ids::{CallId, ConnectorId, GroupId, PersonId, RequestNumber};
use domain::time::Timestamp;
use serde_json::json;
use server::connectors::carry_out;
use server::outbound::Outbound;
use services::provisioning::{Claimed, Kept, Secret};

const KEY: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn call(kind: ConnectorKind, action: CallAction, url: String, external_id: &str) -> Claimed {
    Claimed {
        id: CallId::example(1),
        request: RequestNumber(7),
        action,
        key: "7-3-grant".to_owned(),
        connector: ConnectorId::example(2),
        active: true,
        kind,
        url,
        secret: Secret::new(if kind == ConnectorKind::Webhook { KEY } else { "s3cret" }),
        group: GroupId::example(3),
        group_name: "Finance users".to_owned(),
        external_id: external_id.to_owned(),
        person: PersonId::example(4),
        email: "rita@x.test".to_owned(),
        name: "Rita Örsted".to_owned(),
        resource: "NetSuite".to_owned(),
        ends_at: None,
        attempts: 0,
        created_at: Timestamp(0),
        leased_until: Timestamp(0),
        kept: Kept::default(),
    }
}

async fn result(outbound: &Outbound, call: &Claimed) -> CallResult {
    carry_out(outbound, call, now()).await.result
}

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_verifies_and_its_answers_are_understood() {
    let Some(mut peer) = Peer::receiver(KEY) else { return };
    let local = outbound(&["127.0.0.0/8"]);
    let grant = call(ConnectorKind::Webhook, CallAction::Grant, format!("http://127.0.0.1:{}/hook", peer.port), "fin");
    assert_eq!(result(&local, &grant).await, CallResult::Done);
    for (word, wanted) in [
        ("refuse No licence left", CallResult::Refused("No licence left".to_owned())),
        ("status 403", CallResult::Refused("as the script says (status 403)".to_owned())),
        ("status 503", CallResult::Failed("as the script says (status 503)".to_owned())),
        ("status 429", CallResult::Failed("as the script says (status 429)".to_owned())),
        ("status 302", CallResult::Refused("the target redirects (status 302), which is not followed".to_owned())),
    ] {
        peer.answers(word);
        assert_eq!(result(&local, &grant).await, wanted, "{word}");
    }
    peer.answers("drop");
    assert!(matches!(result(&local, &grant).await, CallResult::Failed(_)));
    let calls = peer.get("/calls").await;
    let calls = calls.as_array().expect("a list");
    assert_eq!(calls.len(), 7);
    assert!(calls.iter().all(|call| call["verified"] == true && call["id"] == "7-3-grant"), "{calls:?}");
    let payload = &calls[0]["payload"];
    assert_eq!(payload["type"], "access.grant");
    assert_eq!(payload["data"]["person"]["email"], "rita@x.test");
    assert_eq!(payload["data"]["group"]["external_id"], "fin");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_public_is_not_called_unless_it_is_allowed() {
    let Some(peer) = Peer::receiver(KEY) else { return };
    let strict = outbound(&[]);
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"] {
        let url = format!("http://{host}:{}/hook", peer.port);
        let grant = call(ConnectorKind::Webhook, CallAction::Grant, url, "");
        let result = result(&strict, &grant).await;
        assert!(matches!(&result, CallResult::Failed(said) if said.contains("not public")), "{host}: {result:?}");
    }
    assert_eq!(peer.get("/calls").await, json!([]), "nothing arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn membership_in_a_scim_group_is_given_read_back_and_taken() {
    let Some(peer) = Peer::scim() else { return };
    let local = outbound(&["127.0.0.1"]);
    let base = format!("http://127.0.0.1:{}/v2", peer.port);
    let grant = |external: &str| call(ConnectorKind::Scim, CallAction::Grant, base.clone(), external);
    let absent = result(&local, &grant("Finance")).await;
    assert_eq!(absent, CallResult::Refused("the target knows nobody as rita@x.test".to_owned()));
    let user = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Rita@x.test" });
    let user = peer.post("/v2/Users", &user).await["id"].as_str().expect("an id").to_owned();
    let absent = result(&local, &grant("Finance")).await;
    assert_eq!(absent, CallResult::Refused("the target has no group Finance".to_owned()));
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Finance", "externalId": "fin-1",
        "members": [{ "value": "someone-else" }] });
    let group = peer.post("/v2/Groups", &group).await["id"].as_str().expect("an id").to_owned();
    let members = || async {
        let found = peer.get(&format!("/v2/Groups/{group}")).await;
        let list = found["members"].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|member| member["value"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    // By its name, its external id, and its id; a call that is made twice has one effect.
    for named in ["Finance", "fin-1", &group] {
        assert_eq!(result(&local, &grant(named)).await, CallResult::Done, "{named}");
        assert_eq!(members().await, ["someone-else", &user]);
    }
    for _ in 0..2 {
        let revoke = call(ConnectorKind::Scim, CallAction::Revoke, base.clone(), "fin-1");
        assert_eq!(result(&local, &revoke).await, CallResult::Done);
        assert_eq!(members().await, ["someone-else"]);
    }
    let mut wrong = grant("fin-1");
    wrong.secret = Secret::new("stale");
    let refused = result(&local, &wrong).await;
    assert!(matches!(&refused, CallResult::Refused(said) if said.contains("401")), "{refused:?}");
}
