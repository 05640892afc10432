//! The table of doors. Every door stands in it once: the router is built from it, the gate looks into it, and the contract is tested
//! against it.

use super::{BODY_MAX, IMPORT_MAX, State, assets, export, functions, known, logos, pages};
use super::{directory_forms, flow_forms, forms, grant_forms, login_forms, message_forms};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Redirect;
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;

/// Whether a form at this path has a field of this name.
pub type Knows = fn(path: &str, name: &str) -> bool;

/// What a door reads of a body. Fields that it does not know are refused (422), other types of content too (415).
#[derive(Clone, Copy, Debug)]
pub enum Reads {
    /// Nothing.
    Nothing,
    /// The fields of a form.
    Form(Knows),
    /// The fields of a form with files.
    Files(Knows),
    /// The input of a server function: JSON, or the fields of a form.
    Input,
}

/// What a door answers when its caller does not say what they want.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A page.
    Page,
    /// A file, or data.
    Data,
}

/// A door: one method at one path.
#[derive(Clone, Debug)]
pub struct Door {
    /// GET, which includes HEAD, or POST.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What it answers.
    pub gives: Gives,
    /// What it reads.
    pub reads: Reads,
    /// Largest body, in bytes.
    pub max: usize,
}

/// The doors that are open to those who are not logged in, by method and path; a fixed list. At every other one the answer is 401, for
/// a person who opens a page the log-in, before anything is said about the door.
pub const ANONYMOUS: [(Method, &str); 11] = [
    (Method::GET, "/"),
    (Method::GET, "/login"),
    (Method::POST, "/login"),
    (Method::GET, "/login/forgot"),
    (Method::POST, "/login/forgot"),
    (Method::GET, "/login/link/{token}"),
    (Method::POST, "/login/link/{token}"),
    (Method::GET, "/setup"),
    (Method::POST, "/setup"),
    (Method::POST, "/logout"),
    // The files of the public folder; what is not there is 401 for those who are not logged in, as everywhere.
    (Method::GET, "/{file}"),
];

/// Doors with a limit in common.
struct Set {
    router: Router<State>,
    doors: Vec<Door>,
    max: usize,
}

impl Set {
    fn new(max: usize) -> Self {
        Self { router: Router::new(), doors: Vec::new(), max }
    }

    fn add(mut self, method: Method, path: &'static str, gives: Gives, reads: Reads) -> Self {
        self.doors.push(Door { method, path, gives, reads, max: self.max });
        self
    }

    /// A page.
    fn page<T: 'static>(mut self, path: &'static str, handler: impl Handler<T, State>) -> Self {
        self.router = self.router.route(path, get(handler));
        self.add(Method::GET, path, Gives::Page, Reads::Nothing)
    }

    /// A file.
    fn file<T: 'static>(mut self, path: &'static str, handler: impl Handler<T, State>) -> Self {
        self.router = self.router.route(path, get(handler));
        self.add(Method::GET, path, Gives::Data, Reads::Nothing)
    }

    /// A form.
    fn form<T: 'static>(mut self, path: &'static str, knows: Knows, handler: impl Handler<T, State>) -> Self {
        self.router = self.router.route(path, post(handler));
        self.add(Method::POST, path, Gives::Page, Reads::Form(knows))
    }

    /// A form with files.
    fn files<T: 'static>(mut self, path: &'static str, knows: Knows, handler: impl Handler<T, State>) -> Self {
        self.router = self.router.route(path, post(handler));
        self.add(Method::POST, path, Gives::Page, Reads::Files(knows))
    }

    /// Server functions.
    fn functions<T: 'static>(mut self, path: &'static str, handler: impl Handler<T, State>) -> Self {
        self.router = self.router.route(path, post(handler));
        self.add(Method::POST, path, Gives::Data, Reads::Input)
    }

    fn limited(self) -> (Router<State>, Vec<Door>) {
        let router = self.router.layer(RequestBodyLimitLayer::new(self.max)).layer(DefaultBodyLimit::max(self.max));
        (router, self.doors)
    }
}

/// The routes of all doors that know who calls, and their table.
pub(super) fn all() -> (Router<State>, Vec<Door>) {
    let (mut router, mut table) = (Router::new(), Vec::new());
    for set in [entrance(), admin(), directory(), portal(), imports(), logo_forms()] {
        let (routes, doors) = set.limited();
        router = router.merge(routes);
        table.extend(doors);
    }
    (router, table)
}

/// Log-in, account, and what belongs to no portal.
fn entrance() -> Set {
    Set::new(BODY_MAX)
        .page("/", pages::start)
        .page("/login", pages::open_page)
        .form("/login", known::log_in, login_forms::log_in)
        .page("/login/forgot", pages::open_page)
        .form("/login/forgot", known::forgot, login_forms::forgot)
        .page("/login/link/{token}", pages::link_page)
        .form("/login/link/{token}", known::by_link, login_forms::by_link)
        .page("/setup", pages::setup_page)
        .form("/setup", known::set_up, login_forms::set_up)
        .form("/logout", known::nothing, login_forms::log_out)
        .page("/account", pages::member_page)
        .form("/account", known::account, grant_forms::account)
        .form("/account/theme", known::theme, login_forms::theme)
        .page("/account/password", pages::member_page)
        .form("/account/password", known::password, login_forms::change_password)
        .file("/logo/{id}", logos::serve)
        .functions("/fn/{name}", functions::call)
        .file("/{file}", assets::public_or_missing)
}

fn admin() -> Set {
    Set::new(BODY_MAX)
        .page("/admin", pages::start)
        .page("/admin/requests", pages::admin_page)
        .file("/admin/requests/export.csv", export::csv)
        .file("/admin/requests/export.json", export::json)
        .page("/admin/requests/{number}", pages::admin_page)
        .page("/admin/flows", pages::admin_page)
        .page("/admin/flows/new", pages::admin_page)
        .page("/admin/flows/{id}", pages::admin_page)
        .form("/admin/flows/{id}/{act}", known::flow_act, flow_forms::act)
        .page("/admin/grants", pages::admin_page)
        .form("/admin/grants/{id}/{act}", known::grant_act, grant_forms::grant)
        .page("/admin/connectors", pages::admin_page)
        .page("/admin/connectors/{id}", pages::admin_page)
        .form("/admin/connectors/{id}", known::connector, grant_forms::connector)
        .page("/admin/channels", pages::admin_page)
        .page("/admin/channels/{id}", pages::admin_page)
        .form("/admin/channels/{id}", known::channel, message_forms::channel)
        .form("/admin/channels/{id}/{act}", known::channel_act, message_forms::channel_act)
        .page("/admin/messages", pages::admin_page)
        .form("/admin/messages/again", known::messages_again, message_forms::send_all_again)
        .form("/admin/messages/{id}/again", known::nothing, message_forms::send_again)
        .page("/admin/audit", pages::admin_page)
        .file("/admin/audit/{ending}", export::audit)
        .page("/admin/settings", pages::admin_page)
        .form("/admin/settings", known::settings, forms::settings)
}

fn directory() -> Set {
    Set::new(BODY_MAX)
        .page("/admin/directory", || async { Redirect::to("/admin/directory/people") })
        .page("/admin/directory/{noun}", pages::admin_page)
        .page("/admin/directory/{noun}/{id}", pages::admin_page)
        .form("/admin/directory/{noun}/{id}", known::directory, directory_forms::save)
        .form("/admin/directory/{noun}/{id}/{act}", known::directory_act, directory_forms::act)
}

fn portal() -> Set {
    Set::new(BODY_MAX)
        .page("/portal", pages::member_page)
        .page("/portal/requests", pages::member_page)
        .form("/portal/requests", known::ask, forms::portal)
        .form("/portal/requests/{number}/withdraw", known::nothing, forms::portal)
        .form("/portal/applications/{resource}/give-back", known::nothing, forms::portal)
        .page("/portal/approvals", pages::member_page)
        .form("/portal/approvals/{number}", known::vote, forms::portal)
}

fn imports() -> Set {
    Set::new(IMPORT_MAX)
        .page("/admin/directory/import", pages::admin_page)
        .files("/admin/directory/import", known::import, directory_forms::look)
        .form("/admin/directory/import/write", known::import_write, directory_forms::write)
}

fn logo_forms() -> Set {
    Set::new(logos::BODY_MAX).files("/admin/directory/resources/{id}/logo", known::logo, logos::resource).files(
        "/admin/flows/{id}/logo",
        known::logo,
        logos::flow,
    )
}
