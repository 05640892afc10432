//! Commands about data.

use super::Kind;
use crate::boot::{self, Exit, Make};
use crate::config::Config;
use services::import::How;
use services::keys::KeyPlace;
use std::path::Path;

/// Opening migrates.
pub(super) async fn migrate(config: &Config) -> Result<(), Exit> {
    boot::open(config, Make::Yes).await?;
    println!("The database is up to date.");
    Ok(())
}

/// Fills an empty database.
pub(super) async fn demo(config: &Config, requests: u64, seed: u64) -> Result<(), Exit> {
    let services = boot::open(config, Make::Yes).await?;
    let say = |line: &str| eprintln!("{line}");
    services::demo::fill(&services, requests, seed, &say).await?;
    println!(
        "A demo organisation with {requests} requests is there. Log in with the password {}:",
        services::demo::PASSWORD
    );
    for (email, role) in services::demo::ACCOUNTS {
        println!("  {email:<24} {role}");
    }
    Ok(())
}

/// Imports a file.
pub(super) async fn import(config: &Config, kind: Kind, file: &Path, how: How) -> Result<(), Exit> {
    use services::import::{ImportError, Kind as What};
    let bytes = std::fs::read(file).map_err(|error| Exit::usage(format!("{}: {error}", file.display())))?;
    let services = boot::open(config, Make::No).await?;
    let what = match kind {
        Kind::People => What::People,
        Kind::Groups => What::Groups,
        Kind::Resources => What::Resources,
        Kind::Flows => What::Flows,
    };
    let report = match services::import::import(&services, what, &bytes, how, None, &services::Origin::default()).await
    {
        Ok(report) => report,
        Err(ImportError::Services(error)) => return Err(error.into()),
        Err(ImportError::Problems(problems)) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            if problems.iter().all(|problem| problem.unknown) {
                eprintln!("--leave-out-unknown imports everything else");
            }
            return Err(Exit::failed(format!("nothing was imported: {} problems", problems.len())));
        }
    };
    for notice in report.notices.iter().chain(&report.left_out) {
        eprintln!("notice: {notice}");
    }
    for loss in &report.losses {
        eprintln!("loss: {loss}");
    }
    if how.dry_run {
        for change in &report.changes {
            println!("{change}");
        }
    }
    let tail = if how.dry_run { "; nothing was written" } else { "" };
    println!("{} created, {} updated, {} unchanged{tail}", report.created, report.updated, report.unchanged);
    match report.left_out.len() {
        0 => {}
        1 => println!("1 unknown reference left out"),
        count => println!("{count} unknown references left out"),
    }
    if report.invited > 0 {
        let verb = if how.dry_run { "would be invited" } else { "are invited" };
        println!("{} new people {verb} by mail; --no-invitations leaves that out", report.invited);
    }
    Ok(())
}

/// Proves the invariants.
pub(super) async fn check(config: &Config) -> Result<(), Exit> {
    let services = boot::open(config, Make::No).await?;
    let found = services::check::check(&services).await?;
    for broken in &found {
        println!("{}: {} ({})", broken.name, broken.what, broken.examples.join(", "));
    }
    if found.is_empty() {
        println!("All invariants hold.");
        Ok(())
    } else {
        Err(Exit::failed(format!("{} invariants do not hold", found.len())))
    }
}

/// Says what is set up.
pub(super) async fn doctor(config: &Config) -> Result<(), Exit> {
    let services = boot::open(config, Make::No).await?;
    println!("database   {:?}, reachable, up to date", services.store().engine());
    println!("base URL   {}", config.base_url);
    println!(
        "mail       {}",
        match &config.mail {
            crate::mail::MailTarget::Smtp { host, port, tls, .. } => format!("SMTP {host}:{port}, {tls:?}"),
            crate::mail::MailTarget::Files(dir) => format!("files in {}", dir.display()),
        }
    );
    println!(
        "key        {}",
        match services.store().key_place() {
            KeyPlace::Given => "given by DOORWARD_KEY".to_owned(),
            KeyPlace::File(file) => format!("in {}: keep a copy of it apart from the backups", file.display()),
            KeyPlace::Later(file) =>
                format!("none yet; made in {} with the first connector or channel", file.display()),
            KeyPlace::Missing => "none: connectors and channels cannot be made until DOORWARD_KEY is set".to_owned(),
        }
    );
    if let Some(said) = boot::mail_in_files(&services, config).await? {
        println!("warning    {said}");
    }
    if services::login::setup_needed(&services).await? {
        println!("admins     none: open {}setup, or run doorward admin create EMAIL", config.base_url);
    } else {
        println!("admins     there is at least one");
    }
    Ok(())
}
