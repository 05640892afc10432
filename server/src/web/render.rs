//! Rendering a page on the server.

use super::flash::Said;
use super::{State, refuse};
use app::ctx;
use app::error::AppError;
use app::features::status::{framed, in_frame};
use app::form::{Flash, FormState};
use app::sheet::{Call, Found, Sheet};
use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use leptos::prelude::provide_context;

/// For whom a link of a message was made: it says so itself, and only an address is believed.
fn meant_for(query: &str) -> Option<String> {
    let pairs = domain::filter::decode_pairs(query);
    let (_, email) = pairs.iter().find(|(name, _)| name == "for")?;
    domain::validate::email("for", email).ok()
}

/// That a page stands under the address of the act whose form it shows again; its own address.
#[derive(Clone, Debug)]
pub(super) struct ShownAgain(pub(super) String);

/// Renders the page of the request's path. `form` is what came back from a form that was not accepted.
pub(super) async fn page(state: &State, request: Request, form: FormState, status: Option<StatusCode>) -> Response {
    let Some(mut context) = request.extensions().get::<ctx::Request>().cloned() else {
        return Response::new(Body::from("no context"));
    };
    // What was posted, or is shown under another address than its own, the browser's router would take for another page.
    let original = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri().clone(), |uri| uri.0.clone());
    let asked = request.extensions().get::<OriginalUri>().map(|original| original.0.path().to_owned());
    context.takes_over =
        request.method() == Method::GET && asked.as_deref().is_none_or(|asked| asked == request.uri().path());
    if let Some(ShownAgain(address)) = request.extensions().get::<ShownAgain>() {
        context.takes_over = true;
        context.address = Some(address.clone());
    }
    let call = Call {
        path: request.uri().path().to_owned(),
        query: domain::filter::decode_pairs(request.uri().query().unwrap_or_default()),
        form: form.clone(),
        meant_for: meant_for(original.query().unwrap_or_default()),
        request: context.clone(),
    };
    let sheet = match app::sheet::open(&call).await {
        Found::Component => None,
        Found::Sheet(sheet) => Some(in_frame(&call, asked.as_deref().unwrap_or(&call.path), sheet).await),
    };
    show(state, request, context, form, sheet, status).await
}

/// Renders the page that says why something is not done, in the frame of the portal that its reader is in.
pub(super) async fn refused(state: &State, request: Request, error: &AppError) -> Response {
    let Some(context) = request.extensions().get::<ctx::Request>().cloned() else { return refuse::data(error) };
    let path = request.uri().path().to_owned();
    let query = domain::filter::decode_pairs(request.uri().query().unwrap_or_default());
    let meant_for = meant_for(request.uri().query().unwrap_or_default());
    let call = Call { path: path.clone(), query, form: FormState::default(), meant_for, request: context.clone() };
    let sheet = framed(&call, &path, error).await;
    let response = show(state, request, context, FormState::default(), Some(sheet), None).await;
    refuse::with_status(error, response)
}

/// Renders a page to its end in a task of its own. A client that hangs up drops its handler, and with it the reactive values that
/// parts of the page, which are still being read, would write to.
async fn whole(rendering: impl Future<Output = Response> + Send + 'static) -> Response {
    let page = tokio::spawn(async move {
        let (parts, body) = rendering.await.into_parts();
        axum::body::to_bytes(body, usize::MAX).await.map(|bytes| Response::from_parts(parts, Body::from(bytes)))
    });
    match page.await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => broken(&error),
        Err(error) => broken(&error),
    }
}

/// A page that could not be rendered.
fn broken(error: &dyn std::fmt::Display) -> Response {
    let incident = services::incident();
    tracing::error!(%incident, %error, "a page was not rendered");
    refuse::data(&AppError::Internal { incident })
}

async fn show(
    state: &State,
    request: Request,
    mut context: ctx::Request,
    form: FormState,
    sheet: Option<Sheet>,
    status: Option<StatusCode>,
) -> Response {
    context.takes_over &= sheet.as_ref().is_none_or(|sheet| sheet.takes_over);
    let status = status.or_else(|| sheet.as_ref().and_then(|sheet| StatusCode::from_u16(sheet.status).ok()));
    // Only where the page itself is asked for: what answers a form is the page of no address.
    let said = if request.method() == Method::GET {
        let asked = request.extensions().get::<OriginalUri>().map_or_else(|| request.uri(), |original| &original.0);
        Said::at(asked, request.headers())
    } else {
        Said::default()
    };
    let flash = said.sentence.clone();
    let provide = move || {
        provide_context(context.clone());
        provide_context(leptos::nonce::Nonce::from_value(context.nonce.clone()));
        provide_context(form.clone());
        if let Some(sheet) = &sheet {
            provide_context(sheet.clone());
        }
        provide_context(Flash(flash.clone()));
    };
    let assets = state.assets.links();
    let render = leptos_axum::render_app_async_with_context(provide, move || app::shell::shell(&assets));
    let mut request = request;
    *request.method_mut() = Method::GET;
    let mut response = whole(async move { render(request).await }).await;
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    said.forget(&mut response);
    response
}
