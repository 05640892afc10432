//! A database of before it was kept what was provisioned: what its calls tell of each membership is kept after the migration.

use crate::support::{engines, key};
use crate::upgrade::{BEFORE_KEYS, ROWS, made};
use domain::connector::CallAction;
use domain::ids::PersonId;
use sqlx::{Connection as _, FromRow, PgConnection, SqliteConnection};
use store::provisioned::{self, Scope};
use store::{Clock, Options, Session, Store, provisioning};

/// The last migration before it.
const BEFORE: i64 = 26;

/// Who asks, and what became of their requests; Rita is the person of [`ROWS`].
const PEOPLE: &str = "INSERT INTO people (id, email, name, name_fold, created_at, updated_at) VALUES
    ({6}, 'max@x.test', 'Max', 'max', 1, 1), ({7}, 'zoe@x.test', 'Zoe', 'zoe', 1, 1), ({8}, 'ben@new.test', 'Ben', 'ben', 1, 1),
    ({9}, 'eve@x.test', 'Eve', 'eve', 1, 1), ({10}, 'fay@x.test', 'Fay', 'fay', 1, 1), ({11}, 'gil@x.test', 'Gil', 'gil', 1, 1),
    ({12}, 'hal@x.test', 'Hal', 'hal', 1, 1)";
const CONNECTOR: &str =
    "INSERT INTO connectors (id, name, name_key, name_fold, kind, url, secret, created_at, updated_at)
    VALUES ({20}, 'Okta', 'okta', 'okta', 'scim', 'https://scim.x.test', 'token', 1, 1)";
const BOUND: &str = "UPDATE groups SET connector_id = {20}, external_id = 'ext-1' WHERE id = {2}";
/// Number, person, status (1 approved, 3 canceled, 4 error, 0 pending with a call under way), address of then.
const REQUESTS: &str = "INSERT INTO requests (number, version, requester_id, beneficiary_id, creator_id, resource_id, flow_id,
        flow_version_id, group_id, lane, status, approval_type, in_flight, state, requester_name, requester_fold, requester_email,
        department, manager_email, resource_name, resource_fold, category, flow_name, flow_version, group_name, reason, submitted_at,
        expires_at)
    SELECT n.number, 2, p.id, p.id, p.id, r.resource_id, r.flow_id, r.flow_version_id, r.group_id, r.lane, n.status, 0, n.flight, r.state,
        p.name, p.name_fold, n.email, '', '', 'NetSuite', 'netsuite', '', 'Flow', 1, 'Users', 'Month-end', 7, 9
    FROM (SELECT 2 AS number, {1} AS person, 1 AS status, FALSE AS flight, 'rita@x.test' AS email
        UNION ALL SELECT 3, {6}, 1, FALSE, 'max@x.test' UNION ALL SELECT 4, {7}, 0, TRUE, 'zoe@x.test'
        UNION ALL SELECT 5, {8}, 1, FALSE, 'ben@x.test' UNION ALL SELECT 6, {9}, 1, FALSE, 'eve@x.test'
        UNION ALL SELECT 7, {10}, 4, FALSE, 'fay@x.test' UNION ALL SELECT 8, {11}, 3, FALSE, 'gil@x.test'
        UNION ALL SELECT 9, {12}, 1, FALSE, 'hal@x.test' UNION ALL SELECT 10, {12}, 4, FALSE, 'hal@x.test') n
    JOIN people p ON p.id = n.person JOIN requests r ON r.number = 1";
const GRANTS: &str =
    "INSERT INTO grants (id, request, beneficiary_id, resource_id, group_id, began_at, ended_at, end_cause) VALUES
    ({30}, 2, {1}, {3}, {2}, 10, NULL, NULL), ({31}, 3, {6}, {3}, {2}, 10, 20, 'revoked'),
    ({32}, 5, {8}, {3}, {2}, 10, 20, 'revoked'), ({33}, 6, {9}, {3}, {2}, 10, 20, 'revoked'),
    ({34}, 9, {12}, {3}, {2}, 10, 20, 'given_back')";
/// In the order in which they were asked for.
const CALLS: &str = "INSERT INTO provisioning (id, request, action, key, connector_id, group_id, person_id, state, attempts, created_at,
        next_attempt_at, finished_at, said) VALUES
    ({21}, 2, 'grant', 'a', {20}, {2}, {1}, 'done', 1, 9, 9, 10, NULL),
    ({22}, 3, 'grant', 'b', {20}, {2}, {6}, 'done', 1, 9, 9, 10, NULL),
    ({23}, 5, 'grant', 'c', {20}, {2}, {8}, 'done', 1, 9, 9, 10, NULL),
    ({24}, 6, 'grant', 'd', {20}, {2}, {9}, 'done', 1, 9, 9, 10, NULL),
    ({25}, 7, 'grant', 'e', {20}, {2}, {10}, 'failed', 5, 9, 9, 11, 'status 503'),
    ({26}, 8, 'grant', 'f', {20}, {2}, {11}, 'dropped', 0, 9, 9, 11, 'not wanted any more'),
    ({27}, 9, 'grant', 'g', {20}, {2}, {12}, 'done', 1, 9, 9, 10, NULL),
    ({35}, 3, 'revoke', 'h', {20}, {2}, {6}, 'done', 1, 19, 19, 20, NULL),
    ({36}, 5, 'revoke', 'i', {20}, {2}, {8}, 'waiting', 2, 19, 19, NULL, 'status 503'),
    ({37}, 6, 'revoke', 'j', {20}, {2}, {9}, 'failed', 5, 19, 19, 20, 'status 503'),
    ({38}, 9, 'revoke', 'k', {20}, {2}, {12}, 'done', 1, 19, 19, 20, NULL),
    ({39}, 10, 'grant', 'l', {20}, {2}, {12}, 'refused', 1, 29, 29, 30, 'no licence'),
    ({40}, 4, 'grant', 'm', {20}, {2}, {7}, 'waiting', 0, 29, 29, NULL, NULL)";
const NUMBERS: &str = "UPDATE sequences SET value = 10 WHERE name = 'request'";

#[derive(Debug, PartialEq, Eq, FromRow)]
struct Row {
    name: String,
    request: i64,
    state: String,
    confirmed_at: Option<i64>,
    email: String,
}

async fn rows(url: &str) -> Vec<Row> {
    const SQL: &str = "SELECT w.name, p.request, p.state, p.confirmed_at, p.email FROM provisioned p JOIN people w ON w.id = p.person_id
        WHERE p.url = 'https://scim.x.test' AND p.external_id = 'ext-1' AND p.target_person IS NULL AND p.target_group IS NULL
          AND p.seen_by IS NULL AND p.missing_since IS NULL AND p.repair_at = 0 AND p.told_at = 0 ORDER BY p.request";
    if url.starts_with("sqlite") {
        let mut c = SqliteConnection::connect(url).await.expect("connect");
        sqlx::query_as(SQL).fetch_all(&mut c).await.expect("rows")
    } else {
        let mut c = PgConnection::connect(url).await.expect("connect");
        sqlx::query_as(SQL).fetch_all(&mut c).await.expect("rows")
    }
}

async fn owed(s: &mut Session) -> Vec<PersonId> {
    provisioned::not_wanted(s, Scope::All).await.expect("compared").into_iter().map(|owed| owed.key.person).collect()
}

#[tokio::test]
async fn what_the_calls_of_before_tell_is_kept() {
    for bench in engines().await {
        bench.store.close().await;
        let now = [PEOPLE, CONNECTOR, BOUND, REQUESTS, GRANTS, CALLS, NUMBERS];
        made(&bench.url, &[(BEFORE_KEYS, &ROWS), (BEFORE, &now)]).await;
        let mut options = Options::new(bench.url.clone());
        (options.clock, options.key) = (Clock::Fixed(bench.hand), key(&bench.url));
        let store = Store::open(options).await.expect("open");
        let row = |name: &str, request, state: &str, confirmed_at, email: &str| Row {
            name: name.to_owned(),
            request,
            state: state.to_owned(),
            confirmed_at,
            email: email.to_owned(),
        };
        let wanted = [
            row("Rita Berg", 2, "present", Some(10), "rita@x.test"),
            row("Max", 3, "absent", Some(20), "max@x.test"),
            row("Zoe", 4, "unconfirmed", None, "zoe@x.test"),
            // They were there, and nobody has seen them gone.
            row("Ben", 5, "unconfirmed", Some(10), "ben@x.test"),
            row("Eve", 6, "unconfirmed", Some(10), "eve@x.test"),
            row("Fay", 7, "unconfirmed", None, "fay@x.test"),
            // He was taken out, and is not known to have been put in again.
            row("Hal", 10, "unconfirmed", None, "hal@x.test"),
        ];
        assert_eq!(rows(&bench.url).await, wanted, "{}", bench.url);

        // What was given up is owed; what is there, under way, or an open request's own to undo, is not.
        let mut s = store.write().await.expect("write");
        assert_eq!(owed(&mut s).await, [PersonId::example(9)]);
        assert_eq!(provisioned::not_given(&mut s, Scope::All).await.expect("compared"), []);
        // What waited goes on, with what is known of it.
        let calls = provisioning::claim(&mut s, None, 9, 100).await.expect("claim");
        let told: Vec<_> = calls
            .iter()
            .map(|call| {
                let kept = &call.kept;
                (call.action, call.external_id.as_str(), call.email.as_str(), kept.email.as_deref(), kept.was_there)
            })
            .collect();
        let wanted = [
            (CallAction::Revoke, "ext-1", "ben@new.test", Some("ben@x.test"), true),
            (CallAction::Grant, "ext-1", "zoe@x.test", None, false),
        ];
        assert_eq!(told, wanted, "{}", bench.url);
    }
}
