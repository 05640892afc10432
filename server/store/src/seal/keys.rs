//! Where the key comes from: it is given, or lies in a file beside a SQLite database.

use super::key::Key;
use crate::error::{Error, Result};
use crate::files;
use secrecy::ExposeSecret;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Where the key of a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// It was given from outside.
    Given,
    /// It lies in this file.
    File(PathBuf),
    /// There is none yet; it is made in this file when the first secret is kept.
    Later(PathBuf),
    /// There is none, and none can be made: no secret can be kept until one is given.
    Missing,
}

/// The key that a store has now.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The file, when the key was not given.
    file: Option<PathBuf>,
    current: RwLock<Option<Key>>,
    /// Seals what need not outlast the process, while there is no key.
    passing: Key,
}

impl Keys {
    /// The key that is given, or that lies in the file.
    pub(crate) fn new(given: Option<Key>, file: Option<PathBuf>) -> Result<Self> {
        let file = file.filter(|_| given.is_none());
        let key = match (&given, &file) {
            (None, Some(file)) => read(file)?,
            _ => given,
        };
        let passing = Key::fresh().map_err(|error| Error::Key(error.to_string()))?;
        Ok(Self { file, current: RwLock::new(key), passing })
    }

    pub(crate) fn current(&self) -> Option<Key> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key for what lies outside of the database for a while: the current one, else one that ends with the process.
    pub(crate) fn current_or_passing(&self) -> Key {
        self.current().unwrap_or_else(|| self.passing.clone())
    }

    fn take_up(&self, key: Key) -> Key {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
        key
    }

    pub(crate) fn place(&self) -> KeyPlace {
        match (&self.file, self.current()) {
            (None, Some(_)) => KeyPlace::Given,
            (None, None) => KeyPlace::Missing,
            (Some(file), Some(_)) => KeyPlace::File(file.clone()),
            (Some(file), None) => KeyPlace::Later(file.clone()),
        }
    }

    /// The key of this name; nothing when the store does not have it. A key file is read again: another process may have changed the
    /// key, or died between the commit of a change and the renaming of the file.
    pub(crate) fn named(&self, id: &str) -> Result<Option<Key>> {
        if let Some(key) = self.current().filter(|key| key.id() == id) {
            return Ok(Some(key));
        }
        if self.passing.id() == id {
            return Ok(Some(self.passing.clone()));
        }
        let Some(file) = &self.file else { return Ok(None) };
        if let Some(key) = read(file)?.filter(|key| key.id() == id) {
            return Ok(Some(self.take_up(key)));
        }
        let next = next(file);
        match read(&next)?.filter(|key| key.id() == id) {
            Some(key) => {
                fs::rename(&next, file).map_err(|error| unusable(file, &error))?;
                Ok(Some(self.take_up(key)))
            }
            None => Ok(None),
        }
    }

    /// The key; one is made in its file when there is none. To be called by one process at a time: within a write transaction.
    pub(crate) fn make(&self) -> Result<Option<Key>> {
        if let Some(key) = self.current() {
            return Ok(Some(key));
        }
        let Some(file) = &self.file else { return Ok(None) };
        if let Some(key) = read(file)? {
            return Ok(Some(self.take_up(key)));
        }
        let key = Key::fresh().map_err(|error| Error::Key(error.to_string()))?;
        write(file, &key)?;
        tracing::warn!(file = %file.display(), "secrets are sealed under a new key in a file of its own: keep a copy of it, but not beside the backups of the database");
        Ok(Some(self.take_up(key)))
    }

    /// Writes the key that comes next beside the file, before anything is sealed under it.
    pub(crate) fn stage(&self, key: &Key) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let next = next(file);
        match fs::remove_file(&next) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(unusable(&next, &error)),
            _ => write(&next, key),
        }
    }

    /// Takes the key that was staged up, after the commit that sealed everything under it.
    pub(crate) fn settle(&self, key: &Key) -> Result<()> {
        if let Some(file) = &self.file {
            fs::rename(next(file), file).map_err(|error| unusable(file, &error))?;
            files::sync_folder(file);
        }
        self.take_up(key.clone());
        Ok(())
    }
}

fn next(file: &Path) -> PathBuf {
    files::beside(file, ".new")
}

fn unusable(file: &Path, error: &std::io::Error) -> Error {
    Error::Key(format!("the key file {} cannot be used: {error}", file.display()))
}

fn read(file: &Path) -> Result<Option<Key>> {
    match fs::read_to_string(file) {
        Ok(text) => {
            files::tighten(file);
            let wrong = |error| Error::Key(format!("the key file {} holds no key: {error}", file.display()));
            Key::parse(&text).map(Some).map_err(wrong)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(file, &error)),
    }
}

/// Written whole and to the disk before anybody seals anything under it.
fn write(file: &Path, key: &Key) -> Result<()> {
    let written = files::create_private(file).and_then(|mut out| {
        out.write_all(key.to_text().expose_secret().as_bytes())?;
        out.write_all(b"\n")?;
        out.sync_all()
    });
    written.map_err(|error| unusable(file, &error))?;
    // `x.db.key` belongs to whom `x.db` does, `x.db.key.new` to whom `x.db.key` does.
    files::give_to_owner(file, &file.with_extension(""));
    files::sync_folder(file);
    Ok(())
}
