//! JSON of the server functions.

use crate::error::AppError;
use bytes::Bytes;
use futures::{Sink, Stream};
use leptos::server_fn::client::Client;
use leptos::server_fn::client::browser::BrowserClient;
use leptos::server_fn::codec::Post;
use leptos::server_fn::request::browser::BrowserRequest;
use leptos::server_fn::response::browser::BrowserResponse;
use leptos::server_fn::{ContentType, Decodes, Encodes, Format, FormatType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::OnceLock;

/// The header of a call that says for whom its page was made: under another log-in nothing is done.
pub const PERSON_HEADER: &str = "x-doorward-person";

/// The person for whom the page in this browser was made.
static PERSON: OnceLock<String> = OnceLock::new();

/// Says for whom the page was made, once, by their id; a page without anybody says nothing.
pub fn set_person(id: String) {
    if !id.is_empty() {
        let _ = PERSON.set(id);
    }
}

/// The client of the server functions: each call names the person for whom its page was made ([`PERSON_HEADER`]).
#[derive(Debug)]
pub struct AsPerson;

impl Client<AppError> for AsPerson {
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(request: BrowserRequest) -> impl Future<Output = Result<BrowserResponse, AppError>> + Send {
        if let Some(person) = PERSON.get() {
            request.headers().set(PERSON_HEADER, person);
        }
        <BrowserClient as Client<AppError>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static),
            AppError,
        >,
    > + Send {
        <BrowserClient as Client<AppError>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<AppError>>::spawn(future);
    }
}

/// JSON, read as text. The encoding of the library reads bytes, which gives the browser a second copy of every reader beside
/// the one for what came with the page: a tenth of all its code.
#[derive(Clone, Copy, Debug)]
pub struct JsonText;

/// Arguments and answer as JSON in the body of a POST.
pub type Json = Post<JsonText>;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(output: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(output).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(serde::de::Error::custom)?;
        read(text)
    }
}

/// The input of an act: the fields of a form as a browser without scripts sends them, or the same as JSON, as the pages' scripts do
/// (`decisions.md`, Doors and pages). The door has looked at the type of content; JSON begins with a brace, a field with its name.
#[derive(Clone, Copy, Debug)]
pub struct ActText;

/// The input of an act in the body of a POST.
pub type ActInput = Post<ActText>;

impl ContentType for ActText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for ActText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for ActText {
    type Error = serde_json::Error;

    fn encode(input: &T) -> Result<Bytes, Self::Error> {
        JsonText::encode(input)
    }
}

impl<T: DeserializeOwned> Decodes<T> for ActText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        let text = std::str::from_utf8(&bytes).map_err(serde::de::Error::custom)?;
        if text.starts_with("input") { read_form(text).map_err(serde::de::Error::custom) } else { read(text) }
    }
}

/// The type of content of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(not(feature = "ssr"))]
fn read_form<T: DeserializeOwned>(_text: &str) -> Result<T, String> {
    Err(String::new())
}

/// Reads the fields of a form, named as `input[reason]`; refuses what [`read`] refuses.
#[cfg(feature = "ssr")]
pub(crate) fn read_form<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    for (name, value) in domain::filter::decode_pairs(text) {
        if value.chars().chain(name.chars()).any(|c| c.is_control() && !c.is_whitespace()) {
            return Err(format!("{UNSEEN}{}`", crate::ui::field::short(&name)));
        }
    }
    let config = serde_qs::Config::new(8, false);
    let reader = serde_qs::Deserializer::with_config(&config, text.as_bytes()).map_err(|error| error.to_string())?;
    let mut unknown = None;
    let value = serde_ignored::deserialize(reader, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    });
    let value = value.map_err(|error| error.to_string())?;
    match unknown {
        Some(path) => Err(format!("{UNKNOWN}{path}`")),
        None => Ok(value),
    }
}

#[cfg(not(feature = "ssr"))]
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    serde_json::from_str(text)
}

/// Begins the error of a field that is not known.
#[cfg(feature = "ssr")]
const UNKNOWN: &str = "unknown field `";
/// Begins the error of a field whose text cannot be seen.
#[cfg(feature = "ssr")]
const UNSEEN: &str = "unseen text in `";

/// Reads the arguments of a call. Whatever the server function does not know, at any depth, is refused, and so is text that nobody
/// types: PostgreSQL keeps no NUL (`decisions.md`, Unknown fields).
#[cfg(feature = "ssr")]
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    use serde::de::Error;
    let mut unknown = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_ignored::deserialize(&mut reader, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    })?;
    reader.end()?;
    if let Some(path) = unknown {
        return Err(serde_json::Error::custom(format!("{UNKNOWN}{path}`")));
    }
    if let Some(path) = unseen(&serde_json::from_str(text)?, "") {
        return Err(serde_json::Error::custom(format!("{UNSEEN}{path}`")));
    }
    Ok(value)
}

/// Where a text holds a control character beside the white space that is typed.
#[cfg(feature = "ssr")]
fn unseen(value: &serde_json::Value, path: &str) -> Option<String> {
    use serde_json::Value;
    let bad = |text: &str| text.chars().any(|c| c.is_control() && !c.is_whitespace());
    match value {
        Value::String(text) => bad(text).then(|| path.to_owned()),
        Value::Array(values) => values.iter().find_map(|value| unseen(value, path)),
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if bad(name) { Some(path) } else { unseen(value, &path) }
        }),
        _ => None,
    }
}

/// The field of which an error of [`read`] tells, or one of serde's own about a field that a struct denies.
#[cfg(feature = "ssr")]
pub(crate) fn refused_field(said: &str) -> Option<domain::validate::FieldError> {
    use domain::validate::{FieldCode, FieldError};
    let field = |begin: &str| {
        let (_, rest) = said.split_once(begin)?;
        let name = rest.split('`').next()?;
        Some(name.chars().filter(|c| !c.is_control()).take(60).collect::<String>())
    };
    let of = |code: FieldCode| move |name: String| FieldError::new(&name, code);
    field(UNKNOWN).map(of(FieldCode::UnknownField)).or_else(|| field(UNSEEN).map(of(FieldCode::ControlCharacter)))
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::{read, refused_field};
    use crate::features::queue::api::Decision;
    use domain::validate::FieldCode;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Call {
        number: i64,
        form: Inner,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        #[serde(default)]
        typed: String,
    }

    #[expect(clippy::expect_used, clippy::panic, reason = "a test that fails says so")]
    fn refused(text: &str) -> (String, FieldCode) {
        let said = read::<Call>(text).expect_err("refused").to_string();
        let field = refused_field(&said).unwrap_or_else(|| panic!("{said}"));
        (field.field, field.code)
    }

    #[test]
    fn what_a_call_does_not_know_is_refused_at_any_depth() {
        let fine = r#"{"number":1,"form":{"typed":"a\tb\n"}}"#;
        assert_eq!(read::<Call>(fine).expect("read").form.typed, "a\tb\n");
        let code = FieldCode::UnknownField;
        assert_eq!(refused(r#"{"number":1,"form":{},"decided_by":"me"}"#), ("decided_by".to_owned(), code.clone()));
        assert_eq!(refused(r#"{"number":1,"form":{"status":"approved"}}"#), ("form.status".to_owned(), code.clone()));
        // A struct that denies them itself says so in serde's words.
        let said = read::<Decision>(r#"{"number":1,"act":"deny","version":null,"decided_by":"me"}"#).expect_err("no");
        assert_eq!(refused_field(&said.to_string()).map(|field| field.code), Some(code));
    }

    #[test]
    fn text_that_nobody_types_is_refused() {
        let code = FieldCode::ControlCharacter;
        assert_eq!(refused(r#"{"number":1,"form":{"typed":"a\u0000b"}}"#), ("form.typed".to_owned(), code.clone()));
        assert_eq!(refused(r#"{"number":1,"form":{"typed":"\u001b[31m"}}"#), ("form.typed".to_owned(), code));
    }

    #[test]
    fn what_is_no_call_is_not_understood() {
        for text in [
            "{",
            "[]",
            r#"{"number":"x","form":{}}"#,
            r#"{"number":1,"form":{}} {}"#,
            r#"{"number":1,"number":2,"form":{}}"#,
        ] {
            let said = read::<Call>(text).expect_err("refused").to_string();
            assert!(refused_field(&said).is_none(), "{text}: {said}");
        }
    }
}
