//! Settings that make no sense: the program says which, what it expected, and exits 2.

use std::process::Command;

fn doorward(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let dir = tempfile::tempdir().expect("temp dir");
    let output = Command::new(env!("CARGO_BIN_EXE_doorward"))
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .current_dir(dir.path())
        .output()
        .expect("runs");
    assert_eq!(std::fs::read_dir(dir.path()).expect("list").count(), 0, "nothing is made of a bad setting");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_value_that_makes_no_sense_is_named() {
    for (name, value, expected) in [
        ("DOORWARD_DATABASE", "mysql://localhost/doorward", "sqlite://PATH"),
        ("DOORWARD_LISTEN", "3000", "an address and a port"),
        ("DOORWARD_BASE_URL", "http://doorward.example", "https://host"),
        ("DOORWARD_BASE_URL", "https://doorward.example/sub", "https://host"),
        ("DOORWARD_BASE_URL", "doorward", "https://host"),
        ("DOORWARD_MAIL", "pigeon://home", "smtp"),
        ("DOORWARD_TRUSTED_PROXIES", "10.0.0.1,proxy", "proxy is not an IP address"),
        ("DOORWARD_LOG", "doorward=loud", "a filter"),
        ("DOORWARD_LOG", "loud", "a filter"),
        ("DOORWARD_DATABASE", "postgres://u:p@host:port/x", "postgres://user:pass@host/name"),
        ("DOORWARD_ALLOW_HTTP", "true", "1 or 0"),
        ("DOORWARD_ALLOW_TARGETS", "10.0.0.0/33", "10.0.0.0/8"),
        ("DOORWARD_DATABASE_FILE", "/nowhere/secret", "/nowhere/secret"),
    ] {
        let (code, said) = doorward(&["serve"], &[(name, value)]);
        assert_eq!(code, Some(2), "{name}={value}: {said}");
        let setting = name.trim_end_matches("_FILE");
        assert!(said.contains(setting) && said.contains(expected), "{name}={value}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "one line: {said}");
    }
}

#[test]
fn a_file_of_settings_is_read_as_strictly() {
    let dir = tempfile::tempdir().expect("temp dir");
    let file = dir.path().join("doorward.toml");
    for (text, expected) in [
        ("databse = \"sqlite://x.db\"", "databse is not a setting"),
        ("listen = ", "--config"),
        ("listen = 3000", "expected a text"),
    ] {
        std::fs::write(&file, text).expect("write");
        let (code, said) = doorward(&["serve", "--config", &file.display().to_string()], &[]);
        assert_eq!(code, Some(2), "{text}: {said}");
        assert!(said.contains(expected), "{text}: {said}");
    }
}

#[test]
fn a_mistyped_path_is_no_empty_organisation() {
    for command in ["check", "doctor"] {
        let (code, said) = doorward(&[command], &[("DOORWARD_DATABASE", "sqlite://nowhere/x.db")]);
        assert_eq!(code, Some(2), "{command}: {said}");
        assert!(said.contains("there is no database at nowhere/x.db"), "{said}");
    }
}
