//! A disk that is full: writes are refused, reads go on, and nobody has to start the server again.

use crate::program::{FORM, Program};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// Times that the disk fills up (`trust.md` 4.3).
const TIMES: usize = 20;

/// Writes until the disk takes no more.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).expect("a file");
    for size in [65_536, 4096, 512, 1] {
        let block = vec![0_u8; size];
        while file.write_all(&block).is_ok() {}
    }
}

/// A 4 MiB disk of its own in a mount namespace of its own, which ends with the server.
#[test]
fn a_full_disk_is_said_and_passes() {
    let dir = tempfile::tempdir().expect("temp dir");
    let disk = dir.path().join("disk");
    fs::create_dir(&disk).expect("a mount point");
    let database = format!("sqlite://{}", disk.join("d.db").display());
    let mut command = Command::new("unshare");
    // As root the namespace is enough; anybody else becomes root in a user namespace of their own.
    command.args(["--mount", "--map-root-user", "sh", "-euc"]);
    command.arg("mount -t tmpfs -o size=4m none \"$1\"; \"$2\" demo --requests 5 >/dev/null; exec \"$2\" serve");
    command.arg("sh").arg(&disk).arg(env!("CARGO_BIN_EXE_doorward"));
    let server = Program::serve(&mut command, &database, &dir.path().join("mail"));
    let headers = server
        .signed_in("admin@demo.test")
        .replace("application/json", FORM.trim_end().split(": ").nth(1).expect("a type"));
    let filler = server.sees(&disk.join("filler"));
    assert!(server.sees(&disk.join("d.db")).exists(), "the database lies on the small disk");
    for time in 0..TIMES {
        fill(&filler);
        let zone = ["Europe%2FBerlin", "Europe%2FVienna"][time % 2];
        // What fits into what is there already may still go through; what does not is refused, and never half done.
        let refused = (0..50).any(|_| {
            let (status, answer) = server.raw("POST /account", &headers, &format!("timezone={zone}"));
            assert!(matches!(status, 303 | 503), "{time}: {answer}");
            status == 503
        });
        assert!(refused, "{time}: fifty writes on a full disk");
        for page in ["/admin/requests", "/admin/audit", "/portal", "/readyz"] {
            let (status, answer) = server.raw(&format!("GET {page}"), &headers, "");
            assert_eq!(status, 200, "{time}: {page}: {answer}");
        }
        fs::remove_file(&filler).expect("room again");
        let (status, answer) = server.raw("POST /account", &headers, &format!("timezone={zone}"));
        assert_eq!(status, 303, "{time}: written again without a restart: {answer}");
    }
}
