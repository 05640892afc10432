//! Approvals: what waits on my vote, and what I decided.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::avatar::{avatar, logo};
use crate::markup::badge::status_badge;
use crate::markup::durations::{durations, not_yet};
use crate::markup::field::Field;
use crate::markup::icon::Icon;
use crate::markup::progress::steps_view;
use crate::markup::state::{empty, trouble};
use crate::sheet::{Call, Sheet};
use crate::ui::time::{absolute, relative};
use crate::ui::words::UNREMINDED;
use crate::ui::words::span_words;
use domain::request::{Announced, Verdict};
use domain::time::Timestamp;
use domain::view::Approval;
use maud::{Markup, html};

const PATH: &str = "/portal/approvals";

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn approvals(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let mut found = services::portal::approvals(services, actor).await.map_err(failed)?;
    found.decided.sort_by_key(|item| std::cmp::Reverse(item.voted.map(|(_, at)| at)));
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    let screen = asked(call).and_then(|(number, verdict)| {
        let item = found.waiting.iter().find(|item| item.row.number.0 == number)?;
        Some(vote_screen(item, verdict, &call.form))
    });
    let body = html! {
        section {
            h1 { "Waiting for your approval" }
            @if screen.is_none() && let Some(message) = call.form.message() { (trouble(&message)) }
            @if found.waiting.is_empty() {
                (nothing())
            } @else {
                div.card.rows { @for item in &found.waiting { (waiting(call, item, found.now)) } }
            }
        }
        (decided(&found.decided, found.now))
        @if let Some(screen) = screen { (screen) }
    };
    Ok(call.portal("Approvals", &counts, &body))
}

fn waiting(call: &Call, item: &Approval, now: Timestamp) -> Markup {
    let number = item.row.number.0;
    let open = call.query("open") == number.to_string() || call.form.value("number") == number.to_string();
    html! {
        details.line.approval id={ "approval-" (number) } open[open] {
            (summary(item, now))
            div.review { (about(item, now)) (votes(number)) }
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
                @if let Some(expires) = row.expires_at { dt { "Decide by" } dd { (absolute(expires)) @if item.unreminded { ". " (UNREMINDED) } } }
            }
            div.spaced { (steps_view(&item.steps, now)) }
        }
    }
}

/// Both votes; each has a screen of its own that says what it does.
fn votes(number: i64) -> Markup {
    let href = |verdict: Verdict| format!("{PATH}?open={number}&act={}", verdict.as_str());
    html! {
        div.votes {
            a.button.primary href=(href(Verdict::Approve)) data-noscroll { "Approve…" }
            a.button.bad href=(href(Verdict::Deny)) data-noscroll { "Deny…" }
        }
    }
}

/// The vote that the address asks for, or whose form came back.
fn asked(call: &Call) -> Option<(i64, Verdict)> {
    let form = |name: &str| call.form.values.get(name).map(String::as_str);
    let number = form("number").unwrap_or_else(|| call.query("open")).parse().ok()?;
    let verdict = Verdict::parse(form("verdict").unwrap_or_else(|| call.query("act")))?;
    Some((number, verdict))
}

/// The screen of a vote, with what was typed and what is wrong.
fn vote_screen(item: &Approval, verdict: Verdict, form: &FormState) -> Markup {
    let (number, row) = (item.row.number.0, &item.row);
    let area = |name: &str, label: &str, hint: &str, required: bool| {
        let (value, error) = (form.value(name), form.error_at(name));
        let field = Field { name, label, hint, required, ..Field::default() };
        Field { value: &value, error: error.as_deref(), ..field }.text_area()
    };
    html! {
        dialog.dialog open aria-labelledby="dialog-title" {
            h2 #dialog-title { (if verdict == Verdict::Approve { "Approve " } else { "Deny " }) (row.resource) " for " (row.requester) }
            form method="post" action={ (PATH) "/" (number) } {
                input type="hidden" name="verdict" value=(verdict.as_str());
                div.dialog-body {
                    @if let Some(message) = form.message() { (trouble(&message)) }
                    @if verdict == Verdict::Approve {
                        @if let Some(does) = item.does { input type="hidden" name="announced" value=(does.as_str()); }
                        @if item.does == Some(Announced::Step) {
                            p { "Others must agree too before " b { (row.requester) } " gets " b { (row.resource) } "." }
                            (not_yet(form))
                        } @else {
                            p { "Yours is the last approval that is needed: " b { (row.requester) } " gets " b { (row.resource) } " at once." }
                            (durations(&item.access, item.requested, form))
                        }
                        (area("comment", "Comment", "Optional.", false))
                    } @else {
                        (area("reason", "Reason", "Sent to the requester.", true))
                        (area("next_steps", "Next steps", "Optional. Sent to the requester.", false))
                    }
                }
                footer {
                    a.button href={ (PATH) "?open=" (number) } data-noscroll data-leave { "Cancel" }
                    @if verdict == Verdict::Approve {
                        button.button.primary type="submit" { "Approve" }
                    } @else {
                        button.button.danger type="submit" { "Deny Access" }
                    }
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
