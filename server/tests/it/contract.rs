//! The contract, door by door: every door of the table that the router is built from, and the order in which it answers.

use crate::http::{FORM, JSON, Site, sites};
use axum::http::Method;
use server::web::{ANONYMOUS, Door, Gives, Reads, table};
use std::collections::BTreeSet;

/// An id of nothing.
pub const NOWHERE: &str = "00000000-0000-7000-8000-000000000000";
/// What a browser accepts where it opens a page.
pub const PERSON: &str = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
/// What a program accepts.
pub const PROGRAM: &str = "Accept: application/json\r\n";

/// A door's path with values in the place of its parameters.
pub fn filled(path: &str) -> String {
    let values = [
        ("{token}", "nothing"),
        ("{number}", "999999"),
        ("{noun}", "people"),
        ("{act}", "deny"),
        ("{ending}", "export.csv"),
        ("{resource}", NOWHERE),
        ("{id}", NOWHERE),
        ("{name}", "decide"),
        ("{file}", "nothing.txt"),
    ];
    values.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

pub fn is_anonymous(door: &Door) -> bool {
    ANONYMOUS.contains(&(door.method.clone(), door.path))
}

/// The header of the type that a door reads.
fn typed(door: &Door) -> &'static str {
    match door.reads {
        Reads::Nothing => "",
        Reads::Form(_) => FORM,
        Reads::Files(_) => "Content-Type: multipart/form-data; boundary=x\r\n",
        Reads::Input => JSON,
    }
}

/// A body with one field.
fn body(door: &Door, name: &str, value: &str) -> String {
    match door.reads {
        Reads::Nothing => String::new(),
        Reads::Form(_) => format!("{name}={value}"),
        Reads::Files(_) => {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--x--\r\n")
        }
        Reads::Input => {
            let value = value.replace("%00", "\\u0000");
            format!(r#"{{"input":{{"number":999999,"act":"deny","version":null,"{name}":"{value}"}}}}"#)
        }
    }
}

/// Only what a session consists of, without a type of content.
fn bare(signed_in: &str) -> String {
    signed_in.replace(JSON, "")
}

#[test]
fn the_open_doors_are_a_fixed_list_and_all_there() {
    let table = table();
    for (method, path) in ANONYMOUS {
        assert!(table.iter().any(|door| (&door.method, door.path) == (&method, path)), "{method} {path}");
    }
    let open: BTreeSet<String> = ANONYMOUS.iter().map(|(method, path)| format!("{method} {path}")).collect();
    let wanted = [
        "GET /",
        "GET /login",
        "GET /login/forgot",
        "GET /login/link/{token}",
        "GET /setup",
        "GET /{file}",
        "POST /login",
        "POST /login/forgot",
        "POST /login/link/{token}",
        "POST /logout",
        "POST /setup",
    ];
    assert_eq!(open, wanted.map(str::to_owned).into(), "a door that opens to everybody is a decision");
    let doors: BTreeSet<_> = table.iter().map(|door| (door.method.to_string(), door.path)).collect();
    assert_eq!(doors.len(), table.len(), "each door once");
    assert!(table.iter().all(|door| matches!(door.reads, Reads::Nothing) == (door.method == Method::GET)));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_session() {
    for site in sites().await {
        let own = site.origin();
        for door in table().iter().filter(|door| !is_anonymous(door)) {
            let head = format!("{} {}", door.method, filled(door.path));
            // A dead session is as good as none.
            let dead = format!("{own}Cookie: doorward=0123456789abcdef0123456789abcdef\r\n");
            for who in [own.clone(), dead] {
                let (status, answer) = site.raw(&head, &format!("{who}{PROGRAM}{}", typed(door)), "").await;
                assert_eq!(status.as_u16(), 401, "{head}: {answer}");
                assert!(answer.ends_with(r#"{"code":"unauthenticated"}"#), "{head}: {answer}");
            }
            let (status, answer) = site.raw(&head, &format!("{own}{PERSON}{}", typed(door)), "").await;
            match door.reads {
                Reads::Nothing => {
                    assert_eq!(status.as_u16(), 303, "{head}: {answer}");
                    let next = filled(door.path);
                    assert!(answer.contains(&format!("location: /login?next={next}\r\n")), "{head}: {answer}");
                }
                // What was typed goes along into the log-in where it is known whose it is (`typed.rs`); a file cannot.
                Reads::Form(_) if door.max <= 64 * 1024 => {
                    assert_eq!(status.as_u16(), 401, "{head}: {answer}");
                    assert!(answer.contains("what you typed could not be kept"), "{head}: {answer}");
                    assert!(!answer.contains("name=\"resume\""), "{head}: {answer}");
                }
                Reads::Form(_) | Reads::Files(_) => {
                    assert_eq!(status.as_u16(), 303, "{head}: {answer}");
                    assert!(answer.contains("location: /login?next="), "{head}: {answer}");
                }
                Reads::Input => assert_eq!(status.as_u16(), 401, "{head}: a script asks, not a person"),
            }
        }
        // Nor do they learn which doors there are.
        for head in ["GET /admin/nothing", "GET /nothing/here", "DELETE /admin/requests", "GET /nothing.txt"] {
            let (status, answer) = site.raw(head, &format!("{own}{PROGRAM}"), "").await;
            assert_eq!(status.as_u16(), 401, "{head}: {answer}");
        }
    }
}

/// 421 host → 400 two hosts → 403 another site → 401 → 404 → 405 → 415 → 413 → 400/422: each answer where everything after it is wrong
/// as well.
#[tokio::test(flavor = "multi_thread")]
async fn a_door_answers_in_one_order() {
    let site = sites().await.remove(0);
    let admin = bare(&site.signed_in("admin@demo.test").await);
    let (own, port) = (site.origin(), site.port);
    let evil = "Origin: https://evil.example\r\n";
    let large = "x".repeat(70_000);
    let wrong = "Content-Type: text/plain\r\n";
    let two = format!("Host: 127.0.0.1:{port}\r\nHost: evil.example\r\n");
    let cases: Vec<(&str, String, &str, u16)> = vec![
        ("POST /admin/nothing", format!("Host: evil.example\r\nHost: evil.test\r\n{evil}{wrong}"), &large, 421),
        ("POST /admin/nothing", format!("{two}{evil}{wrong}"), &large, 400),
        ("POST /admin/nothing", format!("{evil}{wrong}"), &large, 403),
        ("DELETE /login", format!("{evil}{wrong}"), &large, 403),
        ("POST /admin/nothing", format!("{own}{wrong}{PROGRAM}"), &large, 401),
        ("DELETE /admin/requests", format!("{own}{wrong}{PROGRAM}"), &large, 401),
        ("POST /admin/nothing", format!("{admin}{wrong}"), &large, 404),
        ("POST /fn/nothing", format!("{admin}{wrong}"), &large, 404),
        ("DELETE /admin/settings", format!("{admin}{wrong}"), &large, 405),
        ("POST /admin/requests", format!("{admin}{wrong}"), &large, 405),
        ("POST /admin/settings", format!("{admin}{wrong}"), &large, 415),
        ("POST /fn/decide", format!("{admin}{wrong}"), &large, 415),
        ("POST /admin/directory/import", format!("{admin}{FORM}"), &large, 415),
        ("POST /admin/settings", format!("{admin}{FORM}"), &large, 413),
        ("POST /fn/decide", format!("{admin}{JSON}"), &large, 413),
        ("POST /fn/decide", format!("{admin}{JSON}"), "{", 400),
        ("POST /admin/settings", format!("{admin}{FORM}"), "nonsense=1", 422),
    ];
    for (head, headers, body, wanted) in cases {
        let (status, answer) = site.raw(head, &headers, body).await;
        assert_eq!(status.as_u16(), wanted, "{head} with {headers:?}: {}", answer.lines().next().unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host_and_it_is_ours() {
    let site = sites().await.remove(0);
    let port = site.port;
    let ours = format!("Host: 127.0.0.1:{port}\r\n");
    for (head, hosts, wanted) in [
        ("GET /login".to_owned(), ours.clone(), 200),
        ("GET /login".to_owned(), format!("Host: localhost:{port}\r\n"), 200),
        ("GET /login".to_owned(), format!("Host: [::1]:{port}\r\n"), 200),
        ("GET /login".to_owned(), "Host: evil.example\r\n".to_owned(), 421),
        ("GET /login".to_owned(), format!("Host: 127.0.0.1:{port}@evil.example\r\n"), 421),
        ("GET /login".to_owned(), "Host:\r\n".to_owned(), 421),
        ("GET /login".to_owned(), format!("{ours}{ours}"), 400),
        ("GET /login".to_owned(), format!("{ours}Host: evil.example\r\n"), 400),
        ("GET /login".to_owned(), format!("Host: evil.example\r\n{ours}"), 400),
        ("GET /livez".to_owned(), format!("{ours}Host: evil.example\r\n"), 400),
        (format!("GET http://127.0.0.1:{port}/login"), ours.clone(), 200),
        (format!("GET http://127.0.0.1:{port}/login"), "Host: evil.example\r\n".to_owned(), 400),
        ("GET http://evil.example/login".to_owned(), ours.clone(), 400),
        ("GET http://evil.example/login".to_owned(), "Host: evil.example\r\n".to_owned(), 421),
    ] {
        let (status, answer) = site.raw(&head, &hosts, "").await;
        assert_eq!(status.as_u16(), wanted, "{head} {hosts:?}: {}", answer.lines().next().unwrap_or_default());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_changes_nothing_at_any_door() {
    let site = sites().await.remove(0);
    let signed_in = bare(&site.signed_in("admin@demo.test").await);
    let cookie = signed_in.lines().find(|line| line.starts_with("Cookie:")).expect("a cookie").to_owned() + "\r\n";
    let port = site.port;
    for door in table().iter().filter(|door| door.method == Method::POST) {
        let head = format!("POST {}", filled(door.path));
        for from in [
            String::new(),
            "Origin:\r\n".to_owned(),
            "Sec-Fetch-Site:\r\n".to_owned(),
            "Origin: null\r\n".to_owned(),
            "Origin: https://evil.example\r\n".to_owned(),
            format!("Origin: https://127.0.0.1:{port}\r\n"),
            "Sec-Fetch-Site: cross-site\r\n".to_owned(),
            format!("Origin: http://127.0.0.1:{port}\r\nSec-Fetch-Site: same-site\r\n"),
        ] {
            let (status, answer) = site.raw(&head, &format!("{cookie}{from}{}", typed(door)), "").await;
            assert_eq!(status.as_u16(), 403, "{head} from {from:?}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_a_door_does_not_know_is_refused() {
    for site in sites().await {
        let admin = bare(&site.signed_in("admin@demo.test").await);
        for door in table().iter().filter(|door| door.method == Method::POST) {
            let head = format!("POST {}", filled(door.path));
            for name in ["nonsense", "decided_by", "status"] {
                let headers = format!("{admin}{PROGRAM}{}", typed(door));
                let (status, answer) = site.raw(&head, &headers, &body(door, name, "1")).await;
                assert_eq!(status.as_u16(), 422, "{head} with {name}: {answer}");
                assert!(answer.contains(name) && answer.contains("unknown_field"), "{head}: {answer}");
            }
        }
        // The arguments of every server function, outside and inside.
        for (name, given) in [
            ("queue_page", r#"{"query":"","asked":"program","nonsense":1}"#),
            ("request_detail", r#"{"number":1,"asked":"person","nonsense":1}"#),
            ("suggest_requesters", r#"{"typed":"a","nonsense":1}"#),
            ("decide", r#"{"input":{"number":1,"act":"deny","version":null},"nonsense":1}"#),
            ("keep_draft", r#"{"input":{"form":"a","nonsense":1}}"#),
            ("take_draft", r#"{"input":{"form":"a"},"nonsense":1}"#),
            ("whoami", r#"{"nonsense":1}"#),
        ] {
            let (status, answer) = site.raw(&format!("POST /fn/{name}"), &format!("{admin}{JSON}"), given).await;
            assert_eq!(status.as_u16(), 422, "{name}: {answer}");
            assert!(answer.contains("nonsense"), "{name}: {answer}");
        }
        // The same act as a form.
        for given in [
            "input%5Bnumber%5D=1&input%5Bact%5D=deny&nonsense=1",
            "input%5Bnumber%5D=1&input%5Bact%5D=deny&input%5Bnonsense%5D=1",
        ] {
            let (status, answer) = site.raw("POST /fn/decide", &format!("{admin}{FORM}"), given).await;
            assert_eq!(status.as_u16(), 422, "{given}: {answer}");
            assert!(answer.contains("nonsense"), "{given}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_nobody_types_never_breaks_a_door() {
    for site in sites().await {
        let admin = bare(&site.signed_in("admin@demo.test").await);
        for door in table() {
            let path = filled(door.path);
            let headers = format!("{admin}{PROGRAM}{}", typed(&door));
            for query in
                ["q=%00", "requester=a%00", "request=%00", "person=%00", "from=%00", "%00=1", "after=1.%00", "x=%1b"]
            {
                let (status, answer) = site.raw(&format!("{} {path}?{query}", door.method), &headers, "").await;
                assert_eq!(status.as_u16(), 422, "{} {path}?{query}: {answer}", door.method);
            }
            if path != door.path {
                let path = door.path.replace(['{', '}'], "%00");
                let (status, answer) = site.raw(&format!("{} {path}", door.method), &headers, "").await;
                assert_eq!(status.as_u16(), 404, "{} {path}: {answer}", door.method);
            }
        }
        let (status, _) = site.raw("GET /logo/%00", &admin, "").await;
        assert_eq!(status.as_u16(), 404);
        // In bodies: a field of each form, and a text of a call.
        for (door, name) in [
            ("POST /login", "email"),
            ("POST /login/forgot", "email"),
            ("POST /admin/settings", "sender"),
            ("POST /admin/messages/again", "q"),
            ("POST /fn/save_flow", "input%5Bdraft%5D%5Bname%5D"),
            ("POST /fn/decide", "input%5Breason%5D"),
            ("POST /admin/directory/people/new", "email"),
            ("POST /admin/directory/groups/new", "external_id"),
            ("POST /portal/requests", "flow"),
            ("POST /account", "timezone"),
        ] {
            let (status, answer) = site.raw(door, &format!("{admin}{FORM}"), &format!("{name}=a%00b")).await;
            assert_eq!(status.as_u16(), 422, "{door} {name}: {answer}");
        }
        let typed = r#"{"typed":"a\u0000"}"#;
        let (status, answer) = site.raw("POST /fn/suggest_requesters", &format!("{admin}{JSON}"), typed).await;
        assert_eq!(status.as_u16(), 422, "{answer}");
    }
}

/// Every form of every page sends only fields that its door knows.
#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_all_pages_are_known_at_their_doors() {
    let site = sites().await.remove(0);
    let table = table();
    let mut seen = BTreeSet::new();
    let mut approvals = Vec::new();
    for who in ["manager@demo.test", "member@demo.test", "owner@demo.test"] {
        approvals.push((who, links(&site, who, "/portal/approvals").await));
    }
    for (who, pages) in approvals.into_iter().chain([("admin@demo.test", pages(&site).await)]) {
        let headers = format!("{}{PERSON}", bare(&site.signed_in(who).await));
        for page in pages {
            let (status, answer) = site.raw(&format!("GET {page}"), &headers, "").await;
            assert_eq!(status.as_u16(), 200, "{page}");
            for (action, names) in forms(&answer) {
                let path = action.split('?').next().unwrap_or_default();
                let door = door(&table, path).unwrap_or_else(|| panic!("{page} sends to {action}"));
                // An act knows the fields of its input, and three that say whose form it is, where it stands and where it leads.
                let of_act = |_: &str, name: &str| name.starts_with("input[") || matches!(name, "return" | "next");
                let knows = match door.reads {
                    Reads::Form(knows) | Reads::Files(knows) => knows,
                    Reads::Input => of_act,
                    Reads::Nothing => panic!("{action} reads no form"),
                };
                // It says for whom it was made, unless it is the frame's or begins a session.
                let frame = matches!(path, "/logout" | "/account/theme" | "/login" | "/login/forgot");
                assert_ne!(names.contains("person_of_form"), frame, "{page} sends to {action}");
                for name in names.iter().filter(|name| *name != "person_of_form") {
                    assert!(knows(path, name), "{page} sends {name} to {action}");
                }
                seen.insert(if door.path == "/fn/{name}" { path.to_owned() } else { door.path.to_owned() });
            }
        }
    }
    for path in [
        "/account",
        "/admin/settings",
        "/fn/save_flow",
        "/fn/decide",
        "/admin/directory/{noun}/{id}",
        "/admin/channels/{id}",
        "/admin/connectors/{id}",
        "/admin/directory/import",
        "/portal/requests",
        "/portal/approvals/{number}",
    ] {
        assert!(seen.contains(path), "no form for {path} was seen: {seen:?}");
    }
}

/// A page and those of its own kind that it leads to.
async fn links(site: &Site, who: &str, list: &str) -> Vec<String> {
    let headers = bare(&site.signed_in(who).await);
    let (_, answer) = site.raw(&format!("GET {list}"), &headers, "").await;
    let links = answer.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let links = links.filter(|link| link.starts_with(list) && *link != list).map(|link| link.replace("&amp;", "&"));
    let links = links.filter(|link| !link.contains("export") && !link.contains('#')).take(12);
    std::iter::once(list.to_owned()).chain(links).collect()
}

/// Pages with forms, second screens among them.
async fn pages(site: &Site) -> Vec<String> {
    let mut pages: Vec<String> = table()
        .iter()
        .filter(|door| door.gives == Gives::Page && door.method == Method::GET && !door.path.contains('{'))
        .map(|door| door.path.to_owned())
        .filter(|path| !matches!(path.as_str(), "/" | "/admin" | "/admin/directory" | "/setup"))
        .collect();
    for list in [
        "/admin/flows",
        "/admin/directory/people",
        "/admin/directory/groups",
        "/admin/directory/resources",
        "/admin/grants",
        "/admin/requests",
        "/portal/requests",
    ] {
        pages.extend(links(site, "admin@demo.test", list).await);
    }
    pages.extend(
        [
            "/admin/connectors/new",
            "/admin/channels/new",
            "/admin/directory/people/new",
            "/admin/directory/groups/new",
            "/admin/directory/resources/new",
        ]
        .map(str::to_owned),
    );
    // Requests of each status in each tab, with every second screen.
    for (status, lane) in (0..=6).flat_map(|status| [(status, 0), (status, 1)]) {
        let sql = format!(
            "SELECT COALESCE(MIN(number), 0) FROM requests WHERE status = {status} AND lane = {lane} AND requester_email <> 'admin@demo.test'"
        );
        let number = crate::contract_access::number(site, &sql).await;
        let acts = ["grant", "deny", "grant-over", "retry", "repair"];
        pages.extend(acts.iter().filter(|_| number > 0).map(|act| format!("/admin/requests/{number}?act={act}")));
    }
    pages
}

/// The door of a path, by the pattern that fits it best.
fn door<'t>(table: &'t [Door], path: &str) -> Option<&'t Door> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |door: &&Door| {
        let pattern: Vec<&str> = door.path.split('/').collect();
        door.method == Method::POST
            && pattern.len() == parts.len()
            && pattern.iter().zip(&parts).all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
    };
    table.iter().filter(fits).min_by_key(|door| door.path.matches('{').count())
}

/// The POST forms of a page: where they go, and the names of their fields.
fn forms(page: &str) -> Vec<(String, BTreeSet<String>)> {
    let attribute = |tag: &str, name: &str| {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next().unwrap_or_default().replace("&amp;", "&"))
    };
    let mut out = Vec::new();
    for part in page.split("<form").skip(1) {
        let (tag, rest) = part.split_once('>').expect("a tag");
        if attribute(tag, "method").as_deref() != Some("post") {
            continue;
        }
        let inside = rest.split("</form>").next().unwrap_or_default();
        let tags = inside
            .split('<')
            .filter(|tag| ["input", "select", "textarea", "button"].iter().any(|kind| tag.starts_with(kind)));
        let names = tags.filter_map(|tag| attribute(tag.split('>').next().unwrap_or_default(), "name"));
        out.push((attribute(tag, "action").expect("an action"), names.filter(|name| !name.is_empty()).collect()));
    }
    out
}
