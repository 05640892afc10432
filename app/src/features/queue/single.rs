//! One request on a page of its own: where the button in the mail leads.

use super::api::{self, Act, Asked};
use super::decide::DecisionDialog;
use super::detail::Detail;
use super::place::Ways;
use crate::act::Done;
use crate::error::AppError;
use crate::form::use_form_state;
use crate::layout::{AdminFrame, use_viewer};
use crate::ui::badge::status_badge;
use crate::ui::icon::{Icon, icon};
use crate::ui::live::Announcer;
use crate::ui::state::trouble;
use crate::ui::title::title;
use domain::filter::decode_pairs;
use domain::request::Refusal;
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_params_map};

/// The page of one request, with the second screen that the address asks for.
#[component]
pub fn RequestPage() -> impl IntoView {
    let params = use_params_map();
    let search = use_location().search;
    let number = Memo::new(move |before: Option<&Option<i64>>| match params.with(|params| params.get("number")) {
        Some(text) => text.parse::<i64>().ok(),
        None => before.copied().flatten(),
    });
    let act = Memo::new(move |before: Option<&Option<Act>>| {
        // Another page's address is none of this one's: it changes before this page is gone.
        if let Some(before) = before
            && params.with(|params| params.get("number")).is_none()
        {
            return *before;
        }
        let pairs = search.with(|search| decode_pairs(search));
        pairs.iter().find(|(name, _)| name == "act").and_then(|(_, value)| Act::parse(value))
    });
    let read = Resource::new_blocking(
        move || number.get(),
        |number| async move {
            match number {
                Some(number) => api::request_detail(number, Asked::Person).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let announcer = expect_context::<Announcer>();
    let navigate = use_navigate();
    let go = StoredValue::new(move |href: &str| {
        navigate(href, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
    });
    Effect::new(move |_| {
        if let Some(number) = number.get() {
            document().set_title(&title(&format!("Request #{number}")));
        }
    });
    // Why a second screen was closed under somebody's hands.
    let said = RwSignal::new(None::<String>);
    let back = move || {
        if let Some(number) = number.get_untracked() {
            go.with_value(|go| go(&Ways::Page(number).back()));
        }
        read.refetch();
    };
    let refused = Callback::new(move |error: AppError| {
        if matches!(error, AppError::Refused { refusal: Refusal::Ended(_), .. }) {
            said.set(Some(error.sentence()));
            back();
        } else {
            read.refetch();
        }
    });
    let done = Callback::new(move |done: Done| {
        announcer.say(done.sentence);
        back();
    });
    let screen = Memo::new(move |_| number.get().zip(act.get()));
    let came_back = use_form_state().message();
    view! {
        <AdminFrame>
            <Transition>
                {move || Some(match read.get()? {
                    Err(error) => Either::Left(view! { <Missing number=number.get() error=error/> }),
                    Ok(detail) => {
                        let row = detail.row.clone();
                        // Said beside its field in the second screen, or here when there is none any more.
                        let came_back = came_back.clone().filter(|_| act.get().is_none() || row.status.is_terminal());
                        Either::Right(view! {
                            <div class="crumb"><a href=crate::routes::QUEUE>"Requests Queue"</a>{format!(" / #{}", row.number)}</div>
                            <div class="head">
                                <h1>{format!("{} for {}", row.resource, row.requester)}</h1>
                                {status_badge(row.status, row.in_flight)}
                            </div>
                            {came_back.map(trouble)}
                            {move || said.get().map(trouble)}
                            <div class="card single"><Detail detail=detail ways=Ways::Page(row.number.0)/></div>
                        })
                    }
                })}
            </Transition>
            <DecisionDialog screen=screen ways=Ways::Page done=done refused=refused/>
        </AdminFrame>
    }
}

/// There is no such request, or it cannot be shown now.
#[component]
fn Missing(number: Option<i64>, error: AppError) -> impl IntoView {
    let (heading, text) = match (&error, number) {
        (AppError::NotFound, Some(number)) => (
            format!("There is no request #{number}"),
            "The link may be incomplete, or from another Doorward.".to_owned(),
        ),
        (AppError::NotFound, None) => {
            ("There is no such page".to_owned(), "It may have been moved, or the link is incomplete.".to_owned())
        }
        (error, _) => ("This cannot be shown".to_owned(), error.sentence()),
    };
    view! {
        {other_account()}
        <div class="empty">
            <span class="empty-icon">{icon(Icon::Door)}</span>
            <p class="sub">{error.status()}</p>
            <h1>{heading}</h1>
            <p>{text}</p>
            <p><a class="button primary" href=crate::routes::QUEUE>"Open the Requests Queue"</a></p>
        </div>
    }
}

/// That the link was made for somebody else than who is logged in. It says what the link says, and nothing of what is behind it.
fn other_account() -> Option<impl IntoView> {
    let pairs = use_location().search.with_untracked(|search| decode_pairs(search));
    let (_, meant) = pairs.into_iter().find(|(name, _)| name == "for")?;
    let meant = domain::validate::email("for", &meant).ok()?;
    let email = use_viewer().email;
    (meant != email).then(|| {
        view! {
            <p class="notice" role="status">
                {icon(Icon::Info)}
                <span>
                    "This link was made for "<b>{meant}</b>", and you are logged in as "<b>{email}</b>
                    ". If you have both accounts, log out and follow the link again."
                </span>
            </p>
        }
    })
}
