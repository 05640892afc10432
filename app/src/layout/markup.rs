//! The frames in markup, for the pages that are not components yet. Server only.

use super::Viewer;
use super::admin::{LINKS, banner_words};
use crate::markup::avatar::avatar;
use crate::markup::icon::{Icon, icon};
use domain::view::PortalCounts;
use maud::{Markup, html};

/// The mark and the name.
fn brand(href: &str) -> Markup {
    html! { a.brand href=(href) { span.mark { (icon(Icon::Door)) } "Doorward" } }
}

fn nav(path: &str) -> Markup {
    html! {
        nav.nav aria-label="Admin portal" {
            @for (heading, href, label, shape) in LINKS {
                @if !heading.is_empty() { h2 { (heading) } }
                a href=(href) aria-current=[path.starts_with(href).then_some("page")] { (icon(shape)) (label) }
            }
        }
    }
}

fn side(viewer: &Viewer, path: &str) -> Markup {
    html! {
        aside.side {
            (brand("/admin/requests"))
            details.side-fold { summary aria-label="Menu" { (icon(Icon::Menu)) } (nav(path)) }
            div.side-wide { (nav(path)) }
            (account_menu(viewer, true))
        }
    }
}

/// The first link of a page, for the keyboard.
fn skip() -> Markup {
    html! { a.skip href="#main" { "Skip to content" } }
}

/// What stands before the frame.
fn before(viewer: &Viewer) -> Markup {
    let Some((label, sentence, href, more)) = banner_words(viewer) else { return skip() };
    html! {
        section.notice.warn.banner aria-label=(label) {
            (skip())
            (icon(Icon::Warn))
            span title=(sentence) { (sentence) }
            a href=(href) { "Show" span.hidden { (more) } }
        }
    }
}

/// The frame around a page of the admin portal at `path`.
#[must_use]
pub fn admin_frame(viewer: &Viewer, path: &str, body: &Markup) -> Markup {
    html! {
        div.frame {
            (before(viewer))
            div.admin { (side(viewer, path)) main #main.main tabindex="-1" { (body) } }
        }
    }
}

/// The menu, with a link to the portal that the viewer is not in.
fn account_menu(viewer: &Viewer, in_admin: bool) -> Markup {
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

/// Top bar and main part around a sheet at `path`. Requests stand in it while they are open to people, Approvals for those on whom
/// anything ever waited.
#[must_use]
pub fn portal_frame(viewer: &Viewer, path: &str, counts: &PortalCounts, body: &Markup) -> Markup {
    let link = |href: &str, label: &str, waiting: i64| {
        html! {
            a href=(href) aria-current=[(href == path).then_some("page")] {
                (label)
                @if waiting > 0 { span.count { (waiting) } }
            }
        }
    };
    html! {
        div.frame {
            (skip())
            header.top {
                (brand("/portal"))
                nav aria-label="User portal" {
                    (link("/portal", "Applications", 0))
                    @if counts.requests_enabled { (link("/portal/requests", "Requests", 0)) }
                    @if counts.is_approver || path == "/portal/approvals" { (link("/portal/approvals", "Approvals", counts.approvals)) }
                }
                (account_menu(viewer, false))
            }
            main #main.wrap tabindex="-1" { (body) }
        }
    }
}
