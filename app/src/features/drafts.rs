//! Drafts: what somebody typed into a form and has not sent yet, kept on the server for them alone (`services::drafts`). The browser's
//! storage holds none of it.

use crate::error::AppError;
use crate::wire::{AsPerson, Json};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What is typed into a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeepDraftInput {
    /// Which form.
    pub form: String,
    /// What it is about; empty for a form that is about nothing in particular.
    #[serde(default)]
    pub object: String,
    /// Its fields; secret ones are left out by the server, and none at all forget what was kept.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Which draft is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeDraftInput {
    /// Which form.
    pub form: String,
    /// What it is about.
    #[serde(default)]
    pub object: String,
}

/// Keeps what is typed for 12 hours, for the person who types it; whether it is kept.
///
/// # Errors
/// As [`AppError`]; 422 when it is too large.
#[server(prefix = "/fn", endpoint = "keep_draft", input = Json, output = Json, client = AsPerson)]
pub async fn keep_draft(
    /// What is typed.
    input: KeepDraftInput,
) -> Result<bool, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let KeepDraftInput { form, object, fields } = input;
    let kept = services::drafts::keep(&request.services, &actor, &form, &object, &fields, &request.origin).await;
    Ok(kept.map_err(ctx::failed)?.is_some())
}

/// What the same person typed before, if it is still kept.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "take_draft", input = Json, output = Json, client = AsPerson)]
pub async fn take_draft(
    /// Which.
    input: TakeDraftInput,
) -> Result<Option<BTreeMap<String, String>>, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::drafts::take(&request.services, &actor, &input.form, &input.object).await.map_err(ctx::failed)
}

/// Milliseconds of quiet after which it is kept.
const QUIET: u64 = 1000;

/// Keeps what is typed, a moment after the last key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeper(StoredValue<Option<TimeoutHandle>>);

impl Keeper {
    /// Somebody typed: what `read` gives is kept a moment after, unless more is typed or it is sent before.
    pub fn later(self, read: impl Fn() -> KeepDraftInput + 'static) {
        self.stop();
        let keep = move || {
            let input = read();
            leptos::task::spawn_local(async move {
                // What cannot be kept stays in the page.
                let _ = keep_draft(input).await;
            });
        };
        self.0.set_value(set_timeout_with_handle(keep, Duration::from_millis(QUIET)).ok());
    }

    /// It is sent, or left: nothing more is kept of it.
    pub fn stop(self) {
        if let Some(pending) = self.0.get_value() {
            pending.clear();
        }
        self.0.set_value(None);
    }
}
