//! The choice of a duration in markup, for the user portal. Server only.

use super::icon::{Icon, icon};
use crate::form::FormState;
use crate::ui::words::{offered_spans, span_words};
use domain::catalog::Access;
use domain::time::Span;
use maud::{Markup, html};

/// A duration that was chosen before it turned out that somebody else chooses it.
pub(crate) fn not_yet(form: &FormState) -> Markup {
    html! {
        @if let Some(error) = form.error_at("duration") {
            div.field { span.field-error #field-duration-error { (icon(Icon::Warn)) span { (error) } } }
        }
    }
}

/// How long, for timed access; never longer than the flow allows. What was chosen before stays chosen, allowed or not: the server says
/// what is wrong with it, and nothing takes its place in silence.
pub(crate) fn durations(access: &Access, asked: Option<Span>, form: &FormState) -> Markup {
    let Some(longest) = access.longest() else { return not_yet(form) };
    let spans = offered_spans(access, longest);
    let typed = form.value("duration");
    let chosen = if typed.is_empty() { asked } else { Span::parse(&typed) };
    let strange = (!typed.is_empty() && !chosen.is_some_and(|chosen| spans.contains(&chosen))).then_some(typed);
    html! {
        div.field {
            label for="field-duration" { "Access lasts" }
            select #field-duration name="duration" aria-describedby="field-duration-error"
                aria-invalid=[form.error_at("duration").map(|_| "true")] {
                @if let Some(typed) = &strange { option value=(typed) selected { (typed) " (not allowed)" } }
                @for span in spans {
                    option value=(span) selected[Some(span) == chosen] {
                        (span_words(span)) @if Some(span) == asked { " (asked)" }
                    }
                }
            }
            span.field-error #field-duration-error { @if let Some(error) = form.error_at("duration") { (icon(Icon::Warn)) span { (error) } } }
        }
    }
}
