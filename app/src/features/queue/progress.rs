//! The approval progress: each step, each approver, what they did, who can act now.

use crate::ui::avatar::avatar;
use crate::ui::icon::{Icon, icon};
use crate::ui::time::time_ago;
use crate::ui::words::{approver_word, required_words};
use domain::request::Verdict;
use domain::time::Timestamp;
use domain::view::{ApproverLine, StepLine, StepState};
use leptos::either::Either;
use leptos::prelude::*;

/// The approval progress.
#[component]
pub fn ApprovalProgress(
    /// The steps of the frozen flow.
    steps: Vec<StepLine>,
    /// The moment at which they were read.
    now: Timestamp,
) -> impl IntoView {
    if steps.is_empty() {
        return Either::Left(view! { <p class="sub">"Given at once: nobody has to agree."</p> });
    }
    let steps = steps.into_iter().map(|step| step_line(step, now)).collect_view();
    Either::Right(view! { <ol class="steps">{steps}</ol> })
}

fn step_line(step: StepLine, now: Timestamp) -> impl IntoView {
    let (class, word, shape) = match step.state {
        StepState::Passed => ("done", "passed", Some(Icon::Check)),
        StepState::Waiting => ("now", "waiting", None),
        StepState::Later => ("later", "later", None),
        StepState::Short => ("short", "nobody can pass it", Some(Icon::Warn)),
        StepState::Skipped => ("later", "not reached", None),
        StepState::Overridden => ("over", "overridden", Some(Icon::Minus)),
        StepState::Denied => ("no", "denied", Some(Icon::X)),
    };
    let count = if step.needed > 0 { format!(" · {} of {}", step.agreed, step.needed) } else { String::new() };
    let count = format!("{}{count} · {word}", required_words(step.required));
    let name = step.group.unwrap_or_else(|| approver_word(step.kind).to_owned());
    let more = (step.more > 0).then(|| view! { <li class="sub">{format!("and {} more", step.more)}</li> });
    let approvers = step.approvers.into_iter().map(|line| approver(line, now)).collect_view();
    view! {
        <li class=class>
            <span class="dot">{shape.map(icon)}</span>
            <div class="name">{name}</div>
            <div class="sub">{count}</div>
            <ul class="people">{approvers}{more}</ul>
        </li>
    }
}

fn approver(line: ApproverLine, now: Timestamp) -> impl IntoView {
    let verdict = line.verdict.map(|(verdict, at)| {
        let word = if verdict == Verdict::Approve { " approved " } else { " denied " };
        view! { <span>{word}{time_ago(at, now)}</span> }
    });
    let comment = line.comment.map(|text| view! { <q class="sub">{text}</q> });
    view! {
        <li>
            {avatar(&line.person.name)}
            <span>
                {line.person.name}
                {verdict}
                {line.can_act.then(|| view! { <span class="sub">" can act now"</span> })}
                {comment}
            </span>
        </li>
    }
}
