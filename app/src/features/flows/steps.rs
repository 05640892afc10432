//! The steps of a flow in the editor, each with who could approve today.

use super::editor::Editor;
use crate::markup::avatar::avatar;
use crate::markup::controls::Controls;
use crate::markup::icon::{Icon, icon};
use crate::ui::words::approver_word;
use domain::flow::ApproverKind;
use maud::{Markup, html};
use services::flows::{DraftStep, PreviewStep, Trouble};

const KINDS: [ApproverKind; 5] = [
    ApproverKind::Manager,
    ApproverKind::Owner,
    ApproverKind::Group,
    ApproverKind::People,
    ApproverKind::Administrator,
];

/// The section with approval type, steps, and the sample requester.
pub(super) fn steps(fields: &Controls<'_>, editor: &Editor<'_>) -> Markup {
    let types = [
        ("manual", "Manual", "people agree, step by step"),
        ("automatic", "Automatic", "given at once; steps are left aside"),
    ];
    let automatic = editor.draft.automatic;
    html! {
        section.card.panel {
            h2 { "Who must agree" }
            (fields.radios("type", "Approval type", &types))
            input type="hidden" name="steps" value=(editor.draft.steps.len());
            (fields.error("steps"))
            ol.edit-steps.off[automatic] {
                @for (index, step) in editor.draft.steps.iter().enumerate() { (one(fields, editor, index, step)) }
            }
            div { button.button #add-step type="submit" name="op" value="add-step" { (icon(Icon::Plus)) "Add step" } }
            (sample(fields, editor))
        }
    }
}

/// For whom the check looks.
fn sample(fields: &Controls<'_>, editor: &Editor<'_>) -> Markup {
    html! {
        div.with-button.sample {
            (fields.look_listed("sample", "Who could approve today, if this person asked", "Name or email of a requester.", ""))
            button.button type="submit" name="op" value="look" { "Check" }
        }
        @if let Some(person) = &editor.preview.sample {
            p.sub role="status" { "Checked for " (person.name) "." }
        } @else if !editor.form.value("sample").is_empty() {
            p.field-error role="status" { (icon(Icon::Warn)) span { "Nobody active, or more than one, has this name or email." } }
        }
    }
}

fn one(fields: &Controls<'_>, editor: &Editor<'_>, index: usize, step: &DraftStep) -> Markup {
    let count = editor.draft.steps.len();
    let name = |part: &str| format!("step-{index}-{part}");
    let kinds: Vec<(&str, &str)> = KINDS.iter().map(|kind| (kind.as_str(), approver_word(*kind))).collect();
    let required = [("any", "Any one of them"), ("all", "All of them"), ("count", "A number of them")];
    html! {
        li.edit-step {
            div.step-head {
                b { "Step " (index + 1) }
                span.grow {}
                button.icon-button id={ "up-" (index) } type="submit" name="op" value={ "up:" (index) } disabled[index == 0]
                    aria-label={ "Move step " (index + 1) " up" } { (icon(Icon::ArrowUp)) }
                button.icon-button id={ "down-" (index) } type="submit" name="op" value={ "down:" (index) } disabled[index + 1 == count]
                    aria-label={ "Move step " (index + 1) " down" } { (icon(Icon::ArrowDown)) }
                button.icon-button type="submit" name="op" value={ "remove-step:" (index) }
                    aria-label={ "Remove step " (index + 1) } { (icon(Icon::X)) }
            }
            div.columns {
                (fields.look_select(&name("kind"), "Approvers", "", &kinds))
                (fields.look_select(&name("required"), "Must agree", "", &required))
                (fields.of_kind("number", &name("count"), "Number", "Only for a number of them."))
            }
            // Of every kind, so that a change of mind loses nothing; the style shows what counts.
            div.of-kind.current[step.kind == ApproverKind::Group] data-kind="group" {
                (fields.look_listed(&name("group"), "Group", "", "all-groups"))
            }
            div.of-kind.current[step.kind == ApproverKind::People] data-kind="people" { (named(fields, editor, index, step)) }
            @if !editor.draft.automatic && let Some(seen) = editor.preview.steps.get(index) { (today(seen)) }
        }
    }
}

fn named(fields: &Controls<'_>, editor: &Editor<'_>, index: usize, step: &DraftStep) -> Markup {
    let several =
        editor.candidates.iter().find(|(at, _)| *at == index).map_or(&[][..], |(_, people)| people.as_slice());
    html! {
        div.field {
            span.label { "People" }
            ul.picks {
                @for (place, email) in step.people.iter().enumerate() {
                    li {
                        input type="hidden" name={ "step-" (index) "-people-" (place) } value=(email);
                        (email)
                        button.icon-button type="submit" name="op" value={ "unname:" (index) ":" (place) } aria-label={ "Remove " (email) } { (icon(Icon::X)) }
                        (fields.error(&format!("step-{index}-people-{place}")))
                    }
                }
            }
            input type="hidden" name={ "step-" (index) "-people" } value=(step.people.len());
            div.with-button {
                (fields.text(&format!("step-{index}-person"), "Name or email", ""))
                button.button type="submit" name="op" value={ "name:" (index) } { "Add person" }
            }
            @if several.len() > 1 {
                div.picks.choices {
                    @for person in several {
                        button.button.quiet type="submit" name="op" value={ "name:" (index) ":" (person.email) } {
                            (person.name) span.sub { (person.email) }
                        }
                    }
                }
            }
        }
    }
}

/// Who could approve today.
fn today(seen: &PreviewStep) -> Markup {
    html! {
        div.today role="status" {
            @if seen.depends {
                span.sub { "Depends on who asks: check a requester below." }
            } @else {
                @if !seen.people.is_empty() {
                    span.sub { "Today" }
                    @for person in &seen.people { span.pick { (avatar(&person.name)) (person.name) } }
                    @if seen.more > 0 { span.sub { "and " (seen.more) " more" } }
                }
                @match seen.trouble {
                    Some(Trouble::Nobody) => span.field-error { (icon(Icon::Warn)) span { "Nobody could pass this step today." } },
                    Some(Trouble::TooFew(needed)) => span.field-error { (icon(Icon::Warn)) span { "Nobody could pass this step today: " (needed) " must agree." } },
                    None => {},
                }
            }
        }
    }
}
