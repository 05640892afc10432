//! The table of sheets.

use super::{Call, Sheet};
use crate::error::AppError;
use crate::features::{
    audit, channels, connectors, directory, flows, grants, login, messages, portal, settings, status,
};

/// What stands at an address.
#[derive(Debug)]
pub enum Found {
    /// A component of the route table.
    Component,
    /// A sheet.
    Sheet(Sheet),
}

/// The page at the call's address.
pub async fn open(call: &Call) -> Found {
    if crate::routes::is_component(&call.path) {
        return Found::Component;
    }
    let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    let made = match parts.as_slice() {
        ["admin", "flows"] => flows::flows(call).await,
        ["admin", "directory", "people"] => directory::people(call).await,
        ["admin", "directory", "people", id] => directory::person(call, id).await,
        ["admin", "directory", "groups"] => directory::groups(call).await,
        ["admin", "directory", "groups", id] => directory::group(call, id).await,
        ["admin", "directory", "resources"] => directory::resources(call).await,
        ["admin", "directory", "resources", id] => directory::resource(call, id).await,
        ["admin", "directory", "import"] => directory::import(call).await,
        ["admin", "grants"] => grants::grants(call).await,
        ["admin", "connectors"] => connectors::connectors(call).await,
        ["admin", "connectors", id] => connectors::connector(call, id).await,
        ["admin", "channels"] => channels::channels(call).await,
        ["admin", "channels", id] => channels::channel(call, id).await,
        ["admin", "messages"] => messages::messages(call).await,
        ["admin", "audit"] => audit::audit(call).await,
        ["admin", "settings"] => settings::settings(call).await,
        ["portal"] => portal::applications(call).await,
        ["portal", "requests"] => portal::requests(call).await,
        ["portal", "approvals"] => portal::approvals(call).await,
        ["login"] => Ok(login::log_in(call)),
        ["login", "forgot"] => Ok(login::forgot(call)),
        ["login", "link", token] => Ok(login::by_link(call, token)),
        ["setup"] => Ok(login::set_up(call)),
        ["account"] => login::account(call).await,
        ["account", "password"] => Ok(login::password(call)),
        _ => Err(AppError::NotFound),
    };
    Found::Sheet(made.unwrap_or_else(|error| status::page(&error)))
}
