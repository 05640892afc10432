//! Commands about people.

use crate::boot::{self, Exit, Make};
use crate::config::Config;
use services::login::{Purpose, create_admin as create, mint_link};

/// Makes an administrator and prints a link to get in with.
pub(super) async fn create_admin(config: &Config, email: &str, name: &str) -> Result<(), Exit> {
    let services = boot::open(config, Make::Yes).await?;
    let actor = create(&services, email, name).await.map_err(words)?;
    println!("{} is an administrator.", actor.email);
    print_link(config, &services, &actor.email).await
}

/// Prints a one-time link.
pub(super) async fn link(config: &Config, email: &str) -> Result<(), Exit> {
    let services = boot::open(config, Make::No).await?;
    print_link(config, &services, email).await
}

async fn print_link(config: &Config, services: &services::Services, email: &str) -> Result<(), Exit> {
    let person = services::login::active_person(services, email).await?;
    let person = person.ok_or_else(|| Exit::failed(format!("there is no active person with the email {email}")))?;
    let token = mint_link(services, person, email, Purpose::Printed).await?;
    println!("{}login/link/{}", config.base_url, token.reveal());
    println!("The link works once, for one hour.");
    Ok(())
}

fn words(error: services::Error) -> Exit {
    match error {
        services::Error::Invalid(fields) if fields.iter().all(|error| error.field == "name") => {
            Exit::usage("--name: expected a name of one line, at most 200 characters, all of which can be seen")
        }
        services::Error::Invalid(_) => Exit::usage("EMAIL: expected an email address"),
        other => Exit::failed(other),
    }
}
