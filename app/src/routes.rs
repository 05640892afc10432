//! The table of pages.

use crate::features::{portal, queue, status};
use crate::form::use_flash;
use crate::ui::live::{Announcements, provide_announcer};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

/// The app: every page, and what all of them share.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let announcer = provide_announcer(use_flash());
    view! {
        <Router>{pages()}</Router>
        <Announcements announcer=announcer/>
    }
}

/// Pages that the browser takes over, and on the server those that begin or end a session: plain forms, for which the browser
/// needs no code.
#[cfg(feature = "ssr")]
fn pages() -> impl IntoView {
    use crate::features::login;
    view! {
        <FlatRoutes fallback=|| view! { <status::NotFound/> }>
            <Route path=path!("/login") view=login::LoginPage ssr=SsrMode::Async/>
            <Route path=path!("/login/forgot") view=login::ForgotPage ssr=SsrMode::Async/>
            <Route path=path!("/login/link/:token") view=login::LinkPage ssr=SsrMode::Async/>
            <Route path=path!("/setup") view=login::SetupPage ssr=SsrMode::Async/>
            <Route path=path!("/account/password") view=login::PasswordPage ssr=SsrMode::Async/>
            <Route path=path!("/admin/requests") view=queue::QueuePageView ssr=SsrMode::Async/>
            <Route path=path!("/admin/requests/:number") view=queue::RequestPage ssr=SsrMode::Async/>
            <Route path=path!("/portal") view=portal::ApplicationsPage ssr=SsrMode::Async/>
            <Route path=path!("/portal/requests") view=portal::RequestsPage ssr=SsrMode::Async/>
            <Route path=path!("/portal/approvals") view=portal::ApprovalsPage ssr=SsrMode::Async/>
            <Route path=path!("/forbidden") view=status::Forbidden ssr=SsrMode::Async/>
        </FlatRoutes>
    }
}

/// Pages that the browser takes over.
#[cfg(not(feature = "ssr"))]
fn pages() -> impl IntoView {
    view! {
        <FlatRoutes fallback=|| view! { <status::NotFound/> }>
            <Route path=path!("/admin/requests") view=queue::QueuePageView ssr=SsrMode::Async/>
            <Route path=path!("/admin/requests/:number") view=queue::RequestPage ssr=SsrMode::Async/>
            <Route path=path!("/portal") view=portal::ApplicationsPage ssr=SsrMode::Async/>
            <Route path=path!("/portal/requests") view=portal::RequestsPage ssr=SsrMode::Async/>
            <Route path=path!("/portal/approvals") view=portal::ApprovalsPage ssr=SsrMode::Async/>
        </FlatRoutes>
    }
}
