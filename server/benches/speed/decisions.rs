//! Grants over HTTP, each one durable with its audit row and its messages, beside a bare durable commit.

use crate::client::Client;
use crate::floor::Floor;
use crate::server::Server;
use crate::{line, percentiles};
use serde_json::json;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Grants by one client, and by sixteen together.
const GRANTS: usize = 480;

/// Measures one client and sixteen. Grants what waits in the demo's Administrator tab.
pub(crate) fn measure(server: &Server, floor: &Floor) {
    for clients in [1, 16] {
        let mut bare = floor.commits(clients, GRANTS / clients);
        line(&format!("bare durable commit, {clients} clients"), &mut bare, "");
        let mut grants = grants(server, clients);
        if grants.is_empty() {
            println!("nothing waits for an administrator any more: fill a fresh database to measure grants");
            return;
        }
        let ((p50, p99), (bare50, bare99)) = (percentiles(&mut grants), percentiles(&mut bare));
        let over = format!("{} grants, over bare by {:.2} and {:.2}", grants.len(), p50 - bare50, p99 - bare99);
        line(&format!("grant, durable, audit and outbox, {clients} clients"), &mut grants, &over);
    }
}

fn grants(server: &Server, clients: usize) -> Vec<Duration> {
    let mut admin = Client::log_in(server, "admin@demo.test");
    let waiting = Mutex::new(waiting(&mut admin, GRANTS));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..clients)
            .map(|_| {
                let (mut client, waiting) = (admin.another(), &waiting);
                scope.spawn(move || {
                    let mut times = Vec::new();
                    loop {
                        let next = waiting.lock().expect("the list").pop();
                        let Some((number, version)) = next else { return times };
                        let decision = json!({"input": {"number": number, "act": "grant", "version": version}});
                        let begin = Instant::now();
                        let (status, answer) = client.call("decide", &decision);
                        times.push(begin.elapsed());
                        assert_eq!(status, 200, "{answer}");
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a client")).collect()
    })
}

/// Numbers and versions of requests that the admin may grant as the vote of their tab.
fn waiting(admin: &mut Client, count: usize) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut query = "size=100".to_owned();
    while found.len() < count {
        let (status, page) = admin.call("queue_page", &json!({"query": query, "asked": "program"}));
        assert_eq!(status, 200, "{page}");
        for row in page["rows"].as_array().into_iter().flatten() {
            if row["own"] == false {
                found.extend(row["number"].as_i64().zip(row["version"].as_i64()));
            }
        }
        let next = &page["next"];
        if next.is_null() {
            break;
        }
        query = format!("size=100&after={}.{}", next["number"], next["value"].as_str().unwrap_or_default());
    }
    found.truncate(count);
    found
}
