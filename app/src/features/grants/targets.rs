//! How targets differ from what should be: what stays behind, what is missing, what Doorward never put there.

use super::PATH;
use crate::markup::icon::{Icon, icon};
use crate::markup::state::{notice, warning};
use crate::markup::time::time_ago;
use domain::time::Timestamp;
use maud::{Markup, html};
use services::grants::Targets;
use services::targets::{Difference, Extra};

/// What differs, and the button that has the targets looked at now.
pub(super) fn targets(found: &Targets, now: Timestamp) -> Markup {
    html! {
        @if !found.remaining.is_empty() {
            section.card.panel aria-label="Access that has ended" {
                (warning("This access has ended here. It is not confirmed yet that its target has let it go."))
                (differences(&found.remaining, now, &remains))
            }
        }
        @if !found.missing.is_empty() {
            section.card.panel aria-label="Access that is missing" {
                (warning("This access should be in its target, and is not there or could not be given."))
                (differences(&found.missing, now, &misses))
            }
        }
        @if !found.unread.is_empty() {
            section.card.panel aria-label="Groups that could not be read" {
                (warning("These groups could not be read in their target, so it cannot be seen who is in them."))
                ul.bullets {
                    @for (connector, group, said, at) in &found.unread {
                        li { (group) " by " (connector) ", " (time_ago(Timestamp(*at), now)) ": " (said) }
                    }
                }
            }
        }
        @if !found.extras.is_empty() { (extras(&found.extras)) }
        form method="post" action={ (PATH) "/targets/look" } {
            button.button.quiet type="submit" { (icon(Icon::Search)) "Look at the targets now" }
        }
    }
}

fn differences(lines: &[Difference], now: Timestamp, words: &dyn Fn(&Difference) -> &'static str) -> Markup {
    html! {
        div.wide-scroll {
            table.list {
                thead { tr { th { "Person" } th { "Group" } th { "Connector" } th { "State" } th { "What was said" } th { "Tried" } th { span.hidden { "Actions" } } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { div.name { (line.person) } div.sub { (line.email) } }
                            td { (line.group_name) div.sub { a.link href={ "/admin/requests/" (line.request) } { "#" (line.request) } } }
                            td { (line.connector) @if !line.active { div.sub { "switched off" } } }
                            td { (words(line)) }
                            td { (line.said.as_deref().unwrap_or_default()) }
                            td {
                                @match line.attempts {
                                    0 => "not yet",
                                    1 => { "once, " (time_ago(Timestamp(line.at), now)) }
                                    n => { (n) " times, " (time_ago(Timestamp(line.at), now)) }
                                }
                            }
                            td { @if let Some(call) = &line.call { (acts(&call.to_string(), line)) } }
                        }
                    }
                }
            }
        }
    }
}

fn acts(call: &str, line: &Difference) -> Markup {
    let ended = line.call_state.as_deref() != Some("waiting");
    html! {
        form method="post" action={ (PATH) "/" (call) "/again" } {
            button.button.quiet type="submit" { (icon(Icon::Retry)) "Try again" }
        }
        // What somebody else has seen is worth more than what Doorward cannot see.
        @if ended && line.missing == 0 && line.call_state.as_deref() != Some("done") {
            form method="post" action={ (PATH) "/" (call) "/settle" } {
                button.button.quiet type="submit" title="I have looked into the target, and it is gone there" { "It is gone there" }
            }
        }
    }
}

/// What is under way with access that has ended.
fn remains(line: &Difference) -> &'static str {
    match (line.call_state.as_deref(), line.state.as_str()) {
        (Some("waiting"), _) if !line.active => "Waits until the connector is on",
        (Some("waiting"), _) => "Being taken back",
        (Some("unconfirmed"), _) => "Could not be confirmed",
        (Some("refused"), _) => "The target refused",
        (Some("failed"), _) => "Could not be taken back",
        (_, "unconfirmed") => "May still be there",
        _ => "Still there",
    }
}

/// What is under way with access that is missing.
fn misses(line: &Difference) -> &'static str {
    match line.call_state.as_deref() {
        Some("waiting") if !line.active => "Waits until the connector is on",
        Some("waiting") => "Being given again",
        Some("unconfirmed") => "Could not be confirmed",
        Some("refused" | "failed") => "Could not be given",
        _ => "Not there any more",
    }
}

fn extras(extras: &[Extra]) -> Markup {
    let mut groups: Vec<(&Extra, Vec<&Extra>)> = Vec::new();
    for extra in extras {
        match groups.last_mut() {
            Some((first, all)) if first.group_name == extra.group_name && first.connector == extra.connector => {
                all.push(extra);
            }
            _ => groups.push((extra, vec![extra])),
        }
    }
    html! {
        section.card.panel aria-label="Members that Doorward did not put there" {
            (notice("These groups of targets have members that Doorward did not put there. They are shown, and never removed."))
            ul.bullets {
                @for (first, all) in &groups {
                    li {
                        (first.group_name) " by " (first.connector) ", " (first.count) ": "
                        @for (index, one) in all.iter().enumerate() {
                            @if index > 0 { ", " }
                            @if one.display.is_empty() { (one.member) } @else { (one.display) " (" (one.member) ")" }
                        }
                        @if first.count > i64::try_from(all.len()).unwrap_or(i64::MAX) { " and others" }
                    }
                }
            }
        }
    }
}
