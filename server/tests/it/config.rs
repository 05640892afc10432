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

/// What only looks at an organisation, with what it is asked.
const LOOKS: [&[&str]; 5] = [
    &["check"],
    &["doctor"],
    &["link", "ada@x.test"],
    &["import", "people", "/dev/null"],
    &["import", "people", "/dev/null", "--dry-run"],
];

#[test]
fn a_mistyped_path_is_no_empty_organisation() {
    for command in LOOKS {
        let (code, said) = doorward(command, &[("DOORWARD_DATABASE", "sqlite://nowhere/x.db")]);
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(said.contains("there is no database at nowhere/x.db"), "{said}");
    }
}

#[test]
fn an_empty_file_is_no_organisation_and_an_older_one_is_not_migrated_by_a_look() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("x.db");
    let url = format!("sqlite://{}", path.display());
    let database = [("DOORWARD_DATABASE", url.as_str())];
    std::fs::write(&path, b"").expect("written");
    for command in LOOKS {
        let (code, said) = doorward(command, &database);
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(said.contains("empty") && said.trim_end().lines().count() == 1, "one sentence: {said}");
        assert_eq!(std::fs::metadata(&path).expect("a file").len(), 0, "{command:?} filled it");
        assert_eq!(std::fs::read_dir(dir.path()).expect("list").count(), 1, "{command:?} made something");
    }
    let (code, said) = doorward(&["migrate"], &database);
    assert_eq!(code, Some(0), "{said}");
    let older = "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)";
    let count = "SELECT COUNT(*) FROM _sqlx_migrations";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let ask = |sql: &'static str| {
        runtime.block_on(async {
            use sqlx::Connection;
            let mut c = sqlx::SqliteConnection::connect(&url).await.expect("connect");
            let found: Option<i64> = sqlx::query_scalar(sql).fetch_optional(&mut c).await.expect(sql);
            c.close().await.expect("closed");
            found
        })
    };
    ask(older);
    let before = ask(count);
    for command in LOOKS {
        let (code, said) = doorward(command, &database);
        assert_eq!(code, Some(2), "{command:?}: {said}");
        assert!(said.contains("older than this program") && said.contains("doorward migrate"), "{said}");
        assert_eq!(ask(count), before, "{command:?} migrated");
    }
}

/// Several processes on one empty file: one migrates, the others wait, none of them dies.
#[test]
fn of_several_processes_one_migrates() {
    for _ in 0..3 {
        let dir = tempfile::tempdir().expect("temp dir");
        let url = format!("sqlite://{}", dir.path().join("x.db").display());
        let started: Vec<_> = (0..6)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_doorward"))
                    .arg("migrate")
                    .env_clear()
                    .env("DOORWARD_DATABASE", &url)
                    .current_dir(dir.path())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .expect("started")
            })
            .collect();
        for process in started {
            let output = process.wait_with_output().expect("ended");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
}

/// What turns the direction of text is refused on the command line as everywhere.
#[test]
fn a_name_on_the_command_line_is_checked_as_everywhere() {
    let dir = tempfile::tempdir().expect("temp dir");
    let url = format!("sqlite://{}", dir.path().join("x.db").display());
    let database = [("DOORWARD_DATABASE", url.as_str())];
    for name in ["Ada \u{202e}nimdA", "Ada\u{200f}", "A\u{1b}[31mda"] {
        let (code, said) = doorward(&["admin", "create", "ada@x.test", "--name", name], &database);
        assert_eq!(code, Some(2), "{name:?}: {said}");
        assert!(said.contains("--name"), "{said}");
    }
}
