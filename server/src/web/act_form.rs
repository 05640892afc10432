//! The one adapter between forms without scripts and acts: a form posts to the server function that the browser calls, and its answer
//! becomes a redirect with a message, or the page of the form again with everything typed (`decisions.md`, Doors and pages).

use super::State;
use super::flash::told;
use super::pages::local;
use super::person;
use super::refuse::{refuse, with_status};
use super::render;
use app::act::{Done, NEXT, RETURN};
use app::ctx;
use app::error::AppError;
use app::form::FormState;
use app::routes::is_component;
use app::ui::field::short;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use domain::validate::{FieldCode, FieldError};
use services::drafts::is_secret;
use std::collections::BTreeMap;

/// Largest answer of an act: the largest form again, each of its bytes escaped.
const ANSWER_MAX: usize = 8 * super::BODY_MAX;

/// Whether the body is that of a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(app::wire::FORM)
}

/// What a form carries beside the input of its act, and what was typed into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Posted {
    /// Name of the act.
    act: String,
    /// For whom the form was made: the person's id.
    pub(super) made_for: Option<String>,
    /// The page of the form.
    page: String,
    /// The page after the act, when it is another.
    next: Option<String>,
    /// The fields of the input, by their short names; of several with one name the last.
    values: BTreeMap<String, String>,
    /// The same as it was sent.
    body: String,
}

impl Posted {
    /// Takes the form apart: itself, and the body for the server function.
    ///
    /// # Errors
    /// Names that no form has.
    pub(super) fn read(path: &str, body: &[u8]) -> Result<(Self, String), AppError> {
        let mut posted = Self { act: path.trim_start_matches("/fn/").to_owned(), ..Self::default() };
        let mut input = url::form_urlencoded::Serializer::new(String::new());
        let mut unknown = Vec::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            match name.as_ref() {
                RETURN => posted.page = local(&value).to_owned(),
                NEXT => posted.next = Some(local(&value).to_owned()),
                person::FIELD => posted.made_for = Some(value.into_owned()),
                name if name.starts_with("input[") => {
                    input.append_pair(name, &value);
                    posted.values.insert(short(name).to_owned(), value.into_owned());
                }
                name => unknown.push(FieldError::new(&super::gate::shown(name), FieldCode::UnknownField)),
            }
        }
        posted.body = input.finish();
        let body = posted.body.clone();
        if unknown.is_empty() { Ok((posted, body)) } else { Err(AppError::Invalid { fields: unknown }) }
    }

    /// The page of the form, and what was typed, for a log-in in between; without what is secret, which is typed again.
    pub(super) fn into_fields(self) -> (String, BTreeMap<String, String>) {
        let mut values = self.values;
        let open = url::form_urlencoded::parse(self.body.as_bytes()).filter(|(name, _)| !is_secret(short(name)));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(open).finish();
        values.retain(|name, _| !is_secret(name));
        values.insert("of".to_owned(), self.act);
        values.insert("body".to_owned(), body);
        values.extend(self.made_for.map(|person| (person::FIELD.to_owned(), person)));
        (self.page, values)
    }

    /// The page for what the act answered. `request` has no body any more.
    pub(super) async fn answer(self, state: &State, request: Request, response: Response) -> Response {
        let status = response.status();
        let bytes = to_bytes(response.into_body(), ANSWER_MAX).await.unwrap_or_else(|_| Bytes::new());
        if status != StatusCode::OK {
            let error: AppError = serde_json::from_slice(&bytes).unwrap_or(AppError::Malformed);
            return self.again(state, request, error).await;
        }
        match serde_json::from_slice::<Done>(&bytes) {
            Ok(Done { again: Some(body), .. }) => {
                Self { body, values: BTreeMap::new(), ..self }.show(state, request, None).await
            }
            Ok(done) => {
                let to = done.next.or(self.next).unwrap_or(self.page);
                told(state, &to, &done.sentence)
            }
            Err(error) => {
                let incident = services::incident();
                tracing::error!(%incident, act = self.act, %error, "what an act answered could not be read");
                refuse(state, request, AppError::Internal { incident }).await
            }
        }
    }

    /// The page of the form again, with what was typed and what is wrong with it.
    async fn again(self, state: &State, request: Request, error: AppError) -> Response {
        let response = self.show(state, request, Some(error.clone())).await;
        with_status(&error, response)
    }

    /// The page of the form. Its address came with the form: it must be one on which acts stand, and open to who asks.
    async fn show(self, state: &State, mut request: Request, error: Option<AppError>) -> Response {
        let admin =
            request.extensions().get::<ctx::Request>().and_then(|context| context.actor.as_ref()?.admin.then_some(()));
        let uri = self.page.parse::<Uri>().ok().filter(|uri| is_component(uri.path()) && admin.is_some());
        let Some(uri) = uri else { return refuse(state, request, error.unwrap_or(AppError::Malformed)).await };
        *request.uri_mut() = uri;
        request.extensions_mut().insert(render::ShownAgain(self.page));
        let form = FormState { of: self.act, values: self.values, body: self.body, error };
        render::page(state, request, form, None).await
    }
}

/// A request without body.
pub(super) fn without_body(parts: &axum::http::request::Parts) -> Request {
    let mut request = Request::from_parts(parts.clone(), Body::empty());
    request.headers_mut().remove(header::CONTENT_TYPE);
    request.headers_mut().remove(header::CONTENT_LENGTH);
    request
}

#[cfg(test)]
mod tests {
    use super::Posted;
    use app::error::AppError;

    #[test]
    fn a_form_is_taken_apart() {
        let body =
            b"return=%2Fadmin%2Frequests%3Fopen%3D7&next=%2Fadmin%2Frequests&input%5Bnumber%5D=7&input%5Breason%5D=No.";
        let (posted, input) = Posted::read("/fn/decide", body).expect("read");
        assert_eq!(input, "input%5Bnumber%5D=7&input%5Breason%5D=No.");
        let (page, values) = posted.into_fields();
        assert_eq!(page, "/admin/requests?open=7");
        assert_eq!(values.get("reason").map(String::as_str), Some("No."));
        assert_eq!(values.get("of").map(String::as_str), Some("decide"));
    }

    #[test]
    fn what_is_secret_is_carried_through_no_log_in() {
        let (posted, _) = Posted::read("/fn/x", b"input%5Bname%5D=Chat&input%5Bkey%5D=canary").expect("read");
        let (_, values) = posted.into_fields();
        assert_eq!(values.get("body").map(String::as_str), Some("input%5Bname%5D=Chat"));
        assert!(!values.contains_key("key"));
    }

    #[test]
    fn a_form_has_no_other_fields_and_leads_nowhere_else() {
        let read = |body: &[u8]| Posted::read("/fn/decide", body);
        assert!(matches!(read(b"input%5Bnumber%5D=7&status=approved"), Err(AppError::Invalid { .. })));
        let (posted, _) = read(b"return=https%3A%2F%2Fevil.example&next=%2F%2Fevil.example").expect("read");
        assert_eq!((posted.page.as_str(), posted.next.as_deref()), ("/", Some("/")));
    }
}
