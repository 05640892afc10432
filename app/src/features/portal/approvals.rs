//! Approvals: what waits on my vote, and what I decided.

use super::api;
use super::send::use_forms;
use crate::features::queue::steps_view;
use crate::form::FormState;
use crate::layout::PortalFrame;
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::field::Field;
use crate::ui::html::Html;
use crate::ui::icon::Icon;
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::title::Title;
use crate::ui::words::span_words;
use domain::request::Verdict;
use domain::time::Timestamp;
use domain::view::Approval;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

/// The page.
#[component]
pub fn ApprovalsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::approvals());
    let open = use_query_map().with_untracked(|query| query.get("open").and_then(|text| text.parse::<i64>().ok()));
    let waiting = Signal::derive(move || found.get().and_then(Result::ok).map_or(0, |found| found.counts.approvals));
    let forms = use_forms();
    let item = move |number: i64| {
        let found = found.get()?.ok()?;
        let item = found.waiting.into_iter().find(|item| item.row.number.0 == number)?;
        Some((item, found.now))
    };
    // One element for each request, whatever comes and goes around it: a half-written reason stays.
    let one = move |number: i64| {
        let mine = move || forms.of("number", &number.to_string());
        view! {
            <details class="line approval" id=format!("approval-{number}") open=open == Some(number) || mine().is_some()>
                {move || item(number).map(|(item, now)| summary(&item, now))}
                <div class="review">
                    {move || item(number).map(|(item, now)| about(&item, now))}
                    {move || votes(number, &mine().unwrap_or_default())}
                </div>
            </details>
        }
    };
    let numbers = move || {
        let waiting = found.get().and_then(Result::ok).map(|found| found.waiting).unwrap_or_default();
        waiting.iter().map(|item| item.row.number.0).collect::<Vec<_>>()
    };
    view! {
        <Title text="Approvals"/>
        <Transition>
            <PortalFrame place="/portal/approvals" approvals=waiting>
                <section on:submit=move |event| forms.send(&event, move || found.refetch())>
                    <h1>"Waiting for your approval"</h1>
                    {move || forms.message()}
                    {move || found.get().map(|found| match found {
                        Err(error) => Some(trouble(&error.sentence())),
                        Ok(found) => found.waiting.is_empty().then(nothing),
                    })}
                    <div class="card rows" hidden=move || numbers().is_empty()>
                        <For each=numbers key=|number| *number children=one/>
                    </div>
                </section>
                {move || found.get().and_then(Result::ok).map(|found| decided(&found.decided, found.now))}
            </PortalFrame>
        </Transition>
    }
}

fn nothing() -> Html {
    let hint = html! { "Requests that need your vote appear here." };
    html! { div.card { (empty(Icon::Check, "Nothing waits on you", &hint)) } }.into()
}

fn summary(item: &Approval, now: Timestamp) -> Html {
    let row = &item.row;
    let asked = item.requested.map(|span| format!(" for {}", span_words(span))).unwrap_or_default();
    html! {
        summary {
            (avatar(&row.requester))
            span.grow {
                span.name { (row.requester) }
                span.sub { "wants " (row.resource) (asked) ", " (relative(row.submitted_at, now)) }
            }
            (logo(&row.resource))
            span.button { "Review" }
        }
    }
    .into()
}

fn about(item: &Approval, now: Timestamp) -> Html {
    html! { div { blockquote { (item.reason) } (steps_view(&item.steps, now)) } }.into()
}

/// Both votes, with what was typed and what is wrong.
fn votes(number: i64, form: &FormState) -> Html {
    let scope = format!("-{number}");
    let action = format!("/portal/approvals/{number}");
    let area = |name: &str, label: &str, hint: &str, required: bool| {
        let (value, error) = (form.value(name), form.error_at(name));
        let field = Field { name, scope: &scope, label, hint, required, ..Field::default() };
        Field { value: &value, error: error.as_deref(), ..field }.text_area()
    };
    html! {
        div.votes {
            form.stack method="post" action=(action) {
                input type="hidden" name="verdict" value="approve";
                (area("comment", "Comment", "Optional.", false))
                button.button.primary type="submit" { "Approve" }
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
    .into()
}

fn decided(items: &[Approval], now: Timestamp) -> Html {
    html! {
        section hidden[items.is_empty()] {
            h2 { "What you decided" }
            div.card.rows { @for item in items { (decided_item(item, now)) } }
        }
    }
    .into()
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
