//! Imports through the doors: the command line and the page.

use crate::program::Program;
use std::path::Path;
use std::process::{Command, Output};

const FILE: &str = "email,name,manager\nnew@x.test,New,manager@demo.test\nlone@x.test,Lone,nobody@x.test\n";
const LEFT_OUT: &str = "line 3, column 3 (manager): nobody with the email nobody@x.test is known";

fn import(database: &str, file: &Path, flags: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_doorward"))
        .args(["import", "people"])
        .arg(file)
        .args(flags)
        .env("DOORWARD_DATABASE", database)
        .env("DOORWARD_LOG", "error")
        .output()
        .expect("the program");
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// A form of the import with a file, as a browser sends it.
fn look(server: &Program, headers: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let mut body = String::new();
    for (name, value) in fields {
        let file = if *name == "file" { "; filename=\"people.csv\"\r\nContent-Type: text/csv" } else { "" };
        body.push_str(&format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"));
    }
    body.push_str("--cut--\r\n");
    let headers = headers.replace("application/json", "multipart/form-data; boundary=cut");
    server.raw("POST /admin/directory/import", &headers, &body)
}

#[test]
fn what_is_not_known_is_left_out_where_that_was_chosen() {
    let dir = tempfile::tempdir().expect("temp dir");
    let database = format!("sqlite://{}", dir.path().join("d.db").display());
    let server = Program::demo(&database, &dir.path().join("mail"), 20);
    let headers = server.signed_in("admin@demo.test");

    let (status, page) = look(&server, &headers, &[("kind", "people"), ("file", FILE)]);
    assert_eq!(status, 422);
    for part in [LEFT_OUT, "Choose Leave out what is not known to import everything else."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let (status, page) = look(&server, &headers, &[("kind", "people"), ("leave_out_unknown", "1"), ("file", FILE)]);
    assert_eq!(status, 200);
    for part in
        ["2 new, 0 changed", "1 unknown reference left out.", LEFT_OUT, "name=\"leave_out_unknown\" value=\"1\""]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let leaver = "email,active\nowner@demo.test,no\n";
    let (_, page) = look(&server, &headers, &[("kind", "people"), ("file", leaver)]);
    for part in ["Who would lose something", "owner@demo.test becomes inactive"] {
        assert!(page.contains(part), "{part}: {page}");
    }

    let file = dir.path().join("people.csv");
    std::fs::write(&file, FILE).expect("file");
    let (done, said) = import(&database, &file, &["--dry-run"]);
    assert!(!done && said.contains(LEFT_OUT) && said.contains("--leave-out-unknown imports everything else"), "{said}");
    let (done, said) = import(&database, &file, &["--dry-run", "--leave-out-unknown"]);
    assert!(done && said.contains("2 created") && said.contains("1 unknown reference left out"), "{said}");
    let (done, said) = import(&database, &file, &["--leave-out-unknown"]);
    assert!(done && said.contains(&format!("notice: {LEFT_OUT}; left out")), "{said}");
    let (done, said) = import(&database, &file, &["--leave-out-unknown"]);
    assert!(done && said.contains("0 created, 0 updated, 2 unchanged"), "{said}");
}
