//! Requests: my requests, and what I may ask for.

use super::api;
use crate::features::queue::steps_view;
use crate::form::{FormState, use_form_state};
use crate::layout::PortalFrame;
use crate::ui::avatar::logo;
use crate::ui::badge::status_badge;
use crate::ui::field::TextArea;
use crate::ui::icon::icon;
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

/// The page.
#[component]
pub fn RequestsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::requests());
    let waiting = Signal::derive(move || found.get().and_then(Result::ok).map_or(0, |found| found.counts.approvals));
    let form = StoredValue::new(use_form_state());
    let query = use_query_map();
    let typed = RwSignal::new(query.with_untracked(|query| query.get("q").unwrap_or_default()));
    view! {
        <Title text="Requests"/>
        <Transition>
            <PortalFrame place="/portal/requests" approvals=waiting>
                {move || found.get().map(|found| match found {
                    Err(error) => trouble(error.sentence()).into_any(),
                    Ok(found) if !found.counts.requests_enabled => {
                        let hint = view! { "Your administrators have switched resource requests off." };
                        empty("minus", "Requests are closed", hint.into_any()).into_any()
                    }
                    Ok(found) => view! {
                        <section>
                            <h1>"My requests"</h1>
                            {mine(&found.mine, found.now)}
                        </section>
                        <section>
                            <h2>"Ask for access"</h2>
                            {form.with_value(FormState::message).map(trouble)}
                            <form method="get" action="/portal/requests" class="search" role="search">
                                {icon("search")}
                                <input type="search" name="q" aria-label="Search what you need" placeholder="Search what you need"
                                    value=typed.get_untracked() on:input=move |event| typed.set(event_target_value(&event))/>
                            </form>
                            <div class="tiles">
                                {found.catalogue.into_iter().map(|entry| offer(entry, typed, form)).collect_view()}
                            </div>
                        </section>
                    }.into_any(),
                })}
            </PortalFrame>
        </Transition>
    }
}

fn mine(requests: &[MyRequest], now: Timestamp) -> impl IntoView + use<> {
    if requests.is_empty() {
        let hint = view! { "What you ask for appears here with its progress." };
        return view! { <div class="card">{empty("queue", "No requests yet", hint.into_any())}</div> }.into_any();
    }
    view! { <div class="card rows">{requests.iter().map(|request| my_request(request, now)).collect_view()}</div> }
        .into_any()
}

fn my_request(request: &MyRequest, now: Timestamp) -> impl IntoView + use<> {
    let row = &request.row;
    let number = row.number.0;
    let open = !row.status.is_terminal();
    let line = match &request.ended {
        Some(end) => {
            let by = end.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            let reason = end.reason.as_ref().map(|text| format!(": “{text}”")).unwrap_or_default();
            let next = end.next_steps.as_ref().map(|text| format!(" Next: {text}")).unwrap_or_default();
            format!("Decided{by} {}{reason}{next}", relative(end.at, now))
        }
        None => format!("Asked {}: {}", relative(row.submitted_at, now), request.reason),
    };
    let progress = request.steps.as_ref().map(|steps| {
        view! {
            <details class="progress"><summary>"Approval progress"</summary>{steps_view(steps, now)}</details>
        }
    });
    let withdraw = open.then(|| view! {
        <form method="post" action=format!("/portal/requests/{number}/withdraw")>
            <button class="button quiet" type="submit" aria-label=format!("Withdraw request {number}")>"Withdraw"</button>
        </form>
    });
    let again = (!open).then(|| view! { <a class="button quiet" href=format!("/portal/requests?q={}", row.resource.replace(' ', "+"))>"Ask again"</a> });
    view! {
        <article class="line" id=format!("request-{number}")>
            {logo(&row.resource)}
            <div class="grow"><div class="name">{row.resource.clone()}</div><div class="sub">{line}</div>{progress}</div>
            {status_badge(row.status, row.in_flight)}
            {withdraw}{again}
        </article>
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

fn offer(entry: CatalogueEntry, typed: RwSignal<String>, form: StoredValue<FormState>) -> impl IntoView {
    let haystack =
        format!("{} {} {} {}", entry.resource, entry.category, entry.description, entry.flow_name).to_lowercase();
    let hidden = move || !typed.with(|typed| haystack.contains(&typed.trim().to_lowercase()));
    let id = entry.flow.to_string();
    let mine = form.with_value(|form| form.value("flow") == id);
    let action = match (entry.held, entry.open) {
        (_, Some(number)) => {
            view! { <a class="button" href=format!("#request-{number}")>"Request is open"</a> }.into_any()
        }
        (true, None) => view! { <p class="sub">"You have this"</p> }.into_any(),
        (false, None) => view! {
            <details class="ask" open=mine>
                <summary class="button" aria-label=format!("Select {}", entry.resource)>"Select"</summary>
                {ask(&entry, &if mine { form.get_value() } else { FormState::default() })}
            </details>
        }
        .into_any(),
    };
    view! {
        <article class="tile" hidden=hidden>
            <div class="who">{logo(&entry.resource)}<div><h3 class="name">{entry.resource.clone()}</h3><div class="sub">{entry.category.clone()}</div></div></div>
            <div class="sub">{agreement(&entry.steps)}</div>
            {action}
        </article>
    }
}

fn ask(entry: &CatalogueEntry, form: &FormState) -> impl IntoView + use<> {
    let pattern = entry
        .reason_pattern
        .as_ref()
        .map(|pattern| format!(" Must contain {pattern} (# stands for a number)."))
        .unwrap_or_default();
    let error = Signal::stored(form.error_at("reason"));
    let asked = form.value("duration");
    let duration = match &entry.access {
        Access::Permanent => None,
        Access::Fixed(span) => Some(view! {
            <input type="hidden" name="duration" value=span.to_string()/>
            <p class="sub">{format!("Access lasts {}.", span_words(*span))}</p>
        }.into_any()),
        Access::Choices(spans) => Some(view! {
            <div class="field">
                <label>"For how long"
                    <select name="duration">
                        {spans.iter().map(|span| view! { <option value=span.to_string() selected=span.to_string() == asked>{span_words(*span)}</option> }).collect_view()}
                    </select>
                </label>
            </div>
        }.into_any()),
    };
    let other = form.error_at("flow").or_else(|| form.error_at("duration")).map(trouble);
    view! {
        <form method="post" action="/portal/requests" class="stack">
            <input type="hidden" name="flow" value=entry.flow.to_string()/>
            {other}
            <TextArea name="reason" scope=format!("-{}", entry.flow) label="Reason" hint=format!("Why do you need it?{pattern}") value=form.value("reason") required=true error=error/>
            {duration}
            <button class="button primary wide" type="submit">"Continue"</button>
        </form>
    }
}
