//! The directory: people, groups, resources, import (`product.md` 5).

mod groups;
mod import;
mod people;
mod resources;

pub use groups::{group, groups, knows as knows_group, read as read_group};
pub use import::import;
pub use people::{knows as knows_person, people, person, read as read_person};
pub use resources::{knows as knows_resource, read as read_resource, resource, resources};

use crate::form::FormState;
use crate::markup::icon::{Icon, icon};
use crate::markup::pages::pages;
use crate::markup::state::{empty, trouble};
use crate::sheet::Call;
use domain::filter::encode_pairs;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The head of the directory: tabs, and what is wrong with a form as a whole.
fn head(call: &Call, title: &str, new: Option<(&str, &str)>) -> Markup {
    let tab = |href: &str, label: &str| {
        html! { a.tab href=(href) aria-current=[call.path.starts_with(href).then_some("page")] { (label) } }
    };
    html! {
        div.crumb { "Organisation / Directory" }
        div.head {
            h1 { (title) }
            @if let Some((href, label)) = new { a.button.primary href=(href) { (icon(Icon::Plus)) (label) } }
        }
        nav.tabs aria-label="Directory" {
            (tab("/admin/directory/people", "People"))
            (tab("/admin/directory/groups", "Groups"))
            (tab("/admin/directory/resources", "Resources"))
            (tab("/admin/directory/import", "Import"))
        }
        @if let Some(message) = call.form.message() { (trouble(&message)) }
    }
}

/// A search that answers as one types; `more` are fields beside the text.
fn search(call: &Call, path: &str, label: &str, more: &Markup) -> Markup {
    html! {
        form.tools method="get" action=(path) role="search" data-live {
            div.search {
                (icon(Icon::Search))
                input #search-directory type="search" name="q" value=(call.query("q")) maxlength="200" autocomplete="off"
                    aria-label=(label) placeholder=(label);
            }
            (more)
        }
    }
}

/// The ways on from a page of a list.
fn pager(call: &Call, path: &str, next: Option<&str>) -> Markup {
    let href = |after: &[(&str, &str)]| {
        let asked = [("q", call.query("q")), ("all", call.query("all"))];
        format!("{path}?{}", encode_pairs(&[asked.as_slice(), after].concat()))
    };
    let first = (!call.query("after").is_empty()).then(|| href(&[]));
    let next = next.map(|next| href(&[("after", next)]));
    pages(first.as_deref().map(|href| (href, "First page")), next.as_deref().map(|href| (href, "Next page")))
}

/// A list without a line: because nothing fits what is searched for, or because there is nothing yet; then `hint` says how to begin.
fn nothing(call: &Call, path: &str, shape: Icon, title: &str, hint: &Markup) -> Markup {
    let clear = html! { "Nothing fits what you search for. " a href=(path) { "Show all" } };
    let found = call.query("q").trim().is_empty();
    html! { div.card { @if found { (empty(shape, title, hint)) } @else { (empty(Icon::Search, "Nothing found", &clear)) } } }
}

/// The foot of an editor: save, cancel, and the way to something that cannot be taken back.
fn bar(back: &str, label: &str, danger: Option<(&str, &str)>) -> Markup {
    html! {
        div.savebar {
            div.acts {
                @if let Some((href, label)) = danger { a.button.bad href=(href) data-noscroll { (label) } span.grow {} }
                a.button href=(back) { "Cancel" }
                button.button.primary type="submit" { (label) }
            }
        }
    }
}

/// The revision that the editor is based on, and whether somebody saved it since. A form that came back for another reason is
/// still based on what it began with; after a conflict it is based on what stands now.
fn seen(form: &FormState, now: Option<i64>) -> Markup {
    let conflict = form.error_at("seen");
    let began = form.value("seen").parse().ok().filter(|_| conflict.is_none());
    html! {
        @if let Some(revision) = began.or(now) { input type="hidden" name="seen" value=(revision); }
        @if let Some(error) = conflict { (trouble(&error)) }
    }
}

/// After a conflict, marks that give rights are ticked as they stand now, not as the form says: what somebody took away meanwhile
/// must not come back with the next click.
pub(super) fn with_present_rights(mut form: FormState, now: &[(&str, bool)]) -> FormState {
    if form.error_at("seen").is_some() {
        for (name, on) in now {
            form.values.insert((*name).to_owned(), if *on { "1" } else { "" }.to_owned());
        }
    }
    form
}

/// What a form says it is based on.
fn read_seen(fields: &BTreeMap<String, String>) -> Option<i64> {
    fields.get("seen").and_then(|text| text.parse().ok())
}

/// Names in a line, or that there are none.
fn names(names: &[String], none: &str) -> Markup {
    html! { @if names.is_empty() { span.sub { (none) } } @else { (names.join(", ")) } }
}
