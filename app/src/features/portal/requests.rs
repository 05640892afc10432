//! Requests: my requests, and what I may ask for.

use crate::ctx::failed;
use crate::error::AppError;
use crate::features::queue::steps_view;
use crate::form::FormState;
use crate::sheet::{Call, Sheet};
use crate::ui::avatar::logo;
use crate::ui::badge::status_badge;
use crate::ui::field::Field;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::words::{approver_word, required_words, span_words};
use domain::catalog::Access;
use domain::flow::{Approvers, Step};
use domain::time::Timestamp;
use domain::view::{CatalogueEntry, MyRequest};
use maud::{Markup, html};

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn requests(call: &Call) -> Result<Sheet, AppError> {
    let (services, actor) = (call.services(), call.actor()?);
    let counts = services::portal::counts(services, actor).await.map_err(failed)?;
    if !counts.requests_enabled {
        let hint = html! { "Your administrators have switched resource requests off." };
        let body = html! { (empty(Icon::Minus, "Requests are closed", &hint)) };
        return Ok(call.portal("Requests", counts.approvals, &body));
    }
    let (own, now) = services::portal::my_requests(services, actor).await.map_err(failed)?;
    let entries = services::portal::catalogue(services, actor).await.map_err(failed)?;
    let body = html! { div.stacked { (mine(&own, now)) (catalogue(call, &entries)) } };
    Ok(call.portal("Requests", counts.approvals, &body))
}

/// What may be asked for, and is searched for.
fn catalogue(call: &Call, entries: &[CatalogueEntry]) -> Markup {
    let typed = call.query("q");
    let wanted = typed.trim().to_lowercase();
    let fits = |entry: &&CatalogueEntry| {
        [&entry.resource, &entry.category, &entry.description, &entry.flow_name]
            .iter()
            .any(|text| text.to_lowercase().contains(&wanted))
    };
    let found: Vec<&CatalogueEntry> = entries.iter().filter(fits).collect();
    let of = |entry: &CatalogueEntry| (call.form.value("flow") == entry.flow.to_string()).then_some(&call.form);
    html! {
        section {
            h2 { "Ask for access" }
            @if let Some(message) = call.form.message() { (trouble(&message)) }
            form.search method="get" action="/portal/requests" role="search" data-live {
                (icon(Icon::Search))
                input #search-catalogue type="search" name="q" value=(typed) maxlength="200" autocomplete="off"
                    aria-label="Search what you need" placeholder="Search what you need";
            }
            div #catalogue data-part {
                @if found.is_empty() {
                    div.card { (empty(Icon::Search, "Nothing found", &html! { a href="/portal/requests" { "Show everything" } })) }
                } @else {
                    div.tiles { @for entry in found { article.tile { (offer(entry, of(entry))) } } }
                }
            }
        }
    }
}

fn mine(requests: &[MyRequest], now: Timestamp) -> Markup {
    html! {
        section {
            h1 { "My requests" }
            @if requests.is_empty() {
                div.card { (empty(Icon::Queue, "No requests yet", &html! { "What you ask for appears here with its progress." })) }
            } @else {
                div.card.rows { @for request in requests { (my_request(request, now)) } }
            }
        }
    }
}

fn my_request(request: &MyRequest, now: Timestamp) -> Markup {
    let row = &request.row;
    let number = row.number.0;
    html! {
        article.line id={ "request-" (number) } {
            (logo(&row.resource))
            div.grow {
                div.name { (row.resource) }
                div.sub {
                    @if let Some(end) = &request.ended {
                        "Decided" @if let Some(by) = &end.by { " by " (by) } " " (relative(end.at, now))
                        @if let Some(text) = &end.reason { ": “" (text) "”" }
                        @if let Some(text) = &end.next_steps { " Next: " (text) }
                    } @else {
                        "Asked " (relative(row.submitted_at, now)) ": " (request.reason)
                    }
                }
                @if let Some(steps) = &request.steps {
                    details.progress { summary { "Approval progress" } (steps_view(steps, now)) }
                }
            }
            (status_badge(row.status, row.in_flight))
            @if row.status.is_terminal() {
                a.button.quiet href={ "/portal/requests?q=" (row.resource.replace(' ', "+")) } { "Ask again" }
            } @else {
                form method="post" action={ "/portal/requests/" (number) "/withdraw" } {
                    button.button.quiet type="submit" aria-label={ "Withdraw request " (number) } { "Withdraw" }
                }
            }
        }
    }
}

/// Who must agree, in a sentence.
fn agreement(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "Given at once".to_owned();
    }
    let words: Vec<String> = steps
        .iter()
        .map(|step| match &step.approvers {
            Approvers::Manager => "your manager".to_owned(),
            Approvers::Group { name, .. } => format!("{name}, {}", required_words(step.required)),
            Approvers::People { people } => {
                people.iter().map(|person| person.name.clone()).collect::<Vec<_>>().join(" or ")
            }
            other => format!("the {}, {}", approver_word(other.kind()).to_lowercase(), required_words(step.required)),
        })
        .collect();
    format!("Approved by {}", words.join(", then "))
}

fn offer(entry: &CatalogueEntry, came_back: Option<&FormState>) -> Markup {
    html! {
        div.through {
            div.who {
                (logo(&entry.resource))
                div {
                    h3.name { (entry.resource) }
                    // Two ways to the same resource are told apart by their flows.
                    div.sub { (entry.category) @if entry.flow_name != entry.resource { " · " (entry.flow_name) } }
                }
            }
            div.sub { (agreement(&entry.steps)) }
            @match (entry.held, entry.open) {
                (_, Some(number)) => { a.button href={ "#request-" (number) } { "Request is open" } }
                (true, None) => { p.sub { "You have this" } }
                (false, None) => {
                    details.ask id={ "ask-" (entry.flow) } open[came_back.is_some()] {
                        summary.button aria-label={ "Select " (entry.resource) } { "Select" }
                        (ask(entry, &came_back.cloned().unwrap_or_default()))
                    }
                }
            }
        }
    }
}

fn ask(entry: &CatalogueEntry, form: &FormState) -> Markup {
    let pattern = entry.reason_pattern.as_ref();
    let pattern =
        pattern.map(|pattern| format!(" Must contain {pattern} (# stands for a number).")).unwrap_or_default();
    let asked = form.value("duration");
    let (value, error) = (form.value("reason"), form.error_at("reason"));
    let reason = Field {
        name: "reason",
        scope: &format!("-{}", entry.flow),
        label: "Reason",
        hint: &format!("Why do you need it?{pattern}"),
        value: &value,
        error: error.as_deref(),
        required: true,
        ..Field::default()
    };
    html! {
        form.stack method="post" action="/portal/requests" {
            input type="hidden" name="flow" value=(entry.flow);
            @if let Some(text) = form.error_at("flow").or_else(|| form.error_at("duration")) { (trouble(&text)) }
            (reason.text_area())
            @match &entry.access {
                Access::Permanent => {}
                Access::Fixed(span) => {
                    input type="hidden" name="duration" value=(span);
                    p.sub { "Access lasts " (span_words(*span)) "." }
                }
                Access::Choices(spans) => {
                    div.field {
                        label {
                            "For how long"
                            select name="duration" {
                                @for span in spans {
                                    option value=(span) selected[span.to_string() == asked] { (span_words(*span)) }
                                }
                            }
                        }
                    }
                }
            }
            button.button.primary.wide type="submit" { "Continue" }
        }
    }
}
