//! Deciding without a reload: the second screen that the address asks for, over the page under it.

use super::api::{self, Act, Asked};
use super::place::Ways;
use super::screen::SecondScreen;
use crate::act::Done;
use crate::error::AppError;
use crate::features::drafts::{TakeDraftInput, take_draft};
use crate::ui::state::trouble;
use leptos::either::Either;
use leptos::prelude::*;

/// The second screen, if the address asks for one.
#[component]
pub(super) fn DecisionDialog(
    /// Request and act that the address asks for.
    screen: Memo<Option<(i64, Act)>>,
    /// The addresses around a request.
    #[prop(into)]
    ways: Callback<i64, Ways>,
    /// Called when the act is done.
    done: Callback<Done>,
    /// Called with the error when the act was refused because of what others did.
    refused: Callback<AppError>,
) -> impl IntoView {
    let read = Resource::new_blocking(
        move || screen.get(),
        |screen| async move {
            let (number, act) = screen?;
            let detail = match api::request_detail(number, Asked::Person).await {
                Ok(detail) => detail,
                Err(error) => return Some(Err(error)),
            };
            // What the same person typed before and did not send.
            let kept = take_draft(TakeDraftInput { form: act.as_str().to_owned(), object: number.to_string() }).await;
            Some(Ok((act, detail, kept.ok().flatten().unwrap_or_default())))
        },
    );
    view! {
        <Transition>
            {move || {
                screen.get()?;
                match read.get()?? {
                    Err(error) => Some(Either::Left(trouble(error.sentence()))),
                    Ok((act, detail, draft)) => {
                        let ways = ways.run(detail.number().0);
                        // The page of a request that has ended says how, by itself.
                        let ended = matches!(ways, Ways::Page(_)) && detail.row.status.is_terminal();
                        (!ended).then(|| Either::Right(
                            view! { <SecondScreen detail=detail draft=draft act=act ways=ways done=done refused=refused/> },
                        ))
                    }
                }
            }}
        </Transition>
    }
}
