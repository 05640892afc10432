//! Processes of the binary beside and after each other on one database.

use crate::crash::sink;
use crate::support::{Bench, key, letter};
use std::io::{BufRead, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::PoisonError;
use std::time::Duration;
use store::directory::people::{self, Person};
use store::{Options, Store};

/// A setting of a process.
pub type Setting = (&'static str, String);

/// Settings for a database, with mail to nowhere.
pub fn settings(bench: &Bench) -> Vec<Setting> {
    of(&bench.url)
}

fn of(url: &str) -> Vec<Setting> {
    vec![
        ("DOORWARD_DATABASE", url.to_owned()),
        ("DOORWARD_LISTEN", "127.0.0.1:0".to_owned()),
        ("DOORWARD_BASE_URL", "http://127.0.0.1:3999".to_owned()),
        ("DOORWARD_MAIL", "smtp://127.0.0.1:9".to_owned()),
        ("DOORWARD_LOG", "warn".to_owned()),
    ]
}

fn command(arguments: &[&str], settings: &[Setting]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.args(arguments).env_clear().envs(settings.iter().map(|(name, value)| (*name, value.as_str())));
    command
}

/// Runs a command to its end: its code, and everything that it said.
pub fn ended(arguments: &[&str], settings: &[Setting]) -> (Option<i32>, String) {
    let output = command(arguments, settings).output().expect("runs");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    (output.status.code(), said.concat())
}

/// A server that is killed at the end of the test, as by `kill -9`.
pub struct Doorward(Child);

impl Doorward {
    /// Starts it, and waits until it serves.
    pub fn serve(settings: &[Setting]) -> Self {
        let mut child =
            command(&["serve"], settings).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let mut server = Self(child);
        assert!(line.contains("Doorward serves"), "{line} {}", server.killed());
        server
    }

    /// Kills it; what it logged.
    pub fn killed(&mut self) -> String {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let mut said = String::new();
        if let Some(mut log) = self.0.stderr.take() {
            let _ = log.read_to_string(&mut said);
        }
        said
    }
}

impl Drop for Doorward {
    fn drop(&mut self) {
        self.killed();
    }
}

/// Issue 12, number 11: in 14 of 20 rounds one of the processes died.
#[tokio::test(flavor = "multi_thread")]
async fn several_processes_open_an_empty_database() {
    for round in 0..10 {
        let dir = tempfile::tempdir().expect("temp dir");
        let mut urls = vec![format!("sqlite://{}", dir.path().join("empty.db").display())];
        if round < 3
            && let Ok(cluster) = std::env::var("DOORWARD_TEST_POSTGRES")
        {
            urls.push(crate::support::empty(&cluster).await);
        }
        for url in urls {
            let settings = of(&url);
            let emails: Vec<String> = (0..8).map(|index| format!("a{index}@x.test")).collect();
            let started: Vec<Child> = emails
                .iter()
                .enumerate()
                .map(|(index, email)| {
                    let create = ["admin", "create", email.as_str()];
                    let arguments: &[&str] = if index % 2 == 0 { &["migrate"] } else { &create };
                    let (out, err) = (Stdio::piped(), Stdio::piped());
                    command(arguments, &settings).stdout(out).stderr(err).spawn().expect("starts")
                })
                .collect();
            for child in started {
                let output = child.wait_with_output().expect("ends");
                assert!(output.status.success(), "{url}: {}", String::from_utf8_lossy(&output.stderr));
            }
            let (code, said) = ended(&["check"], &settings);
            assert_eq!(code, Some(0), "{said}");
        }
    }
}

#[test]
fn one_server_serves_a_file_and_commands_beside_it_are_not_refused() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("one.db");
    let settings = of(&format!("sqlite://{}", path.display()));
    let mut first = Doorward::serve(&settings);
    // By another name it is the same file.
    let linked = dir.path().join("elsewhere.db");
    std::os::unix::fs::symlink(&path, &linked).expect("a link");
    for path in [&path, &linked] {
        let second = of(&format!("sqlite://{}", path.display()));
        let (code, said) = ended(&["serve"], &second);
        assert_eq!(code, Some(2), "{said}");
        let last = said.trim_end().lines().last().unwrap_or_default();
        assert!(last.contains("is served already (process ") && last.contains("one server"), "{said}");
    }
    let create: &[&str] = &["admin", "create", "ada@x.test"];
    for beside in [create, &["link", "ada@x.test"], &["check"], &["doctor"], &["migrate"]] {
        let (code, said) = ended(beside, &settings);
        assert_eq!(code, Some(0), "{beside:?}: {said}");
    }
    // The lock ends with the process, however that ends.
    first.killed();
    drop(Doorward::serve(&settings));
}

/// Issue 12, number 8: what a server that was killed had taken waited 110 seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_alone_goes_on_at_once_with_what_a_killed_one_had_taken() {
    let mut benches: Vec<String> = Vec::new();
    let dir = tempfile::tempdir().expect("temp dir");
    benches.push(format!("sqlite://{}", dir.path().join("killed.db").display()));
    if let Ok(cluster) = std::env::var("DOORWARD_TEST_POSTGRES") {
        benches.push(crate::support::empty(&cluster).await);
    }
    for url in benches {
        let (port, arrived) = sink().await;
        let mut given = of(&url);
        given.retain(|(name, _)| *name != "DOORWARD_MAIL");
        given.push(("DOORWARD_MAIL", format!("smtp://127.0.0.1:{port}")));
        let store = Store::open(Options { key: key(&url), ..Options::new(url.clone()) }).await.expect("open");
        let rita = Person::new("rita@x.test", "Rita");
        let mut s = store.write().await.expect("write");
        people::put(&mut s, std::slice::from_ref(&rita)).await.expect("people");
        store::outbox::insert_many(&mut s, &[letter(rita.id)]).await.expect("written");
        s.commit().await.expect("commit");
        let mut killing = given.clone();
        killing.push(("DOORWARD_FAIL_AT", "after_claim:1".to_owned()));
        let (code, said) = ended(&["serve"], &killing);
        assert_eq!(code, None, "ended by a signal: {said}");
        let mut s = store.read().await.expect("read");
        assert!(!store::outbox::any_due(&mut s).await.expect("read"), "it is leased");
        drop(s);
        let server = Doorward::serve(&given);
        let came = async {
            while arrived.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), came).await.expect("long before the lease ends");
        drop(server);
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[test]
fn files_of_the_database_are_their_owners_alone() {
    let dir = tempfile::tempdir().expect("temp dir");
    let path = dir.path().join("made/data.db");
    let settings = of(&format!("sqlite://{}", path.display()));
    let all = || -> Vec<_> {
        let list = std::fs::read_dir(path.parent().expect("a folder")).expect("list");
        list.map(|entry| entry.expect("entry").path()).collect()
    };
    let mut server = Doorward::serve(&settings);
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
    assert!(all().len() >= 4, "{:?}", all());
    for file in all() {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    server.killed();
    // As an older version left them, and copies of them.
    for file in all() {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    }
    let mut server = Doorward::serve(&settings);
    let kept: Vec<_> = all().into_iter().filter(|file| !file.to_string_lossy().ends_with("ing")).collect();
    assert!(kept.len() >= 3, "{kept:?}");
    for file in kept {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let said = server.killed();
    assert!(said.contains("data.db") && said.contains("was open to others (mode 0644)"), "{said}");
}

#[test]
fn mail_in_files_is_warned_of_unless_it_is_a_demo() {
    const WARNING: &str = "mail is written to files and reaches nobody";
    let dir = tempfile::tempdir().expect("temp dir");
    for (name, demo) in [("earnest", false), ("demo", true)] {
        let mut settings = of(&format!("sqlite://{}", dir.path().join(name).join("x.db").display()));
        settings.retain(|(name, _)| *name != "DOORWARD_MAIL");
        if demo {
            assert_eq!(ended(&["demo", "--requests", "5"], &settings).0, Some(0));
        }
        let mut server = Doorward::serve(&settings);
        let said = server.killed();
        assert_eq!(said.contains(WARNING), !demo, "{name}: {said}");
        let (code, said) = ended(&["doctor"], &settings);
        assert_eq!((code, said.contains(WARNING)), (Some(0), !demo), "{name}: {said}");
        // Sent by SMTP there is nothing to warn of.
        settings.push(("DOORWARD_MAIL", "smtp://127.0.0.1:9".to_owned()));
        assert!(!ended(&["doctor"], &settings).1.contains(WARNING));
    }
}
