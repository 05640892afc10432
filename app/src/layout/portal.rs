//! The user portal's frame.

use super::Viewer;
use super::account::account_menu;
use super::admin::{brand, skip};
use domain::view::PortalCounts;
use maud::{Markup, html};

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
