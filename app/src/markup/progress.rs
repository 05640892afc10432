//! Approval progress in markup, for the user portal. Server only.

use super::avatar::avatar;
use super::html::Html;
use super::icon::{Icon, icon};
use super::time::time_ago;
use crate::ui::words::{approver_word, required_words};
use domain::request::Verdict;
use domain::time::Timestamp;
use domain::view::{ApproverLine, StepLine, StepState};
use maud::{Markup, html};

/// The approval progress: each step, each approver, what they did, who can act now.
pub(crate) fn steps_view(steps: &[StepLine], now: Timestamp) -> Html {
    html! {
        @if steps.is_empty() {
            p.sub { "Given at once: nobody has to agree." }
        } @else {
            ol.steps { @for step in steps { (step_view(step, now)) } }
        }
    }
    .into()
}

fn step_view(step: &StepLine, now: Timestamp) -> Markup {
    let (class, word, shape) = match step.state {
        StepState::Passed => ("done", "passed", Some(Icon::Check)),
        StepState::Waiting => ("now", "waiting", None),
        StepState::Later => ("later", "later", None),
        StepState::Short => ("short", "nobody can pass it", Some(Icon::Warn)),
        StepState::Skipped => ("later", "not reached", None),
        StepState::Overridden => ("over", "overridden", Some(Icon::Minus)),
        StepState::Denied => ("no", "denied", Some(Icon::X)),
    };
    html! {
        li class=(class) {
            span.dot { @if let Some(shape) = shape { (icon(shape)) } }
            div.name { (step.group.as_deref().unwrap_or_else(|| approver_word(step.kind))) }
            div.sub {
                (required_words(step.required))
                @if step.needed > 0 { " · " (step.agreed) " of " (step.needed) }
                " · " (word)
            }
            ul.people {
                @for line in &step.approvers { (approver(line, now)) }
                @if step.more > 0 { li.sub { "and " (step.more) " more" } }
            }
        }
    }
}

fn approver(line: &ApproverLine, now: Timestamp) -> Markup {
    html! {
        li {
            (avatar(&line.person.name))
            span {
                (line.person.name)
                @if let Some((verdict, at)) = line.verdict {
                    span { (if verdict == Verdict::Approve { " approved " } else { " denied " }) (time_ago(at, now)) }
                }
                @if line.can_act { span.sub { " can act now" } }
                @if let Some(text) = &line.comment { q.sub { (text) } }
            }
        }
    }
}
