//! Commands about the key.

use crate::boot::{self, Exit, Make};
use crate::config::Config;
use secrecy::ExposeSecret;
use services::keys::{Key, KeyPlace};
use std::io::Write as _;

/// Prints a fresh key; nothing is kept.
pub(super) fn new() -> Result<(), Exit> {
    let key = Key::fresh().map_err(Exit::failed)?;
    print(&key)
}

fn print(key: &Key) -> Result<(), Exit> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", key.to_text().expose_secret()).and_then(|()| out.flush()).map_err(Exit::failed)
}

/// Seals everything under a fresh key.
pub(super) async fn rotate(config: &Config, lost: bool) -> Result<(), Exit> {
    let services = if lost { boot::open_without_key(config).await? } else { boot::open(config, Make::No).await? };
    let key = Key::fresh().map_err(Exit::failed)?;
    let place = services.store().key_place();
    if matches!(place, KeyPlace::Given | KeyPlace::Missing) {
        // Before anything is sealed under it: a key that nobody has seen would be lost with whatever it seals.
        print(&key)?;
        eprintln!("This key, {}, counts once everything is sealed under it.", key.id());
    }
    let resealed = services::keys::rotate(&services, &key)
        .await
        .map_err(|error| Exit::failed(format!("{error}; nothing was changed, and the key before still counts")))?;
    eprintln!("{} values are sealed under the key {}.", resealed.values, key.id());
    for name in &resealed.lost {
        eprintln!("A secret of {name} could not be opened: type it again.");
    }
    match place {
        KeyPlace::File(file) | KeyPlace::Later(file) => {
            eprintln!("The key lies in {}; a server that runs takes it up by itself.", file.display());
        }
        KeyPlace::Given | KeyPlace::Missing => {
            eprintln!("Set DOORWARD_KEY to it on every server now, and start each of them again.");
        }
    }
    Ok(())
}
