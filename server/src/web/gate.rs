//! The order in which a door answers (`decisions.md`, Order of answers), in one place. Host and hosts were looked at before
//! ([`super::origin`]); here follow 403 for another site, 401 for nobody (the log-in, where a person opens a page), 404, 405, 415, 413;
//! the door itself says 400, 403, 409 or 422.

use super::doors::{ANONYMOUS, Door, Reads};
use super::refuse::{Wish, refuse};
use super::{BODY_MAX, State, functions, origin, pages, person, resume, session};
use app::error::AppError;
use axum::extract::{MatchedPath, Request, State as Doors};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::validate::{FieldCode, FieldError};

/// Lets a request pass to its door, or answers.
pub(super) async fn pass(Doors(state): Doors<State>, mut request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let door =
        path.as_deref().and_then(|path| state.doors.iter().find(|door| (&door.method, door.path) == (&method, path)));
    let wish = Wish::of(door, request.headers());
    request.extensions_mut().insert(wish);
    if !is_safe(&method) && !origin::is_proven(request.headers(), &state.config.base_url) {
        let nobody = session::nobody(&state, &request);
        request.extensions_mut().insert(nobody);
        return refuse(&state, request, AppError::CrossSite).await;
    }
    let caller = session::Caller::of(&state, &request);
    let context = match session::identify(&state, caller).await {
        Ok(context) => context,
        Err(error) => return session::unavailable(&error),
    };
    let known = context.actor.is_some();
    let admin = context.actor.as_ref().is_some_and(|actor| actor.admin);
    request.extensions_mut().insert(context);
    // An open path tells everybody which methods it has.
    let opens = |(open, at): &(Method, &str)| path.as_deref() == Some(*at) && (*open == method || door.is_none());
    let open = ANONYMOUS.iter().any(opens);
    if !known && !open {
        return log_in_first(&state, door.cloned(), request).await;
    }
    if let Err(error) = text_of(&request) {
        return refuse(&state, request, error).await;
    }
    if let Some(door) = door {
        // A door that is not there: of server functions only their names tell.
        if matches!(door.reads, Reads::Input) && !functions::is_known(request.uri().path()) {
            return refuse(&state, request, AppError::NotFound).await;
        }
        // Large bodies are administrators' (imports, logos): nobody else has a byte of one read.
        if door.max > BODY_MAX && !admin {
            return refuse(&state, request, AppError::Forbidden).await;
        }
        if !is_read(door.reads, request.headers()) {
            return refuse(&state, request, AppError::WrongType).await;
        }
        if length(request.headers()).is_some_and(|length| length > door.max) {
            return refuse(&state, request, AppError::TooLarge { kib: door.max / 1024 }).await;
        }
        let door = door.clone();
        let made_for = request.headers().get(person::HEADER).filter(|_| matches!(door.reads, Reads::Input));
        if let Some(made_for) = made_for.map(|made_for| made_for.to_str().unwrap_or_default())
            && let Err(error) = person::check(&state, request.extensions().get(), made_for).await
        {
            return refuse(&state, request, error).await;
        }
        request.extensions_mut().insert(door);
    } else if let Some(path) = path {
        return not_so(&state, &path);
    }
    next.run(request).await
}

/// Something else stands at this path: 405, with the methods that it has (RFC 9110, 15.5.6).
fn not_so(state: &State, path: &str) -> Response {
    let methods: Vec<&str> = state
        .doors
        .iter()
        .filter(|door| door.path == path)
        .flat_map(|door| if door.method == Method::GET { vec!["GET", "HEAD"] } else { vec![door.method.as_str()] })
        .collect();
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, methods.join(","))]).into_response()
}

/// Methods that change nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Nobody is logged in. A person is led to the log-in and afterwards back here; what they typed into a form goes along. A program is
/// told so, and nothing else.
async fn log_in_first(state: &State, door: Option<Door>, request: Request) -> Response {
    if request.extensions().get() == Some(&Wish::Data) {
        return refuse(state, request, AppError::Unauthenticated).await;
    }
    let small = length(request.headers()).is_none_or(|length| length <= BODY_MAX);
    match door {
        Some(Door { reads: reads @ (Reads::Form(_) | Reads::Input), max: BODY_MAX, .. })
            if small && is_read(reads, request.headers()) =>
        {
            resume::with_what_was_typed(state, request).await
        }
        _ if is_safe(request.method()) => pages::to_login(request.uri()),
        Some(_) => pages::to_login(&resume::page_of(request.uri())),
        None => refuse(state, request, AppError::Unauthenticated).await,
    }
}

/// Checks the text of an address once, for every door and both engines: PostgreSQL keeps no NUL, and nobody types one. Tabs and line
/// ends of a query are white space that people paste.
fn text_of(request: &Request) -> Result<(), AppError> {
    let path = decoded(request.uri().path()).ok_or(AppError::NotFound)?;
    if path.chars().any(char::is_control) {
        return Err(AppError::NotFound);
    }
    let pairs = domain::filter::decode_pairs(request.uri().query().unwrap_or_default());
    let bad = |text: &str| text.chars().any(|c| c.is_control() && !c.is_whitespace());
    let fields: Vec<FieldError> = pairs
        .iter()
        .filter(|(name, value)| bad(name) || bad(value))
        .map(|(name, _)| FieldError::new(&shown(name), FieldCode::ControlCharacter))
        .collect();
    if fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields }) }
}

/// A path without its escapes; nothing when it is not UTF-8.
fn decoded(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = (*byte == b'%').then(|| after.get(..2)).flatten().filter(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        let escaped =
            hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(out).ok()
}

/// The name of a field as it may be shown again: short, and nothing in it that is not seen.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control() && !domain::validate::is_bidi_control(*c)).take(60).collect()
}

fn is_read(reads: Reads, headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    match reads {
        Reads::Nothing => true,
        Reads::Form(_) => given.eq_ignore_ascii_case("application/x-www-form-urlencoded"),
        Reads::Files(_) => given.eq_ignore_ascii_case("multipart/form-data"),
        Reads::Input => {
            given.eq_ignore_ascii_case("application/json")
                || given.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        }
    }
}

fn length(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{decoded, text_of};
    use app::error::AppError;
    use axum::body::Body;
    use axum::extract::Request;

    #[test]
    fn an_address_holds_no_control_characters() {
        let asked = |uri: &str| text_of(&Request::builder().uri(uri).body(Body::empty()).expect("a request"));
        for path in ["/logo/%00", "/logo/a%00b", "/admin/flows/%1b", "/x/%7f", "/x/%c2%85", "/logo/%ff", "/a%0ab"] {
            assert_eq!(asked(path), Err(AppError::NotFound), "{path}");
        }
        for query in ["q=%00", "q=a%00", "%00=a", "status=%1b", "x=%7f", "q=%c2%9f"] {
            let answer = asked(&format!("/admin/requests?{query}"));
            assert!(matches!(answer, Err(AppError::Invalid { .. })), "{query}: {answer:?}");
        }
        for fine in ["/admin/requests?q=a%20b", "/admin/requests?q=a%09b%0d%0a", "/x/%e4%bd%a0", "/?", "/%"] {
            assert_eq!(asked(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn escapes_are_read_and_what_is_none_stays() {
        assert_eq!(decoded("/a%20b%2f"), Some("/a b/".to_owned()));
        assert_eq!(decoded("/100%"), Some("/100%".to_owned()));
        assert_eq!(decoded("/%zz%+1%4"), Some("/%zz%+1%4".to_owned()));
        assert_eq!(decoded("/%c3"), None);
    }
}
