//! The forms of channels and of the delivery ledger.

use super::State as Doors;
use super::forms::{again_at, back_to, posted, told};
use super::login_forms::whole;
use app::ctx;
use app::features::channels::read;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use services::deliveries::Asked;

/// Save a channel; a new one when the id is `new`.
pub(super) async fn channel(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let mut posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let draft = read(&posted.fields);
    let here = format!("/admin/channels/{id}");
    let name = draft.name.trim().to_owned();
    let is_new = id == "new";
    let saved = whole(async move {
        let id = if is_new { None } else { Some(id.parse().map_err(|_| services::Error::NotFound)?) };
        services::channels::save(&services, &actor, id, &draft, &origin).await
    });
    match saved.await {
        Ok(id) => told(&doors, &format!("/admin/channels/{id}"), &format!("{name} is saved.")),
        Err(error) => {
            // Secrets go one way only; those of a new channel were never kept, so they may come back once more.
            if !is_new {
                posted.fields.remove("secrets");
            }
            back_to(&doors, posted, here, error).await
        }
    }
}

/// Test a channel, renew its key, send it a message again, or remove it.
pub(super) async fn channel_act(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((id, act)): Path<(String, String)>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    if !matches!(act.as_str(), "test" | "key" | "again" | "remove") {
        return super::pages::not_found(State(doors), posted.request).await;
    }
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let here = format!("/admin/channels/{id}");
    let message = posted.fields.get("message").cloned().unwrap_or_default();
    let missing = |_| services::Error::NotFound;
    let what = act.clone();
    let done = whole(async move {
        let channel = id.parse().map_err(missing)?;
        match what.as_str() {
            "key" => services::channels::renew_key(&services, &actor, channel, &origin).await,
            "remove" => services::channels::remove(&services, &actor, channel, &origin).await,
            "test" => services::channels::test(&services, &actor, channel, &origin).await.map(|()| String::new()),
            _ => services::deliveries::send_again(&services, &actor, message.parse().map_err(missing)?, &origin)
                .await
                .map(|_| String::new()),
        }
    });
    match (act.as_str(), done.await) {
        ("key", Ok(key)) => {
            // Shown in this one answer and nowhere else.
            let values = [("new_key".to_owned(), key)].into();
            again_at(&doors, posted, here, FormState { values, error: None, ..FormState::default() }, None).await
        }
        ("remove", Ok(name)) => told(&doors, "/admin/channels", &format!("{name} is removed.")),
        ("test", Ok(_)) => told(&doors, &here, "A test is on its way. Its answer stands under Latest messages."),
        (_, Ok(_)) => told(&doors, &here, "It is sent again."),
        (_, Err(error)) => back_to(&doors, posted, here, error).await,
    }
}

/// Send a message of the ledger again.
pub(super) async fn send_again(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let done = whole(async move {
        let id = id.parse().map_err(|_| services::Error::NotFound)?;
        services::deliveries::send_again(&services, &actor, id, &origin).await
    });
    match done.await {
        Ok(message) => {
            told(&doors, "/admin/messages?state=dead", &format!("The message to {} is sent again.", message.recipient))
        }
        Err(error) => back_to(&doors, posted, "/admin/messages".to_owned(), error).await,
    }
}

/// Send again whatever never arrived of what the ledger shows for a filter.
pub(super) async fn send_all_again(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let given = |name: &str| posted.fields.get(name).cloned().unwrap_or_default();
    let asked = Asked { text: given("q"), kind: given("kind"), ..Asked::default() };
    let done = whole(async move { services::deliveries::send_all_again(&services, &actor, &asked, &origin).await });
    match done.await {
        Ok(1) => told(&doors, "/admin/messages", "1 message is sent again."),
        Ok(count) => told(&doors, "/admin/messages", &format!("{count} messages are sent again.")),
        Err(error) => back_to(&doors, posted, "/admin/messages".to_owned(), error).await,
    }
}
