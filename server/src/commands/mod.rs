//! The command line.

mod data;
mod key;
mod people;
mod serve;

use crate::boot::{self, Exit};
use crate::config::Given;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Self-hosted access requests: people ask, the responsible people decide, everyone is told, and it can be proved later.
#[derive(Debug, Parser)]
#[command(name = "doorward", version)]
pub struct Cli {
    #[command(flatten)]
    given: Given,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portals (default)
    Serve,
    /// Bring the database up to date and end
    Migrate,
    /// Fill an empty database with a believable organisation
    Demo {
        /// Exactly so many requests
        #[arg(long, default_value_t = 2000)]
        requests: u64,
        /// Same seed, same data
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Import people, groups, resources (CSV) or flows (JSON)
    Import {
        /// What the file holds
        kind: Kind,
        /// The file
        file: PathBuf,
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
        /// Mail no one-time link to new people (`doorward link EMAIL` prints one; "Forgotten" mails one)
        #[arg(long)]
        no_invitations: bool,
        /// Leave out references to people and groups that nobody knows, and import the rest
        #[arg(long)]
        leave_out_unknown: bool,
    },
    /// Administrators
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Print a one-time log-in link for a person
    Link {
        /// Email of the person
        email: String,
    },
    /// Mail
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// The key under which secrets lie sealed in the database
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Prove the invariants; exit 1 and the offenders if they do not hold
    Check,
    /// Say what is set up, and what is wrong with it
    Doctor,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    People,
    Groups,
    Resources,
    Flows,
}

#[derive(Debug, Subcommand)]
enum AdminCommand {
    /// Make a person an administrator, known or not
    Create {
        /// Email of the person
        email: String,
        /// Name, for a person who is not known yet
        #[arg(long, default_value = "")]
        name: String,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Print a fresh key, for DOORWARD_KEY
    New,
    /// Seal every secret under a fresh key, which is printed unless it lies in the file beside a SQLite database
    Rotate {
        /// Give up what is sealed under a key that is lost for good: the secrets of all connectors and channels must be typed again
        #[arg(long)]
        lost: bool,
    },
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// Write every message with made-up data into a directory
    Preview {
        /// The directory
        dir: PathBuf,
    },
}

/// Runs a command.
///
/// # Errors
/// What to print and the exit code.
pub async fn run(cli: Cli) -> Result<(), Exit> {
    let config = cli.given.check().map_err(Exit::usage)?;
    boot::start_log(&config.log)?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(config).await,
        Command::Migrate => data::migrate(&config).await,
        Command::Demo { requests, seed } => data::demo(&config, requests, seed).await,
        Command::Import { kind, file, dry_run, no_invitations, leave_out_unknown } => {
            let how = services::import::How { dry_run, invite: !no_invitations, leave_out_unknown };
            data::import(&config, kind, &file, how).await
        }
        Command::Admin { command: AdminCommand::Create { email, name } } => {
            people::create_admin(&config, &email, &name).await
        }
        Command::Link { email } => people::link(&config, &email).await,
        Command::Mail { command: MailCommand::Preview { dir } } => {
            let names = crate::mail::preview(&dir).map_err(Exit::failed)?;
            println!("{} files in {}", names.len(), dir.display());
            Ok(())
        }
        Command::Key { command: KeyCommand::New } => key::new(),
        Command::Key { command: KeyCommand::Rotate { lost } } => key::rotate(&config, lost).await,
        Command::Check => data::check(&config).await,
        Command::Doctor => data::doctor(&config).await,
    }
}
