//! Approvals: what waits on my vote, and what I decided.

use super::api;
use crate::features::queue::steps_view;
use crate::form::{FormState, use_form_state};
use crate::layout::PortalFrame;
use crate::ui::avatar::{avatar, logo};
use crate::ui::badge::status_badge;
use crate::ui::field::TextArea;
use crate::ui::state::{empty, trouble};
use crate::ui::time::relative;
use crate::ui::title::Title;
use crate::ui::words::span_words;
use domain::request::Verdict;
use domain::time::Timestamp;
use domain::view::Approval;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page.
#[component]
pub fn ApprovalsPage() -> impl IntoView {
    let found = Resource::new_blocking(|| (), |()| api::approvals());
    let open = use_query_map().with_untracked(|query| query.get("open").and_then(|text| text.parse::<i64>().ok()));
    let detail = Resource::new_blocking(
        move || open,
        |open| async move {
            match open {
                Some(number) => api::approval_detail(number).await.ok(),
                None => None,
            }
        },
    );
    let waiting = Signal::derive(move || found.get().and_then(Result::ok).map_or(0, |found| found.counts.approvals));
    let form = StoredValue::new(use_form_state());
    view! {
        <Title text="Approvals"/>
        <Transition>
            <PortalFrame place="/portal/approvals" approvals=waiting>
                {move || found.get().map(|found| match found {
                    Err(error) => trouble(error.sentence()).into_any(),
                    Ok(found) => {
                        let now = found.now;
                        let progress = detail.get().flatten();
                        let progress = move |number: i64| progress.as_ref()
                            .filter(|detail| detail.number().0 == number)
                            .map(|detail| steps_view(&detail.steps, detail.now));
                        let form = form.get_value();
                        view! {
                            <section>
                                <h1>"Waiting for your approval"</h1>
                                {form.message().map(trouble)}
                                {if found.waiting.is_empty() {
                                    let hint = view! { "Requests that need your vote appear here." };
                                    view! { <div class="card">{empty("check", "Nothing waits on you", hint.into_any())}</div> }.into_any()
                                } else {
                                    view! { <div class="card rows">
                                        {found.waiting.iter().map(|item| {
                                            let number = item.row.number.0;
                                            wait(item, now, open == Some(number), progress(number), &form)
                                        }).collect_view()}
                                    </div> }.into_any()
                                }}
                            </section>
                            {(!found.decided.is_empty()).then(|| view! {
                                <section>
                                    <h2>"What you decided"</h2>
                                    <div class="card rows">{found.decided.iter().map(|item| decided(item, now)).collect_view()}</div>
                                </section>
                            })}
                        }.into_any()
                    }
                })}
            </PortalFrame>
        </Transition>
    }
}

fn wait(
    item: &Approval,
    now: Timestamp,
    open: bool,
    progress: Option<AnyView>,
    form: &FormState,
) -> impl IntoView + use<> {
    let row = &item.row;
    let number = row.number.0;
    let mine = form.value("number") == number.to_string();
    let form = if mine { form.clone() } else { FormState::default() };
    let denying = mine && form.value("verdict") == "deny";
    let asked = item.requested.map(|span| format!(" for {}", span_words(span))).unwrap_or_default();
    let line = format!("wants {}{asked}, {}", row.resource, relative(row.submitted_at, now));
    let action = format!("/portal/approvals/{number}");
    view! {
        <details class="line approval" open=open || mine id=format!("approval-{number}")>
            <summary>
                {avatar(&row.requester)}
                <span class="grow"><span class="name">{row.requester.clone()}</span><span class="sub">{line}</span></span>
                {logo(&row.resource)}
                <span class="button">"Review"</span>
            </summary>
            <div class="review">
                <blockquote>{item.reason.clone()}</blockquote>
                {progress}
                <form method="post" action=action.clone() class="stack">
                    <input type="hidden" name="verdict" value="approve"/>
                    <TextArea name="comment" scope=format!("-{number}") label="Comment" hint="Optional." value=form.value("comment") error=Signal::stored(form.error_at("comment"))/>
                    <button class="button primary" type="submit">"Approve"</button>
                </form>
                <details class="deny" open=denying>
                    <summary class="button bad">"Deny…"</summary>
                    <form method="post" action=action class="stack">
                        <input type="hidden" name="verdict" value="deny"/>
                        <TextArea name="reason" scope=format!("-{number}") label="Reason" hint="Sent to the requester." value=form.value("reason") required=true error=Signal::stored(form.error_at("reason"))/>
                        <TextArea name="next_steps" scope=format!("-{number}") label="Next steps" hint="Optional. Sent to the requester." value=form.value("next_steps") error=Signal::stored(form.error_at("next_steps"))/>
                        <button class="button danger" type="submit">"Deny Access"</button>
                    </form>
                </details>
            </div>
        </details>
    }
}

fn decided(item: &Approval, now: Timestamp) -> impl IntoView + use<> {
    let row = &item.row;
    let did = item.voted.map(|(verdict, at)| {
        let word = if verdict == Verdict::Approve { "You approved" } else { "You denied" };
        format!("{word} {}, {} for {}", relative(at, now), row.resource, row.requester)
    });
    view! {
        <article class="line">
            {avatar(&row.requester)}
            <div class="grow"><div class="name">{row.requester.clone()}</div><div class="sub">{did}</div></div>
            {status_badge(row.status, row.in_flight)}
        </article>
    }
}
