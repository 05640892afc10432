//! The Filter dropdown: a GET form in a native disclosure, so that it works without WebAssembly.

use super::api;
use super::page::Queue;
use super::place::{PATH, Place};
use super::toolbar::hidden_fields;
use crate::ui::html::Html;
use crate::ui::icon::{Icon, icon};
use crate::ui::submit::Sent;
use crate::ui::words::{status_word, type_word};
use domain::filter::{Filter, ListQuery, Requester};
use domain::people::PersonRef;
use domain::request::{ApprovalType, Status};
use domain::time::Day;
use domain::view::QueuePage;
use leptos::prelude::*;
use maud::{Markup, html};

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
            <summary class="button">{icon(Icon::Filter)}"Filter"{icon(Icon::ChevronDown)}</summary>
            <form class="filter-form" method="get" action=PATH on:submit=apply>
                {move || page.with(|page| form_fields(page, found))}
                <div class="actions"><button type="submit" class="button primary">"Apply"</button></div>
            </form>
        </details>
    }
}

fn form_fields(page: &QueuePage, found: RwSignal<Vec<PersonRef>>) -> impl IntoView + use<> {
    let filter = &page.query.filter;
    let requester = match (&page.requester, &filter.requester) {
        (Some(person), _) => person.email.clone(),
        (None, Some(requester)) => requester.to_string(),
        (None, None) => String::new(),
    };
    // What the form does not change goes along.
    let rest = ListQuery {
        filter: Filter { tab: filter.tab, search: filter.search.clone(), ..Filter::default() },
        ..page.query.first_page()
    };
    let types: Markup = html! {
        @for kind in ApprovalType::ALL {
            (check("type", kind.as_str(), type_word(*kind), filter.approval_type.contains(kind)))
        }
    };
    let statuses: Markup = html! {
        div.checks {
            @for status in Status::ALL {
                (check("status", status.as_str(), status_word(*status), filter.status.contains(status)))
            }
        }
    };
    view! {
        {hidden_fields(&rest, "")}
        {dates(page)}
        <RequesterField value=requester found=found/>
        {set("Approval Type", "type", &types)}
        {set("Status", "status", &statuses)}
    }
}

fn dates(page: &QueuePage) -> Html {
    let filter = &page.query.filter;
    // Days that somebody else's link means stay theirs.
    let zone = filter.zone.as_deref().unwrap_or(&page.zone);
    html! {
        fieldset {
            legend { "Date submitted" }
            p.sub { "Days of " (zone) }
            input type="hidden" name="zone" value=(zone);
            div.pair {
                label { "From" input #filter-from type="date" name="from" value=[filter.from]; }
                label { "To" input #filter-to type="date" name="to" value=[filter.to]; }
            }
            div.presets { (presets(page)) }
        }
    }
    .into()
}

/// A set of boxes; the empty value says that the set was sent even when no box is ticked.
fn set(legend: &str, name: &str, boxes: &Markup) -> Html {
    html! { fieldset { legend { (legend) } input type="hidden" name=(name) value=""; (boxes) } }.into()
}

fn check(name: &str, value: &str, label: &str, on: bool) -> Markup {
    html! { label.check { input type="checkbox" name=(name) value=(value) checked[on]; (label) } }
}

/// Today, the last seven days, the last thirty: links, so they need no script.
fn presets(page: &QueuePage) -> Markup {
    let today = page.today;
    let to = |back: i64| {
        let mut to = page.query.first_page();
        to.filter.from = Some(Day(today.0 - back));
        to.filter.to = None;
        to.filter.zone = Some(page.zone.clone());
        Place::list(&to)
    };
    html! {
        @for (label, back) in [("Today", 0), ("Last 7 days", 6), ("Last 30 days", 29), ("Last year", 364)] {
            a href=(to(back)) { (label) }
        }
    }
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
