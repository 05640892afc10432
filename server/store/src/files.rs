//! The files of a SQLite database: who may read them, and which process holds them.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// For the owner alone.
const PRIVATE: u32 = 0o600;

/// The path of a file beside another one, whose name goes on with `ending`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Makes a file that nobody else may read, from its first moment on.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(PRIVATE).open(path)
}

/// Takes from others what they may do with a file, and says so; nothing when there is no such file. The file is never opened: SQLite
/// loses its locks when another descriptor of its file is closed.
pub(crate) fn tighten(path: &Path) {
    let Ok(found) = fs::metadata(path) else { return };
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return;
    }
    let file = path.display();
    match fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
        Ok(()) => {
            tracing::warn!(%file, "a file was open to others (mode {mode:04o}); it is its owner's alone now (mode {:04o})", mode & 0o700);
        }
        Err(error) => {
            tracing::warn!(%file, %error, "a file is open to others (mode {mode:04o}) and cannot be made its owner's alone");
        }
    }
}

/// Makes the name of a new file survive a power cut, where the system can.
pub(crate) fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// The files of one database.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    database: PathBuf,
}

impl Files {
    /// The files of the database at a path, whatever links lead there: each process must mean the same ones. An empty file, its
    /// owner's alone, is made where none is when `create`. Nothing when there is none.
    pub(crate) fn of(path: &Path, create: bool) -> Result<Option<Self>> {
        let unusable = |error: io::Error| Error::Unfit(format!("{} cannot be opened: {error}", path.display()));
        if create && !path.exists() {
            match create_private(path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(unusable(error)),
                _ => {}
            }
        }
        match fs::canonicalize(path) {
            Ok(database) => Ok(Some(Self { database })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(error)),
        }
    }

    /// Where the key lies.
    pub(crate) fn key(&self) -> PathBuf {
        beside(&self.database, ".key")
    }

    /// Makes everything that holds data the owner's alone.
    pub(crate) fn tighten(&self) {
        for ending in ["", "-wal", "-shm", "-journal", ".key"] {
            tighten(&beside(&self.database, ending));
        }
    }

    /// Keeps other processes from opening the database until the lock is dropped: the first one makes it or brings it up to date, the
    /// others wait for that.
    pub(crate) async fn lock_to_open(&self) -> Result<File> {
        let (path, file) = self.lock_file(".opening")?;
        let unusable = |error: io::Error| Error::Unfit(format!("{} cannot be locked: {error}", path.display()));
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tracing::debug!("another process opens the database; waiting for it"),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        waiting.map_err(|error| Error::Unfit(error.to_string()))?.map_err(unusable)
    }

    /// The lock of the one server of the database, for as long as it is kept.
    pub(crate) fn lock_to_serve(&self) -> Result<File> {
        let (path, mut file) = self.lock_file(".serving")?;
        match file.try_lock() {
            Ok(()) => {
                // Only so that whoever is refused can be told.
                let noted = file
                    .set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| writeln!(file, "{}", std::process::id()));
                if let Err(error) = noted {
                    tracing::debug!(%error, "the process was not noted");
                }
                Ok(file)
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                let by = text.trim().parse::<u32>().map(|process| format!(" (process {process})")).unwrap_or_default();
                let database = self.database.display();
                Err(Error::Unfit(format!("{database} is served already{by}; a SQLite database has one server")))
            }
            Err(TryLockError::Error(error)) => {
                Err(Error::Unfit(format!("{} cannot be locked: {error}", path.display())))
            }
        }
    }

    /// A file to lock, beside the database. Never the database itself: closing it would end SQLite's own locks.
    fn lock_file(&self, ending: &str) -> Result<(PathBuf, File)> {
        let path = beside(&self.database, ending);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(PRIVATE).open(&path);
        let file = opened.map_err(|error| Error::Unfit(format!("{} cannot be opened: {error}", path.display())))?;
        give_to_owner(&path, &self.database);
        Ok((path, file))
    }
}

/// What the administrator of the machine makes belongs to whom another file belongs to, as SQLite does with its own files: the server
/// could not open it otherwise.
pub(crate) fn give_to_owner(path: &Path, of: &Path) {
    let (Ok(of), Ok(made)) = (fs::metadata(of), fs::metadata(path)) else { return };
    if of.uid() != made.uid() {
        let _ = std::os::unix::fs::chown(path, Some(of.uid()), Some(of.gid()));
    }
}
