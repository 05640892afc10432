//! The Filter dropdown: a GET form in a native disclosure, so that it works without WebAssembly.

use super::api;
use super::page::Queue;
use super::place::{PATH, Place};
use super::toolbar::hidden_fields;
use crate::ui::icon::{Icon, icon};
use crate::ui::submit::Sent;
use crate::ui::words::{status_word, type_word};
use domain::filter::{Filter, ListQuery, Requester};
use domain::people::PersonRef;
use domain::request::{ApprovalType, Status};
use domain::time::Day;
use domain::view::QueuePage;
use leptos::prelude::*;

/// The dropdown.
#[component]
pub(super) fn FilterMenu(
    /// The page's parts.
    queue: Queue,
    /// What is shown.
    page: Memo<QueuePage>,
) -> impl IntoView {
    let node: NodeRef<leptos::html::Details> = NodeRef::new();
    // Whom the type-ahead offers. A plain signal: a resource that only the browser loads would hold the whole page up on the server.
    let found = RwSignal::new(Vec::<PersonRef>::new());
    // What others do on the list must not take away what somebody ticks.
    let asked = Memo::new(move |_| page.with(Asked::of));
    let close = move || {
        if let Some(details) = node.get_untracked() {
            let _ = details.remove_attribute("open");
        }
    };
    let apply = move |event: leptos::ev::SubmitEvent| {
        let Some(sent) = Sent::take(&event, "get") else { return };
        let (mut query, dropped) =
            ListQuery::parse(sent.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if !dropped.is_empty() {
            // The server says what is wrong, and knows whom a name means.
            let _ = window().location().assign(&sent.address());
            return;
        }
        query.after = None;
        // The address follows the person who was chosen, not the address that they have today.
        if let Some(Requester::Email(email)) = &query.filter.requester {
            let chosen = page.with_untracked(|page| page.requester.clone());
            let chosen = found.get_untracked().into_iter().chain(chosen).find(|person| person.email == *email);
            if let Some(person) = chosen {
                query.filter.requester = Some(Requester::Person(person.id));
            }
        }
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
            <summary class="button">{icon(Icon::Filter)} "Filter" {icon(Icon::ChevronDown)}</summary>
            <form class="filter-form" method="get" action=PATH on:submit=apply>
                <Dates asked=asked/>
                {move || asked.with(|asked| form_fields(asked, found))}
                <div class="actions"><button type="submit" class="button primary">"Apply"</button></div>
            </form>
        </details>
    }
}

/// What the form shows.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    query: ListQuery,
    requester: Option<PersonRef>,
    zone: String,
    today: Day,
}

impl Asked {
    fn of(page: &QueuePage) -> Self {
        Self {
            query: page.query.first_page(),
            requester: page.requester.clone(),
            zone: page.zone.clone(),
            today: page.today,
        }
    }
}

fn form_fields(asked: &Asked, found: RwSignal<Vec<PersonRef>>) -> impl IntoView + use<> {
    let filter = &asked.query.filter;
    let requester = match (&asked.requester, &filter.requester) {
        (Some(person), _) => person.email.clone(),
        (None, Some(requester)) => requester.to_string(),
        (None, None) => String::new(),
    };
    // What the form does not change goes along.
    let rest = ListQuery {
        filter: Filter { tab: filter.tab, search: filter.search.clone(), ..Filter::default() },
        ..asked.query.clone()
    };
    let types: Vec<_> = ApprovalType::ALL
        .iter()
        .map(|kind| check("type", kind.as_str(), type_word(*kind), filter.approval_type.contains(kind)))
        .collect();
    let statuses: Vec<_> = Status::ALL
        .iter()
        .map(|status| check("status", status.as_str(), status_word(*status), filter.status.contains(status)))
        .collect();
    // The empty value says that a set was sent even when no box of it is ticked.
    view! {
        {hidden_fields(&rest, "")}
        <RequesterField value=requester found=found/>
        <fieldset>
            <legend>"Approval Type"</legend>
            <input type="hidden" name="type" value=""/>
            {types}
        </fieldset>
        <fieldset>
            <legend>"Status"</legend>
            <input type="hidden" name="status" value=""/>
            <div class="checks">{statuses}</div>
        </fieldset>
    }
}

/// The days. These fields stay the elements that they are while the filter changes: Chromium gives a date field that is made anew in
/// a closed disclosure no size now and then.
#[component]
fn Dates(asked: Memo<Asked>) -> impl IntoView {
    // Days that somebody else's link means stay theirs.
    let zone = move || asked.with(|asked| asked.query.filter.zone.clone().unwrap_or_else(|| asked.zone.clone()));
    let presets = [("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29), ("Last year", 364)].map(|(label, back)| {
        let href = move || asked.with(|asked| since(asked, back));
        view! { <a href=href>{label}</a> }
    });
    view! {
        <fieldset>
            <legend>"Date submitted"</legend>
            <p class="sub">{move || format!("Days of {}", zone())}</p>
            <input type="hidden" name="zone" value=zone/>
            <div class="pair">
                <label>"From"<Date id="filter-from" name="from" day=Signal::derive(move || asked.with(|asked| asked.query.filter.from))/></label>
                <label>"To"<Date id="filter-to" name="to" day=Signal::derive(move || asked.with(|asked| asked.query.filter.to))/></label>
            </div>
            <div class="presets">{presets.into_iter().collect_view()}</div>
        </fieldset>
    }
}

#[component]
fn Date(id: &'static str, name: &'static str, day: Signal<Option<Day>>) -> impl IntoView {
    let node = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |before: Option<Option<Day>>| {
        let day = day.get();
        // What was typed before the page was hydrated stays.
        if before.is_some_and(|before| before != day)
            && let Some(input) = node.get_untracked()
        {
            input.set_value(&day.map(|day| day.to_string()).unwrap_or_default());
        }
        day
    });
    view! { <input id=id type="date" name=name node_ref=node value=day.get_untracked().map(|day| day.to_string())/> }
}

/// The list since so many days before today.
fn since(asked: &Asked, days: i64) -> String {
    let mut to = asked.query.clone();
    to.filter.from = Some(Day(asked.today.0 - days));
    to.filter.to = None;
    to.filter.zone = Some(asked.zone.clone());
    Place::list(&to)
}

fn check(name: &'static str, value: &'static str, label: &'static str, on: bool) -> impl IntoView {
    view! { <label class="check"><input type="checkbox" name=name value=value checked=on/>{label}</label> }
}

/// The requester, with type-ahead over people.
#[component]
fn RequesterField(
    /// Their email.
    value: String,
    /// Whom the type-ahead offers.
    found: RwSignal<Vec<PersonRef>>,
) -> impl IntoView {
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
            <input type="text" name="requester" id="filter-requester" list="requesters" value=value autocomplete="off"
                aria-label="Requester name" placeholder="Name or email"
                on:input=move |event| look(event_target_value(&event))/>
            <datalist id="requesters">{options}</datalist>
        </fieldset>
    }
}
