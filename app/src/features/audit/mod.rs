//! The audit page: every act, and every refused attempt to decide.

use crate::ctx::failed;
use crate::error::AppError;
use crate::form::FormState;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::markup::pages::pages;
use crate::markup::state::{empty, notice, search_note};
use crate::markup::time::{absolute, time_ago};
use crate::sheet::{Call, Sheet};
use domain::filter::encode_pairs;
use domain::time::Timestamp;
use maud::{Markup, html};
use services::audit::{Asked, Events, KINDS, Recorded};

/// The filter in a query string.
#[must_use]
pub fn asked(pairs: &[(String, String)]) -> Asked {
    let take =
        |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone()).unwrap_or_default();
    Asked {
        person: take("person"),
        request: take("request"),
        kind: take("type"),
        from: take("from"),
        to: take("to"),
        zone: take("zone"),
        before: take("before"),
    }
}

/// The filter with the zone whose days it means: the one it names, else the viewer's.
///
/// # Errors
/// When the database fails.
pub async fn settled(
    services: &services::Services,
    actor: &domain::people::Actor,
    browser: &str,
    asked: Asked,
) -> services::Result<Asked> {
    if !asked.zone.trim().is_empty() {
        return Ok(asked);
    }
    Ok(Asked { zone: services::zones::of_viewer(services, actor, browser).await?, ..asked })
}

fn query(asked: &Asked, before: &str) -> String {
    let days = !asked.from.trim().is_empty() || !asked.to.trim().is_empty();
    encode_pairs(&[
        ("zone", if days { asked.zone.as_str() } else { "" }),
        ("person", &asked.person),
        ("request", &asked.request),
        ("type", &asked.kind),
        ("from", &asked.from),
        ("to", &asked.to),
        ("before", before),
    ])
}

/// The page.
///
/// # Errors
/// As [`AppError`].
pub async fn audit(call: &Call) -> Result<Sheet, AppError> {
    let asked =
        settled(call.services(), call.actor()?, &call.request.zone, asked(&call.query)).await.map_err(failed)?;
    let events = services::audit::events(call.services(), call.actor()?, &asked).await.map_err(failed)?;
    let exported = query(&asked, "");
    let body = html! {
        div.crumb { "Security Management" }
        div.head {
            h1 { "Audit" }
            div.menu {
                button.button type="button" popovertarget="export-menu" { (icon(Icon::Download)) "Export" (icon(Icon::ChevronDown)) }
                div.popover #export-menu popover="auto" {
                    a.item href={ "/admin/audit/export.json?" (exported) } rel="external" { "JSON" }
                    a.item href={ "/admin/audit/export.csv?" (exported) } rel="external" { "CSV" }
                    a.item href={ "/admin/audit/export.csv?for=excel" @if !exported.is_empty() { "&" } (exported) } rel="external" { "CSV for Excel" }
                }
            }
        }
        (filter(&asked))
        @if let Some(note) = search_note(&asked.person, "name and email") { (note) }
        (table(&events, &asked))
    };
    Ok(call.admin("Audit", &body))
}

fn filter(asked: &Asked) -> Markup {
    let values = [
        ("person", &asked.person),
        ("request", &asked.request),
        ("type", &asked.kind),
        ("from", &asked.from),
        ("to", &asked.to),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
    let form = FormState { values, error: None, ..FormState::default() };
    let fields = Controls(&form);
    let words: Vec<String> = KINDS.iter().map(|kind| word(kind)).collect();
    let mut kinds: Vec<(&str, &str)> = vec![("", "All types")];
    kinds.extend(KINDS.iter().copied().zip(words.iter().map(String::as_str)));
    let days = format!("Days of {}", asked.zone);
    html! {
        form.card.panel.filters method="get" action="/admin/audit" novalidate {
            div.columns {
                (fields.text("person", "Person", "Name or email, of now or before."))
                (fields.text("request", "Request", ""))
                (fields.select("type", "Type", "", &kinds))
                (fields.of_kind("date", "from", "From", &days))
                (fields.of_kind("date", "to", "To", &days))
                input type="hidden" name="zone" value=(asked.zone);
                div.acts {
                    button.button.primary type="submit" { "Apply" }
                    a.button.quiet href="/admin/audit" { "Clear All" }
                }
            }
        }
    }
}

fn table(events: &Events, asked: &Asked) -> Markup {
    let href = |before: &str| format!("/admin/audit?{}", query(asked, before));
    let newest = (!asked.before.is_empty()).then(|| href(""));
    let older = events.next.map(|before| href(&before.to_string()));
    html! {
        @for name in &events.unknown { (notice(&format!("Nothing is known under this {name}, so nothing is shown."))) }
        @if events.lines.is_empty() {
            @let hint = html! { "Nothing in the record fits this filter. " a href="/admin/audit" { "Show all" } };
            div.card.spaced { (empty(Icon::Audit, "No event", &hint)) }
        } @else {
            div.card.wide-scroll.spaced {
                table.list.record {
                    thead { tr { th.number { "No." } th { "When" } th { "Who" } th { "What" } th { "On" } th { "From where" } } }
                    tbody { @for line in &events.lines { (row(line, events.now)) } }
                }
            }
            (pages(newest.as_deref().map(|href| (href, "Newest")), older.as_deref().map(|href| (href, "Older"))))
        }
    }
}

fn row(line: &Recorded, now: Timestamp) -> Markup {
    let detail = line.detail.as_object().is_some_and(|object| !object.is_empty());
    html! {
        tr id={ "event-" (line.id) } {
            td.number { (line.id) }
            td title=(absolute(line.at)) { (time_ago(line.at, now)) }
            td { @if line.actor.is_empty() { span.sub { "Doorward" } } @else { (line.actor) } }
            td {
                b { (word(&line.kind)) }
                @if let Some(notes) = &line.internal_notes { p.notes { (icon(Icon::Info)) span { "Internal notes: " (notes) } } }
                @if detail { details.json { summary { "Details" } pre { (pretty(&line.detail)) } } }
            }
            td {
                @if let Some(number) = line.request { a.link href={ "/admin/requests/" (number) } { "#" (number) } " " }
                (line.subject)
            }
            td { (line.address) }
        }
    }
}

fn pretty(detail: &serde_json::Value) -> String {
    serde_json::to_string_pretty(detail).unwrap_or_default()
}

/// A type of event in words.
fn word(kind: &str) -> String {
    let text = kind.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}
