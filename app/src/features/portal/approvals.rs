//! Approvals: what waits on my vote, and what I decided.

use crate::ctx::failed;
use crate::error::AppError;
use crate::features::queue::{offered, steps_view};
use crate::form::FormState;
use crate::sheet::{Call, Sheet};
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::field::Field;
use crate::ui::icon::Icon;
use crate::ui::state::{empty, trouble};
use crate::ui::time::{absolute, relative};
use crate::ui::words::span_words;
use domain::request::Verdict;
use domain::time::Span;
use domain::time::Timestamp;
use domain::view::Approval;
use maud::{Markup, html};

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn approvals(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let found = services::portal::approvals(services, actor).await.map_err(failed)?;
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    let body = html! {
        section {
            h1 { "Waiting for your approval" }
            @if let Some(message) = call.form.message() { (trouble(&message)) }
            @if found.waiting.is_empty() {
                (nothing())
            } @else {
                div.card.rows { @for item in &found.waiting { (waiting(call, item, found.now)) } }
            }
        }
        (decided(&found.decided, found.now))
    };
    Ok(call.portal("Approvals", &counts, &body))
}

fn waiting(call: &Call, item: &Approval, now: Timestamp) -> Markup {
    let number = item.row.number.0;
    let came_back = (call.form.value("number") == number.to_string()).then_some(&call.form);
    let open = call.query("open") == number.to_string() || came_back.is_some();
    html! {
        details.line.approval id={ "approval-" (number) } open[open] {
            (summary(item, now))
            div.review { (about(item, now)) (votes(item, &came_back.cloned().unwrap_or_default())) }
        }
    }
}

fn nothing() -> Markup {
    let hint = html! { "Requests that need your vote appear here." };
    html! { div.card { (empty(Icon::Check, "Nothing waits on you", &hint)) } }
}

fn summary(item: &Approval, now: Timestamp) -> Markup {
    let row = &item.row;
    let asked = item.requested.map(|span| format!(" for {}", span_words(span))).unwrap_or_default();
    html! {
        summary {
            (avatar(&row.requester))
            span.grow {
                span.name { (row.requester) }
                span.sub { "wants " (row.resource) (asked) ", " (relative(row.submitted_at, now)) }
            }
            (logo(&row.resource, &row.look))
            span.button { "Review" }
        }
    }
}

fn about(item: &Approval, now: Timestamp) -> Markup {
    let row = &item.row;
    let work = [item.title.as_str(), row.department.as_str()];
    let work = work.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    html! {
        div {
            blockquote { (item.reason) }
            dl.facts {
                dt { "Requester" } dd { (row.requester) @if !work.is_empty() { ", " (work) } ", " (row.email) }
                dt { "Manager" } dd { (item.manager.as_deref().unwrap_or("nobody is set")) }
                dt { "Gives" } dd { (row.resource) ", by group " b { (item.group) } }
                dt { "For" } dd { @match item.requested { Some(span) => { (span_words(span)) } None => "as long as it is needed" } }
                @if let Some(until) = item.until { dt { "Has it until" } dd { (absolute(until)) ", so this asks for more time" } }
                @if let Some(expires) = row.expires_at { dt { "Decide by" } dd { (absolute(expires)) } }
            }
            (steps_view(&item.steps, now))
        }
    }
}

/// For how long, when this approval would be the last that is needed.
fn duration(item: &Approval, form: &FormState) -> Markup {
    let longest = item.access.longest().filter(|_| item.last);
    let Some(longest) = longest else { return html! {} };
    let spans = offered(&item.access, longest);
    let chosen = Span::parse(&form.value("duration")).or(item.requested);
    let id = format!("field-duration-{}", item.row.number);
    html! {
        div.field {
            label for=(id) { "Access lasts" }
            select id=(id) name="duration" {
                @for span in spans {
                    option value=(span) selected[Some(span) == chosen] {
                        (span_words(span)) @if Some(span) == item.requested { " (asked)" }
                    }
                }
            }
            @if let Some(error) = form.error_at("duration") { span.field-error { (error) } }
        }
    }
}

/// Both votes, each on a screen of its own that says what it does, with what was typed and what is wrong.
fn votes(item: &Approval, form: &FormState) -> Markup {
    let number = item.row.number.0;
    let scope = format!("-{number}");
    let action = format!("/portal/approvals/{number}");
    let area = |name: &str, label: &str, hint: &str, required: bool| {
        let (value, error) = (form.value(name), form.error_at(name));
        let field = Field { name, scope: &scope, label, hint, required, ..Field::default() };
        Field { value: &value, error: error.as_deref(), ..field }.text_area()
    };
    html! {
        div.votes {
            details.approve open[form.value("verdict") == "approve"] {
                summary.button.primary { "Approve…" }
                form.stack method="post" action=(action) {
                    input type="hidden" name="verdict" value="approve";
                    p {
                        @if item.last { "Yours is the last approval that is needed: " b { (item.row.requester) } " gets " b { (item.row.resource) } " at once." }
                        @else { "Others must agree too before " b { (item.row.requester) } " gets " b { (item.row.resource) } "." }
                    }
                    (duration(item, form))
                    (area("comment", "Comment", "Optional.", false))
                    button.button.primary type="submit" { "Approve" }
                }
            }
            details.deny open[form.value("verdict") == "deny"] {
                summary.button.bad { "Deny…" }
                form.stack method="post" action=(action) {
                    input type="hidden" name="verdict" value="deny";
                    (area("reason", "Reason", "Sent to the requester.", true))
                    (area("next_steps", "Next steps", "Optional. Sent to the requester.", false))
                    button.button.danger type="submit" { "Deny Access" }
                }
            }
        }
    }
}

fn decided(items: &[Approval], now: Timestamp) -> Markup {
    html! {
        section hidden[items.is_empty()] {
            h2 { "What you decided" }
            div.card.rows { @for item in items { (decided_item(item, now)) } }
        }
    }
}

fn decided_item(item: &Approval, now: Timestamp) -> Markup {
    let row = &item.row;
    html! {
        article.line {
            (avatar(&row.requester))
            div.grow {
                div.name { (row.requester) }
                div.sub {
                    @if let Some((verdict, at)) = item.voted {
                        (if verdict == Verdict::Approve { "You approved " } else { "You denied " }) (relative(at, now))
                        ", " (row.resource) " for " (row.requester)
                    }
                }
            }
            (status_badge(row.status, row.in_flight))
        }
    }
}
