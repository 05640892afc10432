//! The account menu: who I am, password, theme, the other portal, log out.

use super::Viewer;
use crate::ui::avatar::avatar;
use crate::ui::icon::{Icon, icon};
use maud::{Markup, html};

/// The menu, with a link to the portal that the viewer is not in.
#[must_use]
pub fn account_menu(viewer: &Viewer, in_admin: bool) -> Markup {
    let other = if in_admin {
        Some(("/portal", "User Portal"))
    } else if viewer.admin {
        Some(("/admin/requests", "Admin Portal"))
    } else {
        None
    };
    let role = if viewer.admin { "Administrator" } else { "Member" };
    html! {
        div.account {
            button.account-button type="button" popovertarget="account-menu" aria-label={ "Account of " (viewer.name) } {
                (avatar(&viewer.name))
                span.account-who { b { (viewer.name) } small { (role) } }
            }
            div #account-menu.popover.account-popover popover="auto" {
                p.account-mail { (viewer.email) }
                @if let Some((href, label)) = other {
                    a.item href=(href) { (icon(Icon::Swap)) (label) }
                }
                a.item href="/account" { (icon(Icon::Clock)) "Account and time zone" }
                a.item href="/account/password" rel="external" { (icon(Icon::Key)) "Password" }
                @if let Some(href) = &viewer.support {
                    a.item href=(href) rel="external noopener noreferrer" target="_blank" { (icon(Icon::Info)) "Help" }
                }
                form.themes method="post" action="/account/theme" aria-label="Theme" data-whole {
                    button.item name="theme" value="light" { (icon(Icon::Sun)) "Light" }
                    button.item name="theme" value="dark" { (icon(Icon::Moon)) "Dark" }
                    button.item name="theme" value="system" { (icon(Icon::Screen)) "System" }
                }
                form method="post" action="/logout" data-whole {
                    button.item type="submit" { (icon(Icon::Logout)) "Log out" }
                }
            }
        }
    }
}
