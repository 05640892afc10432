//! Every public function of the store has a case here.
//!
//! A public function is a line of `src` (the engine apart) that begins with `pub fn`, `pub const fn` or `pub async fn`: one that
//! stands alone, not a method. Its name is qualified by the last module that it can be reached by: the file's, or, where the
//! `mod.rs` beside the file keeps the file's module to itself and exports what is in it, the folder's. A case is a call of that
//! qualified name, `groups::search(…)`, in a file whose tests run on all engines, or in what these share.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files under a folder with their texts.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            out.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("text");
            out.insert(path, text);
        }
    }
    out
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a name")
}

/// The module by which what stands in a file is reached.
fn module<'p>(path: &'p Path, sources: &BTreeMap<PathBuf, String>) -> &'p str {
    let (own, folder) = (stem(path), path.parent().expect("a folder"));
    match sources.get(&folder.join("mod.rs")) {
        Some(parent) if !parent.lines().any(|line| line == format!("pub mod {own};")) => stem(folder),
        _ => own,
    }
}

/// The name of the public function that a line begins.
fn function(line: &str) -> Option<&str> {
    let rest = ["pub fn ", "pub const fn ", "pub async fn "].iter().find_map(|start| line.strip_prefix(start))?;
    rest.split(|c: char| !is_part(c)).next()
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The public functions of these sources, qualified.
fn public(sources: &BTreeMap<PathBuf, String>) -> BTreeSet<String> {
    let of = |(path, text)| -> Vec<String> {
        let (path, text): (&PathBuf, &String) = (path, text);
        let module = module(path, sources);
        text.lines().filter_map(function).map(|name| format!("{module}::{name}")).collect()
    };
    sources.iter().filter(|(path, _)| !path.ends_with("engine.rs")).flat_map(of).collect()
}

/// Whether a text calls a function by this qualified name; comments do not count.
fn calls(text: &str, name: &str) -> bool {
    let call = format!("{name}(");
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.match_indices(&call).any(|(place, _)| !line[..place].chars().next_back().is_some_and(is_part)))
}

#[test]
fn every_public_function_is_called_on_all_engines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let functions = public(&files(&root.join("src")));
    for known in ["groups::search", "requests::list_statement", "requests::save", "bulk::steps", "check::run"] {
        assert!(functions.contains(known), "{known} is not seen any more: {functions:?}");
    }
    let tests: Vec<String> = files(&root.join("tests/it"))
        .into_iter()
        .filter(|(path, text)| {
            !path.ends_with("coverage.rs") && text.contains("engines().await") || path.ends_with("support.rs")
        })
        .map(|(_, text)| text)
        .collect();
    let missing: Vec<_> = functions.iter().filter(|name| !tests.iter().any(|text| calls(text, name))).collect();
    assert!(missing.is_empty(), "no case on both engines calls: {missing:#?}");
}

/// Every test of a file that has cases runs on all engines, so that a call in it is a case.
#[test]
fn every_test_that_uses_a_store_runs_on_all_engines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut elsewhere = Vec::new();
    for (path, text) in files(&root.join("tests/it")) {
        for test in text.split("#[tokio::test").skip(1) {
            // A test ends with the first line that closes a block at the margin.
            let test = test.split("\n}\n").next().unwrap_or(test);
            let name = test.split("async fn ").nth(1).and_then(|rest| rest.split('(').next()).unwrap_or_default();
            if !test.contains("in engines().await") {
                elsewhere.push(format!("{}::{name}", stem(&path)));
            }
        }
    }
    assert!(elsewhere.is_empty(), "not on both engines: {elsewhere:#?}");
}

#[test]
fn a_call_counts_only_by_its_whole_qualified_name() {
    assert!(calls("    let x = store::groups::search(&mut s);", "groups::search"));
    for no in ["subgroups::search(s)", "groups::search_all(s)", "// groups::search(s)", "search(s)", "groups::search"] {
        assert!(!calls(no, "groups::search"), "{no}");
    }
    let sources = [
        ("src/requests/mod.rs", "mod list;\npub mod open;\npub use list::list;"),
        ("src/requests/list.rs", "pub async fn list(s: &mut Session) {}\nfn own() {}\n    pub fn method(&self) {}"),
        ("src/requests/open.rs", "pub const fn steps() {}\npub(crate) fn inner() {}"),
        ("src/audit.rs", "pub fn record<T>(t: T) {}"),
        ("src/engine.rs", "pub fn new_id() {}"),
    ];
    let sources = sources.map(|(path, text)| (PathBuf::from(path), text.to_owned())).into();
    assert_eq!(public(&sources).into_iter().collect::<Vec<_>>(), ["audit::record", "open::steps", "requests::list"]);
}
