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
use crate::ui::words::{required_words, span_words};
use domain::catalog::Access;
use domain::filter::encode_pairs;
use domain::flow::{Approvers, Step};
use domain::ids::{FlowId, RequestNumber};
use domain::time::Timestamp;
use domain::view::{CatalogueEntry, MyRequest};
use maud::{Markup, html};
use services::portal::{Catalogue, Mine};

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
        return Ok(call.portal("Requests", &counts, &body));
    }
    let before = call.query("before").parse().ok().map(RequestNumber);
    let own = services::portal::my_requests(services, actor, before).await.map_err(failed)?;
    // The offer that a link leads to, or whose form came back, is there whatever is searched for.
    let wanted = [call.form.value("flow"), call.query("flow").to_owned()];
    let wanted = wanted.iter().find_map(|id| id.parse::<FlowId>().ok());
    let found = services::portal::catalogue(services, actor, call.query("q"), wanted).await.map_err(failed)?;
    let body = html! { div.stacked { (catalogue(call, &found, wanted)) (mine(&own)) } };
    Ok(call.portal("Requests", &counts, &body))
}

/// What may be asked for, and is searched for.
fn catalogue(call: &Call, found: &Catalogue, wanted: Option<FlowId>) -> Markup {
    let came_back = !call.form.values.is_empty();
    let of = |entry: &CatalogueEntry| {
        let open = Some(entry.flow) == wanted;
        open.then(|| if came_back { call.form.clone() } else { FormState::default() })
    };
    html! {
        section {
            h1 { "Ask for access" }
            @if let Some(message) = call.form.message() { (trouble(&message)) }
            form.search method="get" action="/portal/requests" role="search" data-live {
                (icon(Icon::Search))
                input #search-catalogue type="search" name="q" value=(call.query("q")) maxlength="200" autocomplete="off"
                    aria-label="Search what you need" placeholder="Search what you need";
            }
            div #catalogue data-part {
                @if !found.any {
                    div.card { (empty(Icon::Apps, "Nothing to ask for yet", &html! { "Your administrators have set nothing up that you could ask for." })) }
                } @else if found.entries.is_empty() {
                    div.card { (empty(Icon::Search, "Nothing found", &html! { a href="/portal/requests" { "Show everything" } })) }
                } @else {
                    div.tiles { @for entry in &found.entries { article.tile { (offer(entry, of(entry).as_ref(), found.now)) } } }
                    @if found.more > 0 { p.sub { "And " (found.more) " more: search for what you need." } }
                }
            }
        }
    }
}

fn mine(own: &Mine) -> Markup {
    html! {
        section #my-requests {
            h2 { "My requests" }
            @if own.requests.is_empty() {
                div.card { (empty(Icon::Queue, "No requests yet", &html! { "What you ask for appears here with its progress." })) }
            } @else {
                div.card.rows { @for request in &own.requests { (my_request(request, own.now)) } }
            }
            @if let Some(next) = own.next {
                nav.foot aria-label="Pages" { span {} a.button href={ "/portal/requests?before=" (next) "#my-requests" } { "Older requests" } }
            }
        }
    }
}

fn my_request(request: &MyRequest, now: Timestamp) -> Markup {
    let row = &request.row;
    let number = row.number.0;
    html! {
        article.line id={ "request-" (number) } {
            (logo(&row.resource, &row.look))
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
            @if row.in_flight {
                span.sub { "Being carried out" }
            } @else if row.status.is_terminal() {
                a.button.quiet href={ "/portal/requests?" (encode_pairs(&[("q", &row.resource)])) } aria-label={ "Ask again for " (row.resource) } { "Ask again" }
            } @else {
                form method="post" action={ "/portal/requests/" (number) "/withdraw" } {
                    button.button.quiet type="submit" aria-label={ "Withdraw request " (number) } { "Withdraw" }
                }
            }
        }
    }
}

/// Who must agree, step by step, with those who could today.
fn agreement(entry: &CatalogueEntry) -> Markup {
    if entry.steps.is_empty() {
        return html! { p.sub { "Given at once." } };
    }
    let nobody = (Vec::new(), 0);
    html! {
        details.agree {
            summary { "Approved by " (short(&entry.steps)) }
            ol {
                @for (index, step) in entry.steps.iter().enumerate() {
                    @let (names, more) = entry.approvers.get(index).unwrap_or(&nobody);
                    li {
                        b { (who(step)) } ", " (required_words(step.required))
                        @if !names.is_empty() {
                            ": " (names.join(", ")) @if *more > 0 { " and " (more) " more" }
                        } @else if !matches!(step.approvers, Approvers::Administrator) {
                            ": nobody today, so an administrator will have to help"
                        }
                    }
                }
            }
        }
    }
}

fn who(step: &Step) -> String {
    match &step.approvers {
        Approvers::Manager => "Your manager".to_owned(),
        Approvers::Group { name, .. } => name.clone(),
        Approvers::People { .. } => "Named people".to_owned(),
        Approvers::Owner => "Owner of the resource".to_owned(),
        Approvers::Administrator => "An administrator".to_owned(),
    }
}

fn short(steps: &[Step]) -> String {
    let lower = |step: &Step| match &step.approvers {
        Approvers::Group { name, .. } => name.clone(),
        _ => who(step).to_lowercase(),
    };
    steps.iter().map(lower).collect::<Vec<_>>().join(", then ")
}

fn offer(entry: &CatalogueEntry, came_back: Option<&FormState>, now: Timestamp) -> Markup {
    let action = if entry.until.is_some() { "More time" } else { "Select" };
    html! {
        div.through {
            div.who {
                (logo(&entry.resource, &entry.look))
                div {
                    h3.name { (entry.resource) }
                    // Two ways to the same resource are told apart by their flows.
                    div.sub { (entry.category) @if entry.flow_name != entry.resource { " · " (entry.flow_name) } }
                }
            }
            @if !entry.description.is_empty() { p.about { (entry.description) } }
            (agreement(entry))
            @match (entry.held, entry.open) {
                (_, Some(number)) => { a.button href={ "#request-" (number) } { "Request is open" } }
                (true, None) if entry.until.is_none() => { p.sub { "You have this" } }
                _ => {
                    @if let Some(until) = entry.until { p.sub { "You have this, it ends " (relative(until, now)) } }
                    details.ask id={ "ask-" (entry.flow) } open[came_back.is_some()] {
                        summary.button aria-label={ (action) " " (entry.resource) } { (action) }
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
