//! The account menu: who I am, password, theme, the other portal, log out.

use super::Viewer;
use crate::ui::avatar::avatar;
use crate::ui::icon::icon;
use leptos::prelude::*;

/// The menu, with a link to the portal that the viewer is not in.
#[must_use]
pub fn account_menu(viewer: &Viewer, in_admin: bool) -> impl IntoView + use<> {
    let other = if in_admin {
        Some(("/portal", "User Portal"))
    } else if viewer.admin {
        Some(("/admin/requests", "Admin Portal"))
    } else {
        None
    };
    let role = if viewer.admin { "Administrator" } else { "Member" };
    view! {
        <div class="account">
            <button type="button" class="account-button" popovertarget="account-menu" aria-label=format!("Account of {}", viewer.name)>
                {avatar(&viewer.name)}
                <span class="account-who"><b>{viewer.name.clone()}</b><small>{role}</small></span>
            </button>
            <div id="account-menu" popover="auto" class="popover account-popover">
                <p class="account-mail">{viewer.email.clone()}</p>
                {other.map(|(href, label)| view! { <a class="item" href=href rel="external">{icon("swap")}{label}</a> })}
                <a class="item" href="/account/password">{icon("key")}"Password"</a>
                <form method="post" action="/account/theme" class="themes" aria-label="Theme">
                    <button class="item" name="theme" value="light">{icon("sun")}"Light"</button>
                    <button class="item" name="theme" value="dark">{icon("moon")}"Dark"</button>
                    <button class="item" name="theme" value="system">{icon("screen")}"System"</button>
                </form>
                <form method="post" action="/logout">
                    <button class="item" type="submit">{icon("logout")}"Log out"</button>
                </form>
            </div>
        </div>
    }
}
