//! The audit page: what was done, by whom, filtered and exported (`product.md` 5). Admins only.

use crate::export::{Export, Format, csv_cells, permit};
use crate::{Error, Origin, Result, Right, Services};
use bytes::Bytes;
use domain::address;
use domain::people::Actor;
use domain::search::Search;
use domain::time::{Day, Timestamp};
use serde_json::json;
use std::borrow::Cow;
use store::audit::{self, Event, Wanted};
use store::directory::people;

pub use store::audit::Recorded;

/// Events on a page.
const SHOWN: i64 = 100;

/// Events read at once by an export.
const CHUNK: i64 = 2000;

/// The types of events, in the order of the filter: all that are written and no others. [`crate::record`] refuses to write another
/// one in every build but a release, and a test looks for one here that nothing writes.
pub const KINDS: &[&str] = &[
    "request_submitted",
    "voted",
    "moved_on",
    "approved",
    "denied",
    "overridden",
    "expired",
    "canceled",
    "withdrawn",
    "error",
    "retried",
    "missing_data_found",
    "repaired",
    "confirmation_needed",
    "confirmed",
    "refused",
    "grant_begun",
    "grant_ended",
    "grant_revoked",
    "provisioning_started",
    "provisioned",
    "provisioning_failed",
    "provisioning_settled",
    "approvers_changed",
    "flow_created",
    "flow_updated",
    "flow_enabled",
    "flow_disabled",
    "flow_deleted",
    "settings_updated",
    "person_changed",
    "group_changed",
    "resource_changed",
    "connector_changed",
    "channel_changed",
    "key_rotated",
    "login",
    "login_failed",
    "logout",
    "password_changed",
    "link_used",
    "link_created",
    "link_shown",
    "export_made",
    "message_delivered",
    "message_failed",
    "message_suppressed",
    "message_resent",
];

/// A filter of the audit page, as it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who did it, or whom it was about: an email, of now or before, or words of a name or email.
    pub person: String,
    /// Number of a request.
    pub request: String,
    /// Type of event.
    pub kind: String,
    /// First day, `2026-11-24`.
    pub from: String,
    /// Last day.
    pub to: String,
    /// IANA name of the time zone whose days these are; UTC when empty.
    pub zone: String,
    /// Events older than this one.
    pub before: String,
}

/// A page of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    /// The events, newest first.
    pub lines: Vec<Recorded>,
    /// Where the next page begins, if there is one.
    pub next: Option<i64>,
    /// Parts of the filter that could not be read or name nothing: nothing is shown for them.
    pub unknown: Vec<&'static str>,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// What was asked, for the store; names of the parts that could not be read.
async fn wanted(session: &mut store::Session, asked: &Asked) -> Result<(Wanted, Vec<&'static str>)> {
    let mut unknown = Vec::new();
    let mut out = Wanted::default();
    let given = |text: &str| !text.trim().is_empty();
    if given(&asked.person) {
        // Also who is not known any more, or never was: somebody may have tried to log in as them.
        let typed = asked.person.trim();
        let email = address::key(typed);
        let person = people::by_email_ever(session, &email).await?;
        out.about = vec![email];
        if let Some(person) = person {
            out.actor = Some(person.id);
            out.about.push(person.email);
            out.about.extend(people::former(session, person.id).await?.into_iter().map(|former| former.email));
        } else {
            out.people = Search::new(typed);
            out.about.push(typed.to_owned());
        }
    }
    if given(&asked.request) {
        match asked.request.trim().trim_start_matches('#').parse() {
            Ok(number) => out.request = Some(domain::ids::RequestNumber(number)),
            Err(_) => unknown.push("request"),
        }
    }
    if given(&asked.kind) {
        match KINDS.iter().find(|kind| **kind == asked.kind) {
            Some(kind) => out.kind = Some((*kind).to_owned()),
            None => unknown.push("kind"),
        }
    }
    let zone = given(&asked.zone).then(|| store::days::zone(&asked.zone));
    if zone == Some(None) {
        unknown.push("zone");
    }
    let start = |day| store::days::start(day, zone.as_ref().and_then(|zone| zone.as_deref()));
    for (text, name, slot, next) in [(&asked.from, "from", &mut out.from, false), (&asked.to, "to", &mut out.to, true)]
    {
        if given(text) {
            match Day::parse(text.trim()) {
                Some(day) => *slot = Some(start(if next { day.next() } else { day })),
                None => unknown.push(name),
            }
        }
    }
    if given(&asked.before) {
        match asked.before.parse() {
            Ok(id) => out.before = Some(id),
            Err(_) => unknown.push("before"),
        }
    }
    Ok((out, unknown))
}

/// A page of the record.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn events(services: &Services, actor: &Actor, asked: &Asked) -> Result<Events> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    let now = session.now();
    let (wanted, unknown) = wanted(&mut session, asked).await?;
    if !unknown.is_empty() {
        return Ok(Events { lines: Vec::new(), next: None, unknown, now });
    }
    let mut lines = audit::search(&mut session, &wanted, SHOWN + 1).await?;
    let shown = usize::try_from(SHOWN).unwrap_or(100);
    let more = lines.len() > shown;
    lines.truncate(shown);
    let next = if more { lines.last().map(|line| line.id) } else { None };
    Ok(Events { lines, next, unknown, now })
}

/// Begins an export of the record under a filter; recorded itself.
///
/// # Errors
/// Forbidden, parts of the filter that cannot be read, or the database fails.
pub async fn export(
    services: &Services,
    actor: &Actor,
    asked: &Asked,
    format: Format,
    origin: &Origin,
) -> Result<Export> {
    use domain::validate::{FieldCode, FieldError};
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let permit = permit(services)?;
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let (mut wanted, unknown) = wanted(&mut session, asked).await?;
    if !unknown.is_empty() {
        let errors = unknown.into_iter().map(|name| FieldError::new(name, FieldCode::Malformed)).collect();
        return Err(Error::Invalid(errors));
    }
    let event = Event {
        kind: "export_made",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        subject: "audit",
        detail: json!({ "format": format!("{format:?}").to_lowercase(), "filter": format!("{asked:?}") }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    let mut session = services.store.read().await?;
    session.unlimited().await?;
    Ok(Export::begin(permit, move |writer| async move {
        let mut first = true;
        loop {
            let lines = audit::search(&mut session, &wanted, CHUNK).await?;
            let last = lines.last().map(|line| line.id);
            let out = write(&lines, format, first, last.is_none())?;
            first = false;
            writer.write(out).await?;
            if last.is_none() {
                return Ok(());
            }
            wanted.before = last;
        }
    }))
}

fn write(lines: &[Recorded], format: Format, first: bool, last: bool) -> Result<Bytes> {
    let mut out = Vec::new();
    match format {
        Format::Csv => {
            if first {
                out.extend_from_slice(b"number,at,type,actor,address,request,subject,detail,internal_notes\r\n");
            }
            for line in lines {
                let cells = [
                    line.id.to_string(),
                    line.at.to_string(),
                    line.kind.clone(),
                    line.actor.clone(),
                    line.address.clone(),
                    line.request.map(|number| number.to_string()).unwrap_or_default(),
                    line.subject.clone(),
                    line.detail.to_string(),
                    line.internal_notes.clone().unwrap_or_default(),
                ];
                csv_cells(&mut out, cells.into_iter().map(Cow::Owned))?;
            }
        }
        Format::Json => {
            for (index, line) in lines.iter().enumerate() {
                out.extend_from_slice(if first && index == 0 { b"[\n" } else { b",\n" });
                let object = json!({
                    "number": line.id, "at": line.at.to_string(), "type": line.kind, "actor": line.actor,
                    "address": line.address, "request": line.request, "subject": line.subject, "detail": line.detail,
                    "internal_notes": line.internal_notes,
                });
                serde_json::to_writer(&mut out, &object).map_err(|error| Error::Internal(error.to_string()))?;
            }
            if last {
                out.extend_from_slice(if first { b"[]\n" } else { b"\n]\n" });
            }
        }
    }
    Ok(Bytes::from(out))
}

#[cfg(test)]
mod tests {
    use super::KINDS;
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    /// What the sources hold, tests and this file's list apart.
    fn sources(folder: &Path, out: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("demo") {
                sources(&path, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("audit.rs") {
                let text = fs::read_to_string(&path).expect("text");
                out.push_str(text.split("#[cfg(test)]").next().unwrap_or_default());
            }
        }
    }

    /// Texts that stand where a type of event is given: `kind: "…"` of an event, the arms that choose one, and the calls of helpers
    /// that take one.
    fn written(text: &str) -> BTreeSet<&str> {
        let quoted = |part: &'static str| {
            text.match_indices(part).filter_map(move |(at, _)| text[at + part.len()..].split('"').next())
        };
        let all = ["kind: \"", "{ \"", "=> \"", "event(\"", ", \"", " \"", "(\""].into_iter().flat_map(quoted);
        all.filter(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect()
    }

    #[test]
    fn the_filter_lists_no_type_that_nothing_writes() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let written = written(&text);
        let unwritten: Vec<_> = KINDS.iter().filter(|kind| !written.contains(**kind)).collect();
        assert!(unwritten.is_empty(), "listed but never written: {unwritten:?}");
        assert_eq!(KINDS.iter().collect::<BTreeSet<_>>().len(), KINDS.len(), "one line each");
    }

    #[test]
    fn the_filter_lists_every_type_that_an_event_names() {
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        let mut missing = BTreeSet::new();
        for (at, _) in text.match_indices("Event {") {
            // The fields of one event: up to the next one, or so far as one is long.
            let body: String = text[at..].chars().take(200).collect();
            let Some((_, rest)) = body.split_once("kind: \"") else { continue };
            let kind = rest.split('"').next().unwrap_or_default();
            if !KINDS.contains(&kind) {
                missing.insert(kind.to_owned());
            }
        }
        assert!(missing.is_empty(), "written but not listed: {missing:?}");
    }
}
