//! The menu of the account: other portal, password, help, theme, log-out.

use super::Viewer;
use crate::ui::avatar::avatar;
use crate::ui::icon::{Icon, icon};
use leptos::prelude::*;

/// The menu, with a link to the portal that the viewer is not in.
#[component]
pub fn AccountMenu(
    /// Whose account.
    viewer: Viewer,
    /// Whether the page is one of the admin portal.
    in_admin: bool,
) -> impl IntoView {
    let other = if in_admin {
        Some(("/portal", "User Portal"))
    } else if viewer.admin {
        Some(("/admin/requests", "Admin Portal"))
    } else {
        None
    };
    let role = if viewer.admin { "Administrator" } else { "Member" };
    let label = format!("Account of {}", viewer.name);
    view! {
        <div class="account">
            <button class="account-button" type="button" popovertarget="account-menu" aria-label=label>
                {avatar(&viewer.name)}
                <span class="account-who"><b>{viewer.name}</b><small>{role}</small></span>
            </button>
            <div id="account-menu" class="popover account-popover" popover="auto">
                <p class="account-mail">{viewer.email}</p>
                {other.map(|(href, label)| view! { <a class="item" href=href>{icon(Icon::Swap)}{label}</a> })}
                <a class="item" href="/account">{icon(Icon::Clock)}"Account and time zone"</a>
                <a class="item" href="/account/password" rel="external">{icon(Icon::Key)}"Password"</a>
                {viewer.support.map(|href| view! {
                    <a class="item" href=href rel="external noopener noreferrer" target="_blank">{icon(Icon::Info)}"Help"</a>
                })}
                <form class="themes" method="post" action="/account/theme" aria-label="Theme" data-whole="">
                    <button class="item" name="theme" value="light">{icon(Icon::Sun)}"Light"</button>
                    <button class="item" name="theme" value="dark">{icon(Icon::Moon)}"Dark"</button>
                    <button class="item" name="theme" value="system">{icon(Icon::Screen)}"System"</button>
                </form>
                <form method="post" action="/logout" data-whole="">
                    <button class="item" type="submit">{icon(Icon::Logout)}"Log out"</button>
                </form>
            </div>
        </div>
    }
}
