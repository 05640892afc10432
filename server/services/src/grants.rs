//! Live grants: the list, giving back, revoking, and what follows when a grant ends.

use crate::directory::Page;
use crate::requests::{groups_of, recount_seats};
use crate::targets::{Difference, Extra, Scope, compare};
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::{GrantId, GroupId, MessageId, PersonId, ResourceId};
use domain::people::Actor;
use domain::search::Search;
use domain::time::Timestamp;
use domain::validate::{self, FieldCode, FieldError};
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::grants::{self, Ended, Order};
use store::provisioned;

pub use store::grants::Live;

/// Grants of a page.
const SHOWN: i64 = 50;
/// Differences between targets and what should be, shown at once.
const SHOWN_DIFFERENCES: i64 = 200;

/// What is asked of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Words of a person's name or email, now or before, or of what stands on the request.
    pub text: String,
    /// Only grants that end by themselves, the next to end first.
    pub ending: bool,
    /// Where the page before ended.
    pub after: String,
}

/// A page of live grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// The grants.
    pub page: Page<Live>,
    /// How targets differ from what should be; on the first page only.
    pub targets: Targets,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// How targets differ from what should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets {
    /// Access that has ended here and that a target holds, or may hold.
    pub remaining: Vec<Difference>,
    /// Access that should be in a target and is not, or could not be given again.
    pub missing: Vec<Difference>,
    /// Members in groups of targets that Doorward did not put there.
    pub extras: Vec<Extra>,
    /// Groups of targets that could not be read: connector, group, why, when.
    pub unread: Vec<(String, String, String, i64)>,
}

async fn targets(session: &mut Session) -> Result<Targets> {
    Ok(Targets {
        remaining: provisioned::remaining(session, SHOWN_DIFFERENCES).await?,
        missing: provisioned::differences(session, SHOWN_DIFFERENCES).await?,
        extras: provisioned::extras(session, SHOWN_DIFFERENCES).await?,
        unread: provisioned::unread(session, SHOWN_DIFFERENCES).await?,
    })
}

/// Live grants, newest first or the next to end first.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn live(services: &Services, actor: &Actor, asked: &Asked) -> Result<Grants> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    let search = Search::new(&asked.text);
    let order = if asked.ending { Order::EndingSoon } else { Order::Newest };
    let after = cursor(&asked.after);
    let found = grants::live(&mut session, order, search.as_ref(), after, SHOWN + 1).await?;
    let key = |grant: &Live| {
        let at = if asked.ending { grant.ends_at.unwrap_or_default() } else { grant.began_at };
        format!("{at}~{}", grant.id)
    };
    let first = search.is_none() && after.is_none();
    Ok(Grants {
        page: Page::of(found, SHOWN, key),
        targets: if first { targets(&mut session).await? } else { Targets::default() },
        now: session.now(),
    })
}

fn cursor(text: &str) -> Option<(Timestamp, GrantId)> {
    let (at, id) = text.split_once('~')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// One live grant; nothing when it has ended.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn one(services: &Services, actor: &Actor, id: GrantId) -> Result<Option<Live>> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    Ok(grants::live_by_id(&mut session, id).await?)
}

/// Takes access back before its time, with a reason that the person is told.
///
/// # Errors
/// Forbidden, the reason is missing, not found when the grant has ended, or the database fails.
pub async fn revoke(services: &Services, actor: &Actor, id: GrantId, reason: &str, origin: &Origin) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let reason = validate::text("reason", reason, true).map_err(|error| Error::Invalid(vec![error]))?;
    let (mut session, actor) = services.write_directory(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let ended = grants::end(&mut session, id, "revoked").await?.ok_or(Error::NotFound)?;
    end_by(session, services, &[ended], "revoked", reason.as_deref(), actor, origin).await
}

/// Gives back what requests gave of a resource; what the directory gives stays. How many grants that were.
///
/// # Errors
/// Not found when no request gave it, or the database fails.
pub async fn give_back(services: &Services, actor: &Actor, resource: ResourceId, origin: &Origin) -> Result<usize> {
    let (mut session, actor) = services.write_directory(actor, Right::Person, origin).await?;
    let actor = &actor;
    let ended = grants::end_of_resource(&mut session, actor.id, resource, "given_back").await?;
    if ended.is_empty() {
        return Err(Error::NotFound);
    }
    end_by(session, services, &ended, "given_back", None, actor, origin).await?;
    Ok(ended.len())
}

async fn end_by(
    mut session: Session,
    services: &Services,
    ended: &[Ended],
    cause: &str,
    reason: Option<&str>,
    actor: &Actor,
    origin: &Origin,
) -> Result<()> {
    after_end(&mut session, ended, cause, reason, Some(actor), origin).await?;
    recount_seats(&mut session, &groups_of(ended), Some(actor), origin).await?;
    compare(&mut session, Scope::Pairs(&pairs_of(ended))).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

/// What follows when grants have ended, in the same transaction: a line of the record each, and a word to the person. The caller
/// counts the seats of the groups again, and compares what was provisioned ([`pairs_of`]).
pub(crate) async fn after_end(
    session: &mut Session,
    ended: &[Ended],
    cause: &str,
    reason: Option<&str>,
    actor: Option<&Actor>,
    origin: &Origin,
) -> Result<()> {
    let kind = if cause == "revoked" { "grant_revoked" } else { "grant_ended" };
    let events: Vec<Event<'_>> = ended
        .iter()
        .map(|grant| Event {
            kind,
            actor: actor.map(|actor| (actor.id, actor.name.as_str())),
            address: &origin.address,
            request: Some(grant.request),
            detail: json!({ "grant": grant.id, "cause": cause, "reason": reason }),
            ..Event::default()
        })
        .collect();
    for chunk in events.chunks(500) {
        crate::record::record_all(session, chunk).await?;
    }
    if cause != "time_over" {
        for grant in ended {
            store::reminders::drop_planned(session, grant.request, Some(crate::reminders::ENDING)).await?;
        }
    }
    if let (Some(reason), Some(actor)) = (reason, actor) {
        tell(session, ended, reason, actor).await?;
    }
    Ok(())
}

/// The memberships of grants that have ended.
pub(crate) fn pairs_of(ended: &[Ended]) -> Vec<(GroupId, PersonId)> {
    ended.iter().map(|grant| (grant.group, grant.beneficiary)).collect()
}

/// The person hears of access that was taken back, and why.
async fn tell(session: &mut Session, ended: &[Ended], reason: &str, actor: &Actor) -> Result<()> {
    for grant in ended.iter().filter(|grant| grant.beneficiary != actor.id) {
        let Some(loaded) = store::requests::load(session, grant.request, false).await? else { continue };
        let message = store::outbox::Message {
            id: MessageId(store::new_id()),
            kind: "access_revoked".to_owned(),
            request: Some(grant.request),
            recipient: grant.beneficiary,
            payload: json!({
                "request": grant.request, "requester": loaded.requester_name, "resource": loaded.resource_name,
                "flow": loaded.flow_name, "reason": loaded.reason, "submitted_at": loaded.request.submitted_at.0,
                "expires_at": loaded.request.expires_at.0, "decided_by": actor.name, "decision_reason": reason,
                "overridden": false,
            }),
            not_before: None,
        };
        store::outbox::insert_many(session, &[message]).await?;
    }
    Ok(())
}

/// A request for something that one has already: what it would be.
pub(crate) enum Asking {
    /// The person does not have it.
    Anew,
    /// The person has it until a moment: more time is asked for.
    Extension,
}

/// Whether somebody who asks for a group may: they do not have it, or have it for a time only and the flow gives time.
///
/// # Errors
/// [`FieldCode::AlreadyHeld`] when they have it without an end.
pub(crate) async fn asking(
    session: &mut Session,
    actor: &Actor,
    definition: &domain::flow::Definition,
) -> Result<Asking> {
    let coverage = grants::coverage(session, actor.id, definition.group).await?;
    if !coverage.is_any() {
        return Ok(Asking::Anew);
    }
    if coverage.end().is_some() && definition.access.longest().is_some() {
        return Ok(Asking::Extension);
    }
    Err(Error::Invalid(vec![FieldError::new("flow", FieldCode::AlreadyHeld)]))
}
