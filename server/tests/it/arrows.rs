//! The arrows between the packages (`README.md`, map of the rooms): who may import whom.

use cargo_metadata::{DependencyKind, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_arrows_point_inwards() {
    let metadata =
        MetadataCommand::new().no_deps().other_options(vec!["--offline".to_owned()]).exec().expect("metadata");
    let own: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let found: BTreeMap<String, BTreeSet<String>> = metadata
        .packages
        .iter()
        .map(|package| {
            let normal = package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
            (package.name.to_string(), normal.map(|dependency| dependency.name.clone()).collect())
        })
        .collect();
    let arrows = |name: &str| found[name].intersection(&own).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(arrows("domain"), Vec::<&str>::new());
    assert_eq!(arrows("store"), ["domain"]);
    assert_eq!(arrows("services"), ["domain", "store"]);
    assert_eq!(arrows("app"), ["domain", "services"]);
    assert_eq!(arrows("frontend"), ["app"]);
    assert_eq!(arrows("server"), ["app", "domain", "services", "store"]);
    for (name, uses) in &found {
        assert_eq!(uses.contains("sqlx"), name == "store", "only the store names sqlx: {name}");
        let web = uses.contains("axum");
        assert!(!web || name == "app" || name == "server", "{name} knows HTTP");
    }
}
