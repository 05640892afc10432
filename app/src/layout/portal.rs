//! The user portal's frame.

use super::Viewer;
use super::account::account_menu;
use super::admin::{brand, skip};
use maud::{Markup, html};

/// Top bar and main part around a sheet at `path`; `waiting` requests wait on the viewer's vote.
#[must_use]
pub fn portal_frame(viewer: &Viewer, path: &str, waiting: i64, body: &Markup) -> Markup {
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
                    (link("/portal/requests", "Requests", 0))
                    (link("/portal/approvals", "Approvals", waiting))
                }
                (account_menu(viewer, false))
            }
            main #main.wrap tabindex="-1" { (body) }
        }
    }
}
