//! Requests: my requests, and what I may ask for.

use super::api::{self, RequestsView};
use super::send::{Forms, use_forms};
use crate::features::queue::steps_view;
use crate::form::FormState;
use crate::layout::PortalFrame;
use crate::ui::avatar::logo;
use crate::ui::badge::status_badge;
use crate::ui::field::Field;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::title::Title;
use crate::ui::words::{approver_word, required_words, span_words};
use domain::catalog::Access;
use domain::flow::{Approvers, Step};
use domain::time::Timestamp;
use domain::view::{CatalogueEntry, MyRequest};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use maud::{Markup, html};

/// The page.
#[component]
pub fn RequestsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::requests());
    let waiting = Signal::derive(move || found.get().and_then(Result::ok).map_or(0, |found| found.counts.approvals));
    let forms = use_forms();
    let query = use_query_map();
    let typed = RwSignal::new(query.with_untracked(|query| query.get("q").unwrap_or_default()));
    // *Ask again* is a link to the same page with another search.
    Effect::new(move |_| query.with(|query| typed.set(query.get("q").unwrap_or_default())));
    let open = move || found.get().and_then(Result::ok).filter(|found| found.counts.requests_enabled);
    view! {
        <Title text="Requests"/>
        <Transition>
            <PortalFrame place="/portal/requests" approvals=waiting>
                <div class="stacked" on:submit=move |event| forms.send(&event, move || found.refetch())>
                    {move || found.get().map(|found| match found {
                        Err(error) => trouble(&error.sentence()),
                        Ok(found) => mine(&found),
                    })}
                    <section hidden=move || open().is_none()>
                        <h2>"Ask for access"</h2>
                        {move || forms.message()}
                        <form method="get" action="/portal/requests" class="search" role="search">
                            {icon(Icon::Search)}
                            <input type="search" name="q" aria-label="Search what you need" placeholder="Search what you need"
                                prop:value=move || typed.get() value=typed.get_untracked()
                                on:input=move |event| typed.set(event_target_value(&event))/>
                        </form>
                        <Catalogue found=Signal::derive(open) typed=typed forms=forms/>
                    </section>
                </div>
            </PortalFrame>
        </Transition>
    }
}

/// What may be asked for, filtered as one types.
#[component]
fn Catalogue(found: Signal<Option<RequestsView>>, typed: RwSignal<String>, forms: Forms) -> impl IntoView {
    let entries = move || found.get().map(|found| found.catalogue).unwrap_or_default();
    // One element for each flow, whatever comes and goes around it: a half-written reason stays.
    let tile = move |entry: CatalogueEntry| {
        let haystack =
            format!("{} {} {} {}", entry.resource, entry.category, entry.description, entry.flow_name).to_lowercase();
        let hidden = move || !typed.with(|typed| haystack.contains(&typed.trim().to_lowercase()));
        let flow = entry.flow;
        let id = flow.to_string();
        let now = move || entries().into_iter().find(|entry| entry.flow == flow);
        view! {
            <article class="tile" hidden=hidden>
                {move || now().map(|entry| offer(&entry, forms.of("flow", &id).as_ref()))}
            </article>
        }
    };
    view! { <div class="tiles"><For each=entries key=|entry| entry.flow children=tile/></div> }
}

fn mine(found: &RequestsView) -> Html {
    if !found.counts.requests_enabled {
        let hint = html! { "Your administrators have switched resource requests off." };
        return empty(Icon::Minus, "Requests are closed", &hint);
    }
    html! {
        section {
            h1 { "My requests" }
            @if found.mine.is_empty() {
                div.card { (empty(Icon::Queue, "No requests yet", &html! { "What you ask for appears here with its progress." })) }
            } @else {
                div.card.rows { @for request in &found.mine { (my_request(request, found.now)) } }
            }
        }
    }
    .into()
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

fn offer(entry: &CatalogueEntry, came_back: Option<&FormState>) -> Html {
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
                    details.ask open[came_back.is_some()] {
                        summary.button aria-label={ "Select " (entry.resource) } { "Select" }
                        (ask(entry, &came_back.cloned().unwrap_or_default()))
                    }
                }
            }
        }
    }
    .into()
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
