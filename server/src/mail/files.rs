//! Mail that is written to files: the owner's alone, as whoever can read a link can log in.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use tokio::io::AsyncWriteExt as _;

/// Writes a message. Written beside its name first, so that a half-written message is never read.
pub(super) async fn write(dir: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).await?;
    let part = dir.join(format!(".{name}.part"));
    // What an attempt before left might be open to others.
    match tokio::fs::remove_file(&part).await {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = tokio::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part).await?;
    file.write_all(message).await?;
    file.flush().await?;
    drop(file);
    tokio::fs::rename(&part, dir.join(format!("{name}.eml"))).await
}

/// Takes from others what they may do with a directory of mail and the messages in it, and says so. A directory that holds anything
/// else is left as it is, and that is said: it may be meant to be open.
pub(super) fn tighten(dir: &Path) {
    let Ok(list) = fs::read_dir(dir) else { return };
    let (mut messages, mut others) = (Vec::new(), false);
    for entry in list.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".eml") || (name.starts_with('.') && name.ends_with(".part")) {
            messages.push(entry.path());
        } else {
            others = true;
        }
    }
    let opened = messages.iter().filter(|path| close(path, 0o600)).count();
    if opened > 0 {
        tracing::warn!(dir = %dir.display(), files = opened, "files of mail were open to others; they are their owner's alone now");
    }
    let Ok(found) = fs::symlink_metadata(dir) else { return };
    let is_shared = others || found.is_symlink() || found.mode() & 0o1000 != 0;
    if found.mode() & 0o077 == 0 {
        return;
    }
    if is_shared {
        tracing::warn!(dir = %dir.display(), "the directory of mail is open to others and holds other things; give mail one of its own");
    } else if close(dir, 0o700) {
        tracing::warn!(dir = %dir.display(), "the directory of mail was open to others; it is its owner's alone now");
    }
}

/// Makes a file its owner's alone; whether it was open to others.
fn close(path: &Path, mode: u32) -> bool {
    let Ok(found) = fs::symlink_metadata(path) else { return false };
    if found.is_symlink() || found.permissions().mode() & 0o077 == 0 {
        return false;
    }
    match fs::set_permissions(path, Permissions::from_mode(mode)) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "mail is open to others and cannot be made its owner's alone");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{tighten, write};
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("set");
    }

    #[tokio::test]
    async fn what_is_written_is_the_owners_alone() {
        let temp = tempfile::tempdir().expect("temp dir");
        let dir = temp.path().join("deep/mail");
        write(&dir, "invitation-1", b"a link").await.expect("written");
        let file = dir.join("invitation-1.eml");
        assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
        assert_eq!(fs::read(&file).expect("read"), b"a link");
        // A half-written one of an attempt before does not decide.
        fs::write(dir.join(".invitation-1.part"), "old").expect("write");
        write(&dir, "invitation-1", b"again").await.expect("written");
        assert_eq!((mode(&file), fs::read(&file).expect("read")), (0o600, b"again".to_vec()));
        assert_eq!(fs::read_dir(&dir).expect("list").count(), 1);
    }

    #[test]
    fn what_was_open_is_closed_and_nothing_else() {
        let temp = tempfile::tempdir().expect("temp dir");
        let dir = temp.path().join("mail");
        fs::create_dir(&dir).expect("dir");
        let [letter, part] = ["invitation-1.eml", ".x.part"].map(|name| dir.join(name));
        for path in [&letter, &part] {
            fs::write(path, "a link").expect("write");
            set(path, 0o644);
        }
        set(&dir, 0o755);
        tighten(&dir);
        assert_eq!((mode(&dir), mode(&letter), mode(&part)), (0o700, 0o600, 0o600));

        // A directory that holds other things stays as it is, and so do they.
        let other = dir.join("notes.txt");
        fs::write(&other, "notes").expect("write");
        set(&other, 0o644);
        set(&dir, 0o755);
        set(&letter, 0o640);
        tighten(&dir);
        assert_eq!((mode(&dir), mode(&letter), mode(&other)), (0o755, 0o600, 0o644));
        tighten(&temp.path().join("nowhere"));
    }
}
