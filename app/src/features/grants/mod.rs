//! Live grants: who has what by a request, until when, and taking it back; and how targets differ from that.

mod targets;

use crate::ctx::failed;
use crate::error::AppError;
use crate::markup::avatar::avatar;
use crate::markup::field::Field;
use crate::markup::icon::{Icon, icon};
use crate::markup::pages::pages;
use crate::markup::state::{empty, search_note, trouble};
use crate::markup::time::{absolute, time_ago};
use crate::sheet::{Call, Sheet};
use domain::filter::encode_pairs;
use domain::time::Timestamp;
use maud::{Markup, html};
use services::grants::{Asked, Grants, Live};
use targets::targets;

const PATH: &str = "/admin/grants";

/// The page, with the second screen before a grant is taken back.
///
/// # Errors
/// As [`AppError`].
pub async fn grants(call: &Call) -> Result<Sheet, AppError> {
    let asked = Asked {
        text: call.query("q").to_owned(),
        ending: call.query("order") == "ending",
        after: call.query("after").to_owned(),
    };
    let found = services::grants::live(call.services(), call.actor()?, &asked).await.map_err(failed)?;
    let revoke = call.query("revoke");
    let chosen = match revoke.parse() {
        Ok(id) => services::grants::one(call.services(), call.actor()?, id).await.map_err(failed)?,
        Err(_) => None,
    };
    let body = html! {
        div.crumb { "Security Management" }
        div.head { h1 { "Live Grants" } }
        @if chosen.is_none() && let Some(message) = call.form.message() { (trouble(&message)) }
        (targets(&found.targets, found.now))
        (tools(call, &asked))
        div #grants data-part { @if let Some(note) = search_note(&asked.text, "name, email and number") { (note) } (list(call, &found)) }
        @if let Some(grant) = &chosen { (revoke_screen(call, grant)) }
    };
    Ok(call.admin("Live Grants", &body))
}

fn tools(call: &Call, asked: &Asked) -> Markup {
    html! {
        form.tools method="get" action=(PATH) role="search" data-live {
            div.search {
                (icon(Icon::Search))
                input #search-grants type="search" name="q" value=(call.query("q")) maxlength="200" autocomplete="off"
                    aria-label="Search people and resources" placeholder="Search people and resources";
            }
            label.check { input type="checkbox" name="order" value="ending" checked[asked.ending]; span { "Ending soonest" } }
        }
    }
}

fn list(call: &Call, found: &Grants) -> Markup {
    if found.page.lines.is_empty() {
        if !call.query("q").trim().is_empty() {
            let hint = html! { "No live grant fits what you search for. " a href=(PATH) { "Show all" } };
            return html! { div.card { (empty(Icon::Search, "Nothing found", &hint)) } };
        }
        let hint = html! { "Access that requests produced stands here until it ends. What the directory gives is under Groups." };
        return html! { div.card { (empty(Icon::Clock, "No live grants", &hint)) } };
    }
    let href = |after: &str| {
        let pairs = [("q", call.query("q")), ("order", call.query("order")), ("after", after)];
        format!("{PATH}?{}", encode_pairs(&pairs))
    };
    let first = (!call.query("after").is_empty()).then(|| href(""));
    let next = found.page.next.as_deref().map(href);
    html! {
        div.card.wide-scroll {
            table.list {
                thead { tr { th { "Person" } th { "Resource" } th { "Since" } th { "Ends" } th { "Request" } th { span.hidden { "Actions" } } } }
                tbody { @for grant in &found.page.lines { (line(call, grant, found.now)) } }
            }
        }
        (pages(first.as_deref().map(|href| (href, "First page")), next.as_deref().map(|href| (href, "Next page"))))
    }
}

fn line(call: &Call, grant: &Live, now: Timestamp) -> Markup {
    let began = Timestamp(grant.began_at);
    let query =
        encode_pairs(&[("q", call.query("q")), ("order", call.query("order")), ("revoke", &grant.id.to_string())]);
    html! {
        tr {
            td { div.who { (avatar(&grant.person)) div { div.name { (grant.person) } div.sub { (grant.email) } } } }
            td { div.name { (grant.resource_name) } div.sub { "group " (grant.group_name) } }
            td { (time_ago(began, now)) }
            td {
                @match grant.ends_at.map(Timestamp) {
                    Some(ends) => { (time_ago(ends, now)) (left(began, ends, now)) }
                    None => span.sub { "not by itself" },
                }
            }
            td { a.link href={ "/admin/requests/" (grant.request) } { "#" (grant.request) } }
            td { a.button.quiet href={ (PATH) "?" (query) } data-noscroll aria-label={ "Revoke " (grant.resource_name) " of " (grant.person) } { "Revoke…" } }
        }
    }
}

/// How much of the time is left, drawn.
pub(crate) fn left(began: Timestamp, ends: Timestamp, now: Timestamp) -> Markup {
    let all = (ends.0 - began.0).max(1);
    let gone = (now.0 - began.0).clamp(0, all);
    html! { progress.left max="100" value=(100 - gone * 100 / all) aria-label="Time left" {} }
}

fn revoke_screen(call: &Call, grant: &Live) -> Markup {
    let form = &call.form;
    let (value, error) = (form.value("reason"), form.error_at("reason"));
    let reason = Field {
        name: "reason",
        label: "Reason",
        hint: "Sent to the person, and kept in the audit.",
        value: &value,
        error: error.as_deref(),
        required: true,
        autofocus: true,
        ..Field::default()
    };
    let back = encode_pairs(&[("q", call.query("q")), ("order", call.query("order"))]);
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { "Revoke " (grant.resource_name) " of " (grant.person) }
            form method="post" action={ (PATH) "/" (grant.id) "/revoke" } {
                div.dialog-body {
                    @if let Some(message) = form.message() { (trouble(&message)) }
                    p {
                        "Access by request " a.link href={ "/admin/requests/" (grant.request) } { "#" (grant.request) }
                        " ends at once"
                        @if let Some(ends) = grant.ends_at { " instead of " (absolute(Timestamp(ends))) }
                        ". What another grant or the directory gives stays. Where a connector gave it, it is taken back in the target, and stands here until that is confirmed."
                    }
                    (reason.text_area())
                }
                footer {
                    a.button href={ (PATH) "?" (back) } data-noscroll data-leave { "Cancel" }
                    button.button.danger type="submit" { "Revoke access" }
                }
            }
        }
    }
}
