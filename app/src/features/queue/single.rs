//! One request on a page of its own: where the button in the mail leads.

use super::api::{self, Act};
use super::decide::Screen;
use super::detail::body;
use crate::error::AppError;
use crate::features::status::NotFound;
use crate::layout::AdminFrame;
use crate::ui::badge::status_badge;
use crate::ui::html::Html;
use crate::ui::live::Announcer;
use crate::ui::state::trouble;
use crate::ui::title::Title;
use domain::filter::decode_pairs;
use domain::view::RequestDetail;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};
use maud::html;

/// The page of one request.
#[component]
pub fn RequestPage() -> impl IntoView {
    let number =
        use_params_map().with_untracked(|params| params.get("number").and_then(|text| text.parse::<i64>().ok()));
    let Some(number) = number else { return view! { <NotFound/> }.into_any() };
    let search = use_location().search;
    let act = Memo::new(move |_| search.with(|search| act_of(search)));
    let detail = Resource::new_blocking(move || number, api::request_detail);
    let announcer: Announcer = expect_context();
    let here = move || format!("/admin/requests/{number}");
    let navigate = use_navigate();
    let leave = Callback::new(move |()| {
        navigate(&here(), NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() })
    });
    let done = Callback::new(move |decided: api::Decided| {
        announcer.say(format!("Done: the request is {}.", crate::ui::words::status_word(decided.row.status)));
        detail.refetch();
        leave.run(());
    });
    let late = Callback::new(move |()| detail.refetch());
    view! {
        <AdminFrame>
            {crumb(number)}
            <Transition>
                {move || detail.get().map(|found| match found {
                    Ok(detail) => {
                        let href = move |act: Act| format!("/admin/requests/{number}?act={}", act.as_str());
                        let screen = act.get().filter(|_| !detail.row.status.is_terminal()).map(|act| view! {
                            <Screen act=act detail=detail.clone() back=here() over=href(Act::GrantOver) suffix="?from=request".to_owned() close=leave done=done late=late/>
                        });
                        view! {
                            <Title text=format!("Request #{number}")/>
                            {whole(&detail, &href)}
                            {screen}
                        }.into_any()
                    }
                    Err(AppError::NotFound) => view! { <NotFound/> }.into_any(),
                    Err(error) => trouble(&error.sentence()).into_any(),
                })}
            </Transition>
        </AdminFrame>
    }
    .into_any()
}

fn crumb(number: i64) -> Html {
    html! { div.crumb { a href="/admin/requests" { "Requests Queue" } " / #" (number) } }.into()
}

fn whole(detail: &RequestDetail, href: &dyn Fn(Act) -> String) -> Html {
    let row = &detail.row;
    html! {
        div {
            div.head { h1 { (row.resource) " for " (row.requester) } (status_badge(row.status, row.in_flight)) }
            div.card.single { (body(detail, href)) }
        }
    }
    .into()
}

fn act_of(search: &str) -> Option<Act> {
    decode_pairs(search).iter().find(|(name, _)| name == "act").and_then(|(_, value)| Act::parse(value))
}
