//! The Filter dropdown: a GET form in a native disclosure, so that it works without WebAssembly.

use super::api;
use super::page::Queue;
use super::place::{PATH, Place};
use super::toolbar::query_of;
use crate::ui::icon::icon;
use crate::ui::words::{status_word, type_word};
use domain::filter::{ListQuery, decode_pairs};
use domain::people::PersonRef;
use domain::request::{ApprovalType, Status};
use domain::time::Day;
use domain::view::QueuePage;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Reads the fields of a form as pairs.
fn fields(form: &web_sys::HtmlFormElement) -> Vec<(String, String)> {
    let Ok(data) = web_sys::FormData::new_with_form(form) else { return Vec::new() };
    let Ok(params) = web_sys::UrlSearchParams::new() else { return Vec::new() };
    js_sys::try_iter(&data).ok().flatten().into_iter().flatten().flatten().for_each(|entry| {
        let entry: js_sys::Array = entry.unchecked_into();
        if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            params.append(&name, &value);
        }
    });
    decode_pairs(&String::from(params.to_string()))
}

/// The dropdown.
#[component]
pub(super) fn FilterMenu(
    /// The page's parts.
    queue: Queue,
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    let node: NodeRef<leptos::html::Details> = NodeRef::new();
    let close = move || {
        if let Some(details) = node.get_untracked() {
            let _ = details.remove_attribute("open");
        }
    };
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(form) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlFormElement>().ok()) else {
            return;
        };
        let pairs = fields(&form);
        let (mut query, _) = ListQuery::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        query.after = None;
        close();
        queue.go(Place::list(&query), false);
    };
    let escape = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    view! {
        <details class="filter" node_ref=node on:keydown=escape>
            <summary class="button">{icon("filter")}"Filter"{icon("chevron-down")}</summary>
            <form class="filter-form" method="get" action=PATH on:submit=apply>
                {move || page.with(form_fields)}
                <div class="actions"><button type="submit" class="button primary">"Apply"</button></div>
            </form>
        </details>
    }
}

fn form_fields(page: &QueuePage) -> impl IntoView + use<> {
    let filter = page.filter.clone();
    let query = query_of(page);
    // What the form does not change goes along.
    let mut rest = ListQuery {
        filter: domain::filter::Filter { tab: filter.tab, search: filter.search.clone(), ..Default::default() },
        ..query
    };
    rest.after = None;
    let hidden = decode_pairs(&rest.to_query())
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
    view! {
        {hidden}
        <fieldset>
            <legend>"Date submitted"</legend>
            <div class="pair">
                <label>"From"<input type="date" name="from" id="filter-from" value=day(filter.from)/></label>
                <label>"To"<input type="date" name="to" id="filter-to" value=day(filter.to)/></label>
            </div>
            <div class="presets">{presets(page)}</div>
        </fieldset>
        <Requester value=filter.requester.clone().unwrap_or_default()/>
        <fieldset>
            <legend>"Approval Type"</legend>
            <input type="hidden" name="type" value=""/>
            {ApprovalType::ALL.iter().map(|kind| check("type", kind.as_str(), type_word(*kind), filter.approval_type.contains(kind))).collect_view()}
        </fieldset>
        <fieldset>
            <legend>"Status"</legend>
            <input type="hidden" name="status" value=""/>
            <div class="checks">
                {Status::ALL.iter().map(|status| check("status", status.as_str(), status_word(*status), filter.status.contains(status))).collect_view()}
            </div>
        </fieldset>
    }
}

fn check(name: &'static str, value: &'static str, label: &'static str, on: bool) -> impl IntoView {
    view! { <label class="check"><input type="checkbox" name=name value=value checked=on/>{label}</label> }
}

/// Today, the last seven days, the last thirty: links, so they need no script.
fn presets(page: &QueuePage) -> impl IntoView + use<> {
    let today = page.now.day();
    let query = query_of(page);
    [("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29), ("Last year", 364)]
        .map(|(label, back)| {
            let mut to = query.clone();
            to.filter.from = Some(Day(today.0 - back));
            to.filter.to = None;
            view! { <a href=Place::list(&to)>{label}</a> }
        })
        .into_iter()
        .collect_view()
}

/// The requester, with type-ahead over people.
#[component]
fn Requester(value: String) -> impl IntoView {
    // A plain signal: a resource that only the browser loads would hold the whole page up on the server.
    let found = RwSignal::new(Vec::<PersonRef>::new());
    let look = move |typed: String| {
        leptos::task::spawn_local(async move {
            if let Ok(people) = api::suggest_requesters(typed).await {
                found.set(people);
            }
        });
    };
    let options = move || {
        found.get().into_iter().map(|person| view! { <option value=person.email>{person.name}</option> }).collect_view()
    };
    view! {
        <fieldset>
            <legend>"Requester name"</legend>
            <input type="email" name="requester" id="filter-requester" list="requesters" value=value autocomplete="off"
                aria-label="Requester name" placeholder="Type a name, pick an email"
                on:input=move |event| look(event_target_value(&event))/>
            <datalist id="requesters">{options}</datalist>
        </fieldset>
    }
}
