//! The fields that each form has. Whatever else is sent to it is refused (`decisions.md`, Unknown fields): what a door does not know
//! it must not pass over in silence.

use app::features::{channels, connectors, directory as dir, login, settings as organisation};

/// A form of buttons alone.
pub(super) fn nothing(_: &str, _: &str) -> bool {
    false
}

/// Log in; with the form, sealed, that the log-in interrupted.
pub(super) fn log_in(_: &str, name: &str) -> bool {
    matches!(name, "email" | "password" | "next" | super::resume::RESUME)
}

/// Ask for a one-time link.
pub(super) fn forgot(_: &str, name: &str) -> bool {
    name == "email"
}

/// Set a password by a one-time link.
pub(super) fn by_link(_: &str, name: &str) -> bool {
    matches!(name, "password" | "again")
}

/// Set the first admin up.
pub(super) fn set_up(_: &str, name: &str) -> bool {
    matches!(name, "name" | "email" | "password")
}

/// Light or dark.
pub(super) fn theme(_: &str, name: &str) -> bool {
    name == "theme"
}

/// Change one's own password.
pub(super) fn password(_: &str, name: &str) -> bool {
    matches!(name, "current" | "password" | "again")
}

/// One's own account.
pub(super) fn account(_: &str, name: &str) -> bool {
    login::account_knows(name)
}

/// What is done to a flow beside saving it.
pub(super) fn flow_act(path: &str, name: &str) -> bool {
    path.ends_with("/delete") && name == "typed"
}

/// What is done to a grant.
pub(super) fn grant_act(path: &str, name: &str) -> bool {
    path.ends_with("/revoke") && name == "reason"
}

/// A connector.
pub(super) fn connector(_: &str, name: &str) -> bool {
    connectors::knows(name)
}

/// A channel.
pub(super) fn channel(_: &str, name: &str) -> bool {
    channels::knows(name)
}

/// What is done to a channel beside saving it.
pub(super) fn channel_act(path: &str, name: &str) -> bool {
    path.ends_with("/again") && name == "message"
}

/// Send again what never arrived.
pub(super) fn messages_again(_: &str, name: &str) -> bool {
    matches!(name, "q" | "kind")
}

/// Settings of the organisation.
pub(super) fn settings(_: &str, name: &str) -> bool {
    organisation::knows(name)
}

/// A person, a group or a resource.
pub(super) fn directory(path: &str, name: &str) -> bool {
    match path.split('/').nth(3) {
        Some("people") => dir::knows_person(name),
        Some("groups") => dir::knows_group(name),
        Some("resources") => dir::knows_resource(name),
        _ => false,
    }
}

/// What is done to a person, a group or a resource beside saving it.
pub(super) fn directory_act(path: &str, name: &str) -> bool {
    match (path.split('/').nth(3), path.rsplit('/').next()) {
        (Some("groups"), Some("add")) => name == "member",
        (Some("groups"), Some("remove")) => name == "person",
        (Some("resources"), Some("remove")) => name == "typed",
        _ => false,
    }
}

/// A file to look at.
pub(super) fn import(_: &str, name: &str) -> bool {
    matches!(name, "kind" | "file" | "invite" | "leave_out_unknown")
}

/// The same file, for real.
pub(super) fn import_write(_: &str, name: &str) -> bool {
    matches!(name, "kind" | "invite" | "leave_out_unknown" | "content")
}

/// A logo.
pub(super) fn logo(_: &str, name: &str) -> bool {
    matches!(name, "logo" | "do")
}

/// Ask for access.
pub(super) fn ask(_: &str, name: &str) -> bool {
    matches!(name, "flow" | "reason" | "duration")
}

/// Vote.
pub(super) fn vote(_: &str, name: &str) -> bool {
    matches!(name, "verdict" | "reason" | "comment" | "next_steps" | "duration" | "announced")
}
