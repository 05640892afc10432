//! The forms of the directory.

use super::State as Doors;
use super::forms::{Posted, again_at, back_to, posted, told};
use super::login_forms::whole;
use super::read;
use super::refuse::refuse;
use app::ctx;
use app::error::AppError;
use app::features::directory as pages;
use app::form::FormState;
use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use domain::validate::{FieldCode, FieldError};
use services::directory::{self, Leaving};
use services::import::{How, ImportError, Kind, Report, import};

fn place(noun: &str, id: &str) -> String {
    format!("/admin/directory/{noun}/{id}")
}

fn list(noun: &str) -> String {
    format!("/admin/directory/{noun}")
}

/// Save a person, a group or a resource; a new one when the id is `new`.
pub(super) async fn save(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((noun, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let fields = posted.fields.clone();
    let (is_new, text) = (id == "new", id.clone());
    let known = noun.clone();
    let saved = whole(async move {
        let missing = |_| services::Error::NotFound;
        let name = fields.get("name").cloned().unwrap_or_default();
        Ok(match known.as_str() {
            "people" => {
                let id = if is_new { None } else { Some(text.parse().map_err(missing)?) };
                let draft = pages::read_person(&fields);
                let (_, left) = directory::save_person(&services, &actor, id, &draft, &origin).await?;
                format!("{name} is saved.{}", consequences(&left))
            }
            "groups" => {
                let id = if is_new { None } else { Some(text.parse().map_err(missing)?) };
                directory::save_group(&services, &actor, id, &pages::read_group(&fields), &origin).await?;
                format!("{name} is saved.")
            }
            "resources" => {
                let id = if is_new { None } else { Some(text.parse().map_err(missing)?) };
                directory::save_resource(&services, &actor, id, &pages::read_resource(&fields), &origin).await?;
                format!("{name} is saved.")
            }
            _ => return Err(services::Error::NotFound),
        })
    });
    match saved.await {
        Ok(sentence) => told(&doors, &list(&noun), &sentence),
        Err(error) => back_to(&doors, posted, place(&noun, &id), error).await,
    }
}

fn consequences(left: &Leaving) -> String {
    let mut parts = Vec::new();
    if left.grants > 0 {
        parts.push(format!("{} grants ended", left.grants));
    }
    if !left.canceled.is_empty() {
        parts.push(format!("{} requests were canceled", left.canceled.len()));
    }
    if !left.blocked.is_empty() {
        let numbers: Vec<String> = left.blocked.iter().take(10).map(|number| format!("#{number}")).collect();
        parts.push(format!("nobody can pass {} now", numbers.join(", ")));
    }
    if parts.is_empty() { String::new() } else { format!(" {}.", parts.join("; ")) }
}

/// What is done to one person, group or resource beside saving it.
pub(super) async fn act(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    Path((noun, id, act)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let fields = posted.fields.clone();
    let here = place(&noun, &id);
    if (noun.as_str(), act.as_str()) == ("people", "link") {
        return show_link(doors, posted, here, id).await;
    }
    let (stay, screen) = match act.as_str() {
        "add" | "remove" if noun == "groups" => (here.clone(), here),
        _ => (list(&noun), format!("{here}?act={act}")),
    };
    let done = whole(async move {
        let missing = |_| services::Error::NotFound;
        let take = |name: &str| fields.get(name).cloned().unwrap_or_default();
        Ok(match (noun.as_str(), act.as_str()) {
            ("people", "deactivate") => {
                let id = id.parse().map_err(missing)?;
                let (name, left) = directory::deactivate_person(&services, &actor, id, &origin).await?;
                format!("{name} is deactivated.{}", consequences(&left))
            }
            ("groups", "add") => {
                let id = id.parse().map_err(missing)?;
                let name = directory::add_member(&services, &actor, id, &take("member"), &origin).await?;
                format!("{name} is in it now.")
            }
            ("groups", "remove") => {
                let (id, person) = (id.parse().map_err(missing)?, take("person").parse().map_err(missing)?);
                let name = directory::remove_member(&services, &actor, id, person, &origin).await?;
                format!("{name} is taken out.")
            }
            ("groups", "delete") => {
                let name = directory::delete_group(&services, &actor, id.parse().map_err(missing)?, &origin).await?;
                format!("{name} is deleted.")
            }
            ("resources", "remove") => {
                let id = id.parse().map_err(missing)?;
                let typed = take("typed");
                let (name, canceled) = directory::remove_resource(&services, &actor, id, &typed, &origin).await?;
                format!("{name} is removed; {canceled} requests were canceled.")
            }
            _ => return Err(services::Error::NotFound),
        })
    });
    match done.await {
        Ok(sentence) => told(&doors, &stay, &sentence),
        Err(error) => back_to(&doors, posted, screen, error).await,
    }
}

/// A one-time link, on the answer to the form and nowhere else: not in an address, not in a cookie.
async fn show_link(doors: Doors, posted: Posted, here: String, id: String) -> Response {
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let shown = whole(async move {
        let id = id.parse().map_err(|_| services::Error::NotFound)?;
        services::login::show_link(&services, &actor, id, &origin).await
    });
    match shown.await {
        Ok(token) => {
            let link = format!("{}login/link/{}", doors.config.base_url, token.reveal());
            let form = FormState { values: [("link".to_owned(), link)].into(), error: None, ..FormState::default() };
            again_at(&doors, posted, here, form, None).await
        }
        Err(error) => back_to(&doors, posted, here, error).await,
    }
}

/// A file, looked at: what would change.
pub(super) async fn look(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let Some(actor) = context.actor.clone().filter(|actor| actor.admin) else {
        return refuse(&doors, request, AppError::Forbidden).await;
    };
    let (parts, bare) = match read::parts(&doors, request).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    let mut form = FormState::default();
    let mut bytes = Vec::new();
    for (name, content) in parts {
        if name == "file" {
            bytes = content.to_vec();
        } else {
            form.values.insert(name, String::from_utf8_lossy(&content).chars().take(100).collect());
        }
    }
    let posted = Posted { actor, context, fields: Default::default(), request: bare };
    if bytes.is_empty() {
        form.error = Some(AppError::Invalid { fields: vec![FieldError::new("file", FieldCode::Required)] });
        return again_at(&doors, posted, list("import"), form, Some(StatusCode::UNPROCESSABLE_ENTITY)).await;
    }
    run(doors, posted, form, bytes, true).await
}

/// The same file, for real.
pub(super) async fn write(
    State(doors): State<Doors>,
    Extension(context): Extension<ctx::Request>,
    request: Request,
) -> Response {
    let posted = match posted(&doors, context, request).await {
        Ok(posted) => posted,
        Err(response) => return response,
    };
    if !posted.actor.admin {
        return refuse(&doors, posted.request, AppError::Forbidden).await;
    }
    let Ok(bytes) = BASE64_STANDARD.decode(posted.fields.get("content").cloned().unwrap_or_default()) else {
        let fields = vec![FieldError::new("content", FieldCode::Malformed)];
        return refuse(&doors, posted.request, AppError::Invalid { fields }).await;
    };
    let form = FormState { values: posted.fields.clone(), error: None, ..FormState::default() };
    run(doors, posted, form, bytes, false).await
}

async fn run(doors: Doors, posted: Posted, mut form: FormState, bytes: Vec<u8>, dry_run: bool) -> Response {
    let kind = match form.value("kind").as_str() {
        "groups" => Kind::Groups,
        "resources" => Kind::Resources,
        "flows" => Kind::Flows,
        _ => Kind::People,
    };
    let how =
        How { dry_run, invite: form.value("invite") == "1", leave_out_unknown: form.value("leave_out_unknown") == "1" };
    let (services, actor, origin) = (doors.services.clone(), posted.actor.clone(), posted.context.origin.clone());
    let content = BASE64_STANDARD.encode(&bytes);
    let done = tokio::spawn(async move { import(&services, kind, &bytes, how, Some(&actor), &origin).await }).await;
    match done {
        Ok(Ok(report)) if !dry_run => told(&doors, &list("import"), &format!("Imported: {}", summary(&report))),
        Ok(Ok(report)) => {
            form.values.insert("checked".to_owned(), "1".to_owned());
            form.values.insert("summary".to_owned(), summary(&report));
            form.values.insert("changes".to_owned(), report.changes.join("\n"));
            form.values.insert("notices".to_owned(), report.notices.join("\n"));
            form.values.insert("losses".to_owned(), report.losses.join("\n"));
            form.values.insert("left_out".to_owned(), report.left_out.join("\n"));
            form.values.insert("content".to_owned(), content);
            again_at(&doors, posted, list("import"), form, None).await
        }
        Ok(Err(ImportError::Problems(problems))) => {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            form.values.insert("problems".to_owned(), lines.join("\n"));
            if problems.iter().all(|problem| problem.unknown) {
                form.values.insert("unknown".to_owned(), "1".to_owned());
            }
            again_at(&doors, posted, list("import"), form, Some(StatusCode::UNPROCESSABLE_ENTITY)).await
        }
        Ok(Err(ImportError::Services(error))) => back_to(&doors, posted, list("import"), error).await,
        Err(error) => back_to(&doors, posted, list("import"), services::Error::Internal(error.to_string())).await,
    }
}

fn summary(report: &Report) -> String {
    let left_out = match report.left_out.len() {
        0 => String::new(),
        1 => " 1 unknown reference left out.".to_owned(),
        count => format!(" {count} unknown references left out."),
    };
    format!("{} new, {} changed, {} as they are.{left_out}", report.created, report.updated, report.unchanged)
}
