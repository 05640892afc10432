//! Wall times of the real binary on loopback, and what the machine could do at best beside them.
//!
//!     cargo bench -p server --bench speed -- BINARY DATABASE_URL [pages|searches|visit|exports|life|outbox|decisions]
//!
//! The database is one that `doorward demo` filled. Times are milliseconds to the last byte, uncompressed, of one client,
//! unless said otherwise; clients are threads of this program, on the same cores as the server. Prints figures, judges none.

#![expect(clippy::expect_used, reason = "a bench that cannot measure stops")]

mod client;
mod decisions;
mod floor;
mod life;
mod outbox;
mod server;

use client::Client;
use floor::Floor;
use server::Server;
use std::time::{Duration, Instant};

/// Prints one line of figures.
pub(crate) fn print(name: &str, figures: &str) {
    println!("{name:<58} {figures}");
}

/// Median and 99th percentile, in milliseconds.
pub(crate) fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    (at(50), at(99))
}

/// Prints median and 99th percentile of some times.
pub(crate) fn line(name: &str, times: &mut [Duration], beside: &str) {
    let (p50, p99) = percentiles(times);
    print(name, &format!("p50 {p50:8.2}  p99 {p99:8.2} ms  {beside}"));
}

/// The times of so many calls.
pub(crate) fn timed<T>(count: usize, mut call: impl FnMut(usize) -> T) -> Vec<Duration> {
    (0..count)
        .map(|index| {
            let begin = Instant::now();
            call(index);
            begin.elapsed()
        })
        .collect()
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let (binary, url, only) = match given.as_slice() {
        [binary, url] => (binary, url, None),
        [binary, url, only] => (binary, url, Some(only.as_str())),
        _ => {
            eprintln!("usage: cargo bench -p server --bench speed -- BINARY DATABASE_URL [PART]");
            return;
        }
    };
    let wanted = |part: &str| only.is_none_or(|only| only == part);
    let floor = Floor::of(url);
    let server = Server::start(binary, url);
    print("server start to ready", &format!("{:.0} ms", server.started.as_secs_f64() * 1000.0));
    print("anonymous memory idle", &format!("{:.1} MiB", server.anonymous()));
    let mut admin = Client::log_in(&server, "admin@demo.test");
    if wanted("pages") {
        pages(&server, &mut admin, &floor);
    }
    if wanted("searches") {
        searches(&mut admin);
    }
    if wanted("visit") {
        first_visit(&mut admin);
    }
    if wanted("exports") {
        exports(&server, &mut admin);
    }
    if wanted("life") {
        life::measure(&floor, url);
    }
    if wanted("outbox") {
        outbox::measure(&floor, url);
    }
    if wanted("decisions") {
        decisions::measure(&server, &floor);
    }
    print("anonymous memory after all of this", &format!("{:.1} MiB", server.anonymous()));
}

const QUEUE: &str = "/admin/requests";

fn pages(server: &Server, admin: &mut Client, floor: &Floor) {
    timed(200, |_| admin.page(QUEUE));
    line("queue page, first view", &mut timed(2000, |_| admin.page(QUEUE)), "");
    let (mut ours, mut bare, plan) = floor.list_query(500);
    line("  of it, the list query through the store", &mut ours, "");
    line("  the same statement, bare", &mut bare, "");
    for step in plan {
        print("", &step);
    }
    for clients in [1, 16] {
        let begin = Instant::now();
        let pages: usize = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..clients)
                .map(|_| {
                    let mut client = admin.another();
                    scope.spawn(move || {
                        let mut pages = 0;
                        while begin.elapsed() < Duration::from_secs(5) {
                            client.page(QUEUE);
                            pages += 1;
                        }
                        pages
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().expect("a client")).sum()
        });
        let rate = pages as f64 / begin.elapsed().as_secs_f64();
        print(&format!("queue pages a second, {clients} clients"), &format!("{rate:.0}/s"));
    }
    print("anonymous memory after these pages", &format!("{:.1} MiB", server.anonymous()));
    for sort in ["submitted", "requester", "resource", "expires"] {
        for sign in ["", "-"] {
            let path = format!("{QUEUE}?status=&type=&sort={sign}{sort}");
            line(&format!("no filter, sort {sign}{sort}"), &mut timed(200, |_| admin.page(&path)), "");
        }
    }
    for (name, query) in [
        ("half a year, sort -expires", "status=&type=&from=2026-01-01&to=2026-06-30&sort=-expires"),
        ("one day, sort requester", "status=approved&type=&from=2026-05-05&to=2026-05-05&sort=requester"),
        ("Others, four statuses", "tab=others&status=pending,denied,error,expired&type=manual,automatic"),
    ] {
        let path = format!("{QUEUE}?{query}");
        line(name, &mut timed(200, |_| admin.page(&path)), "");
    }
    let mut place = format!("{QUEUE}?status=&type=&size=100");
    let mut times = Vec::new();
    for _ in 0..200 {
        let begin = Instant::now();
        let body = admin.page(&place);
        times.push(begin.elapsed());
        let Some(next) = client::link(&body, "Next page") else { break };
        place = next;
    }
    line(&format!("{} pages of 100 rows, one after the other", times.len()), &mut times, "");
}

fn searches(admin: &mut Client) {
    for (name, query) in [
        ("search rare, no filter", "status=&type=&q=9999-zzz"),
        ("search common, default filter", "q=github"),
        ("search common, no filter", "status=&type=&q=project"),
        ("search common, one status, by requester", "status=denied&type=&q=github&sort=requester"),
        ("search a person, no filter", "status=&type=&q=tomas"),
        ("search two words, no filter", "status=&type=&q=tomas%20github"),
        ("search a common and a rare word", "status=&type=&q=project%209999-zzz"),
        ("search a phrase, no filter", "status=&type=&q=%22for%20the%22"),
        ("search a sign of Han, no filter", "status=&type=&q=%E6%9D%B1"),
        ("search a word and two digits", "status=&type=&q=project%2097"),
        ("search two letters, default filter", "q=zo"),
        ("search two letters, no filter", "status=&type=&q=zo"),
        ("search one letter, no filter, by expiry", "status=&type=&q=q&sort=-expires"),
    ] {
        let path = format!("{QUEUE}?{query}");
        line(name, &mut timed(100, |_| admin.page(&path)), "");
    }
}

/// Everything that a browser fetches on its first visit, compressed as it asks for it.
fn first_visit(admin: &mut Client) {
    let html = admin.compressed(QUEUE);
    let body = admin.page(QUEUE);
    let mut parts = vec![("page", html)];
    for (name, end) in [("style", ".css\""), ("script", ".js\""), ("WebAssembly", ".wasm'")] {
        let end = body.find(end).map(|at| at + end.len() - 1).expect(name);
        let begin = body[..end].rfind(['"', '\'']).expect(name) + 1;
        parts.push((name, admin.compressed(&body[begin..end])));
    }
    parts.push(("favicon", admin.compressed("/favicon.svg")));
    let all: usize = parts.iter().map(|(_, size)| size).sum();
    let words: Vec<String> = parts.iter().map(|(name, size)| format!("{name} {:.1}", *size as f64 / 1024.0)).collect();
    let rows = parts[0].1 + parts[1].1;
    print("first visit, brotli", &format!("{:.1} KiB: {}", all as f64 / 1024.0, words.join(", ")));
    print("  of it, before the rows can be seen (page and style)", &format!("{:.1} KiB", rows as f64 / 1024.0));
}

fn exports(server: &Server, admin: &mut Client) {
    for kind in ["csv", "json"] {
        let before = server.anonymous();
        let (mut bytes, mut seconds, mut first) = (0, 0.0, 0.0_f64);
        let (_, peak) = server.peak_while(|| {
            for tab in ["administrator", "others"] {
                let got = admin.stream(&format!("{QUEUE}/export.{kind}?tab={tab}&status=&type="));
                bytes += got.bytes;
                seconds += got.whole.as_secs_f64();
                first = first.max(got.first.as_secs_f64() * 1000.0);
            }
        });
        let rate = bytes as f64 / 1e6 / seconds;
        let more = peak - before;
        let size = bytes / 1_000_000;
        let name = format!("export {kind}, all rows");
        print(&name, &format!("{rate:.1} MB/s, {size} MB, first byte {first:.1} ms, memory + {more:.1} MiB"));
    }
}
