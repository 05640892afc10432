//! What is in targets beside what should be: compared in every transaction that changes either, looked at in the targets themselves,
//! repaired where access should be gone, and shown.

use crate::provisioning::Claimed;
use crate::{Error, Origin, Result, Right, Services};
use domain::connector::{CallAction, Provisioned, Seen, kept_id};
use domain::ids::{CallId, ConnectorId, MessageId, PersonId, RequestNumber};
use domain::people::Actor;
use domain::text::words_of_others;
use domain::time::Timestamp;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use store::Session;
use store::audit::Event;
use store::provisioned::{self as kept, Key, Looked, Sight};
use store::provisioning::{self as calls, NewCall};

pub use store::provisioned::{Difference, Extra, Known, Look, Scope};

/// How often each group of a target is looked at, in microseconds: once an hour.
const EVERY: i64 = 3_600 * 1_000_000;
/// How long a worker may take for a look before another takes it over.
const LEASE: i64 = 180 * 1_000_000;
/// Members that Doorward did not put there, kept for each group to be shown.
const EXTRAS: usize = 20;

/// Compares what was provisioned with what should be, and writes the calls that make them the same: access is taken back where it
/// was put in, whatever the group is bound to now, and what a live grant gives is given where the group is bound now. Runs last in
/// each transaction that ends or revokes a grant, changes a person, a membership, a group or its binding, or a connector. How many
/// calls were written.
pub(crate) async fn compare(session: &mut Session, scope: Scope<'_>) -> Result<usize> {
    kept::drop_unwanted(session, scope).await?;
    let mut count = 0;
    for (action, owed) in [
        (CallAction::Revoke, kept::not_wanted(session, scope).await?),
        (CallAction::Restore, kept::not_given(session, scope).await?),
    ] {
        for owed in owed {
            let end = if action == CallAction::Revoke { "end" } else { "again" };
            let call = NewCall {
                request: owed.request,
                action,
                key: format!("{}-{}-{end}", owed.request, store::new_id()),
                connector: owed.key.connector,
                external_id: Some(owed.key.external_id),
                group: owed.key.group,
                person: owed.key.person,
                ends_at: owed.ends_at,
            };
            calls::insert(session, &call).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Compares everything that is kept again: what could not be taken back is tried again when its time has come, and what two
/// transactions at once did not see of each other is found. How many calls were written.
///
/// # Errors
/// When the database fails.
pub async fn repair(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let nothing = kept::not_wanted(&mut read, Scope::All).await?.is_empty()
        && kept::not_given(&mut read, Scope::All).await?.is_empty();
    drop(read);
    if nothing {
        return Ok(0);
    }
    let mut session = services.store.write().await?;
    let count = compare(&mut session, Scope::All).await?;
    session.commit().await?;
    services.ring();
    Ok(count)
}

/// What differs, for the banner that administrators see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Differing {
    /// Memberships that have ended here and could not be taken back, or not be confirmed to be gone.
    pub remaining: i64,
    /// Memberships that a target was seen without.
    pub missing: i64,
}

/// Counts what differs, and keeps the answer for [`Services::differing`].
///
/// # Errors
/// When the database fails.
pub async fn look_after(services: &Services) -> Result<()> {
    let mut session = services.store.read().await?;
    let (remaining, missing) = kept::differing(&mut session).await?;
    services.note_differing(Differing { remaining, missing });
    Ok(())
}

/// Administrators hear that access could not be taken back or given again, once a day for each membership.
pub(crate) async fn tell_failed(session: &mut Session, call: &Claimed, said: &str, unconfirmed: bool) -> Result<()> {
    if !kept::tell_again(session, &Key::of(call)).await? {
        return Ok(());
    }
    let connector = store::connectors::by_id(session, call.connector).await?;
    let connector = connector.map(|connector| connector.name).unwrap_or_default();
    let (kind, status) = match (call.action, unconfirmed) {
        (CallAction::Restore, _) => ("target_differs", "not_given"),
        (_, true) => ("revoke_failed", "unconfirmed"),
        (_, false) => ("revoke_failed", "failed"),
    };
    let about = About { request: call.request, person: &call.name, group: &call.group_name, connector: &connector };
    tell(session, kind, about, status, said).await
}

/// What a message to administrators is about.
#[derive(Clone, Copy)]
struct About<'a> {
    request: RequestNumber,
    person: &'a str,
    group: &'a str,
    connector: &'a str,
}

async fn tell(session: &mut Session, kind: &str, about: About<'_>, status: &str, said: &str) -> Result<()> {
    let payload: Value = json!({
        "request": about.request, "requester": about.person, "resource": about.group, "name": about.connector,
        "status": status, "cause": said,
    });
    let admins = store::directory::people::admins(session).await?;
    let messages: Vec<_> = admins
        .into_iter()
        .map(|admin| store::outbox::Message {
            id: MessageId(store::new_id()),
            kind: kind.to_owned(),
            request: None,
            recipient: admin.id,
            payload: payload.clone(),
            not_before: None,
        })
        .collect();
    Ok(store::outbox::insert_many(session, &messages).await?)
}

/// The connectors whose targets are to be looked at now.
///
/// # Errors
/// When the database fails.
pub async fn looks_due(services: &Services) -> Result<Vec<ConnectorId>> {
    let mut read = services.store.read().await?;
    let since = Timestamp(read.now().0 - EVERY);
    Ok(kept::look_connectors(&mut read, since).await?)
}

/// Takes a group of a target that is to be looked at.
///
/// # Errors
/// When the database fails.
pub async fn take_look(services: &Services, connector: ConnectorId) -> Result<Option<Look>> {
    if !looks_due(services).await?.contains(&connector) {
        return Ok(None);
    }
    let mut session = services.store.write().await?;
    let since = Timestamp(session.now().0 - EVERY);
    let look = kept::take_look(&mut session, connector, since, LEASE).await?;
    session.commit().await?;
    Ok(look)
}

/// What was seen of a group of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sights {
    /// The members that the target lists: its id of each, and what it calls them. Nothing when it does not list them.
    pub members: Option<Vec<(String, String)>>,
    /// Whether each of these people is in it, and how that was seen. Who is not named could not be seen.
    pub people: HashMap<PersonId, (bool, Seen)>,
    /// Why the group, or somebody in it, could not be seen.
    pub said: Option<String>,
}

/// Keeps what was seen: what should be gone and is there again is taken back again, what should be there and is not is shown and
/// told, what Doorward never put there is shown. What changed since the look began stays as it is.
///
/// # Errors
/// When the database fails.
pub async fn looked(services: &Services, look: &Look, sights: &Sights) -> Result<()> {
    let mut session = services.store.write().await?;
    let extras = extras(look, sights);
    let looked = Looked {
        members: sights.members.as_ref().map(|members| count(members.len())),
        extra_count: count(extras.len()),
        extras: extras.into_iter().take(EXTRAS).collect(),
        said: sights.said.as_deref().map(words_of_others),
    };
    if !kept::looked(&mut session, look, &looked).await? {
        return Ok(());
    }
    let mut changed = Vec::new();
    for known in &look.known {
        let Some((there, seen)) = sights.people.get(&known.person).copied() else { continue };
        let Some(sight) = sight(known, there, seen) else { continue };
        let (group, person, connector) = (look.group, known.person, look.connector);
        let key = Key { group, person, connector, external_id: look.external_id.clone() };
        if !kept::saw(&mut session, &key, known.revision, sight).await? {
            continue;
        }
        changed.push((group, person));
        if let Some(said) = sight.said
            && kept::tell_again(&mut session, &key).await?
            && let Some(request) = kept::request_of(&mut session, &key).await?
        {
            let about =
                About { request, person: &known.name, group: &look.group_name, connector: &look.connector_name };
            tell(&mut session, "target_differs", about, if sight.missing { "missing" } else { "again" }, said).await?;
        }
    }
    compare(&mut session, Scope::Pairs(&changed)).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// What a look means for what is kept; nothing when it is as it is kept.
fn sight(known: &Known, there: bool, seen: Seen) -> Option<Sight<'static>> {
    let sight = |state, missing, said| Some(Sight { state, missing, seen: there.then_some(seen), said });
    match (there, known.should, known.state) {
        (true, true, _) => sight(Provisioned::Present, false, None),
        // What is stuck is tried again when its time comes.
        (true, false, Provisioned::Present | Provisioned::Unconfirmed | Provisioned::Wanted) => None,
        (true, false, Provisioned::Absent) => {
            sight(Provisioned::Unconfirmed, false, Some("the target has it again, after it was taken back"))
        }
        (false, true, Provisioned::Absent | Provisioned::Wanted) => None,
        (false, true, _) => sight(Provisioned::Unconfirmed, true, Some("the target does not have it any more")),
        (false, false, Provisioned::Absent) => None,
        (false, false, _) => sight(Provisioned::Absent, false, None),
    }
}

/// Members that the target lists and that Doorward did not put there.
fn extras(look: &Look, sights: &Sights) -> Vec<(String, String)> {
    let ours: HashSet<&str> = look.known.iter().filter_map(|known| known.target_person.as_deref()).collect();
    let listed = sights.members.iter().flatten();
    listed
        .filter(|(id, _)| !ours.contains(id.as_str()) && kept_id(id).is_some())
        .map(|(id, display)| (id.clone(), words_of_others(display)))
        .collect()
}

/// Asks for a look at all targets now.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn look_now(services: &Services, actor: &Actor, origin: &Origin) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, _) = services.write(actor, Right::Admin, origin).await?;
    kept::ask_for_looks(&mut session).await?;
    // What could not be taken back is not tried before its time: that is asked for one by one.
    compare(&mut session, Scope::All).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

/// Tries again, now, what a call could not do: to take access back, or to give what should be there.
///
/// # Errors
/// Forbidden, not found when there is no such call or nothing left to do, or the database fails.
pub async fn try_again(services: &Services, actor: &Actor, call: CallId, origin: &Origin) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let (key, request) = kept::named_by(&mut session, call).await?.ok_or(Error::NotFound)?;
    if !calls::hasten_one(&mut session, &key).await? {
        if !kept::repair_now(&mut session, &key).await? {
            return Err(Error::NotFound);
        }
        let pair = [(key.group, key.person)];
        if kept::should_be(&mut session, &key).await? {
            restore(&mut session, &key, request).await?;
        } else if compare(&mut session, Scope::Pairs(&pair)).await? == 0 {
            return Err(Error::NotFound);
        }
    }
    let event = Event {
        kind: "retried",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: Some(request),
        detail: json!({ "call": call }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    session.commit().await?;
    services.ring();
    Ok(())
}

async fn restore(session: &mut Session, key: &Key, request: RequestNumber) -> Result<()> {
    let call = NewCall {
        request,
        action: CallAction::Restore,
        key: format!("{request}-{}-again", store::new_id()),
        connector: key.connector,
        external_id: Some(key.external_id.clone()),
        group: key.group,
        person: key.person,
        ends_at: store::grants::coverage(session, key.person, key.group).await?.end(),
    };
    calls::insert(session, &call).await?;
    Ok(())
}

/// An administrator has looked into the target and found that access is gone, where Doorward could not see it.
///
/// # Errors
/// Forbidden, not found when nothing waits to be settled under this call, or the database fails.
pub async fn settle(services: &Services, actor: &Actor, call: CallId, origin: &Origin) -> Result<()> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let (key, request) = kept::named_by(&mut session, call).await?.ok_or(Error::NotFound)?;
    if !kept::settle(&mut session, &key).await? {
        return Err(Error::NotFound);
    }
    let event = Event {
        kind: "provisioning_settled",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: Some(request),
        detail: json!({ "call": call, "group": key.group, "person": key.person, "connector": key.connector }),
        ..Event::default()
    };
    crate::record::record(&mut session, &event).await?;
    Ok(session.commit().await?)
}
