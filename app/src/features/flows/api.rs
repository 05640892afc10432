//! Server functions of the approval flows.

use crate::act::Done;
use crate::error::AppError;
use crate::wire::{ActInput, AsPerson, Json};
use domain::flow::Draft;
#[cfg(feature = "ssr")]
use domain::ids::FlowId;
use domain::people::PersonRef;
use domain::view::{FlowOpened, FlowPreview};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The editor of a flow, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FlowInput {
    /// Which flow; empty for a new one.
    pub id: String,
    /// The revision on which it is based.
    pub revision: String,
    /// What the pressed button asks for ([`super::press`]); empty saves.
    pub op: String,
    /// The flow.
    pub draft: Draft,
    /// For whom the check looks.
    pub sample: String,
    /// A group that is to see it, not yet added.
    pub visible_new: String,
    /// Of each step a person, not yet added.
    pub people_new: Vec<String>,
}

/// A flow, to be edited.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "open_flow", input = Json, output = Json, client = AsPerson)]
pub async fn open_flow(
    /// Which.
    id: String,
) -> Result<FlowOpened, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    let id: FlowId = id.parse().map_err(|_| ctx::answer(AppError::NotFound))?;
    services::flows::open(&request.services, &actor, id).await.map_err(ctx::failed)
}

/// Who could approve a draft today, and what there is to choose from.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "preview_flow", input = Json, output = Json, client = AsPerson)]
pub async fn preview_flow(
    /// The flow, as it is typed.
    draft: Draft,
    /// For whom the check looks.
    sample: String,
) -> Result<FlowPreview, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::flows::preview(&request.services, &actor, &draft, &sample).await.map_err(ctx::failed)
}

/// The people whom a text may mean.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "find_people", input = Json, output = Json, client = AsPerson)]
pub async fn find_people(
    /// Name or email.
    typed: String,
) -> Result<Vec<PersonRef>, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::flows::find_people(&request.services, &actor, &typed).await.map_err(ctx::failed)
}

/// The name of the group that a text means.
///
/// # Errors
/// As [`AppError`].
#[server(prefix = "/fn", endpoint = "find_group", input = Json, output = Json, client = AsPerson)]
pub async fn find_group(
    /// Its name, in any spelling that is the same name.
    typed: String,
) -> Result<Option<String>, AppError> {
    use crate::ctx;
    let (request, actor) = ctx::actor()?;
    services::flows::find_group(&request.services, &actor, &typed).await.map_err(ctx::failed)
}

/// Saves a flow; or does to the draft what another button of its form asks for, for a page without scripts.
///
/// # Errors
/// As [`AppError`]; [`AppError::Refused`] when somebody saved it meanwhile.
#[server(prefix = "/fn", endpoint = "save_flow", input = ActInput, output = Json, client = AsPerson)]
pub async fn save_flow(
    /// The editor.
    input: FlowInput,
) -> Result<Done, AppError> {
    use crate::ctx;
    use services::flows::{Saved, save};
    let (request, actor) = ctx::actor()?;
    if !input.op.is_empty() {
        return super::press::press_without_scripts(&request.services, &actor, input).await.map_err(ctx::answer);
    }
    let target = match input.id.as_str() {
        "" => None,
        id => {
            let id: FlowId = id.parse().map_err(|_| ctx::answer(AppError::NotFound))?;
            Some((id, input.revision.trim().parse().unwrap_or(0)))
        }
    };
    match save(&request.services, &actor, target, &input.draft, &request.origin).await.map_err(ctx::failed)? {
        Saved::Conflict(_) => Err(ctx::answer(AppError::changed())),
        Saved::Done { version, older, .. } => {
            let stay = match older {
                0 => String::new(),
                1 => " One open request stays under an older version.".to_owned(),
                many => format!(" {many} open requests stay under an older version."),
            };
            Ok(Done::new(format!("{} is saved, version {version}.{stay}", input.draft.name.trim())))
        }
    }
}
