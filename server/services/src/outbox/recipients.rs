//! Whether a message is still right when it is sent: people leave, turns pass, and nobody wants to hear of what is over.

use crate::reminders::{DIGEST, REMINDER};
use crate::requests::{ADMIN_TURN, APPROVER_TURN, Around, look_around};
use crate::{Result, Services};
use domain::ids::{PersonId, RequestNumber};
use domain::message::{Kind, Preferences, While, find};
use domain::people::Actor;
use domain::policy;
use domain::request::{Act, Decider};
use domain::settings::Settings;
use domain::time::Timestamp;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use store::Session;
use store::outbox::Claimed;
use store::requests::Loaded;

/// Requests that a list in a message names.
const NAMED: usize = 20;

/// A request that waits for the recipient, for a list in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub number: RequestNumber,
    /// Who asks.
    pub requester: String,
    /// For what.
    pub resource: String,
    /// Since when.
    pub submitted_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What a message needs to know when it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Why it must not be sent any more.
    pub suppressed: Option<String>,
    /// What waits for the recipient, the first to expire first: for reminders and daily lists.
    pub waiting: Vec<Waiting>,
    /// How many more wait.
    pub more: usize,
}

impl Now {
    fn suppressed(cause: &str) -> Self {
        Self { suppressed: Some(cause.to_owned()), ..Self::default() }
    }
}

/// Looks at each message of a batch as things stand now, in one snapshot; the answers in the order of the messages.
///
/// # Errors
/// When the database fails.
pub async fn look(services: &Services, batch: &[Claimed]) -> Result<Vec<Now>> {
    let mut session = services.store.read().await?;
    let settings = store::settings::get(&mut session).await?;
    let people: Vec<PersonId> = batch.iter().map(|message| message.recipient).collect();
    let preferences = store::preferences::of_many(&mut session, &people).await?;
    let standard = Preferences::default();
    let mut requests = HashMap::new();
    let mut out = Vec::with_capacity(batch.len());
    for message in batch {
        let wishes = preferences.get(&message.recipient).unwrap_or(&standard);
        out.push(one(&mut session, &mut requests, &settings, wishes, message).await?);
    }
    Ok(out)
}

type Requests = HashMap<RequestNumber, Option<(Loaded, Around)>>;

async fn one(
    session: &mut Session,
    requests: &mut Requests,
    settings: &Settings,
    wishes: &Preferences,
    message: &Claimed,
) -> Result<Now> {
    if !message.active {
        return Ok(Now::suppressed("the recipient is not active any more"));
    }
    // A kind that retired is sent as it was written.
    let Some(kind) = find(&message.kind) else { return Ok(Now::default()) };
    if !settings.sends(kind) {
        return Ok(Now::suppressed("the organisation does not send this kind"));
    }
    if !wishes.wants(kind) {
        return Ok(Now::suppressed("the recipient does not want this kind"));
    }
    if wishes.bundles(kind) {
        return Ok(Now::suppressed("it is in the recipient's daily list"));
    }
    if let Some(cause) = untrue(session, requests, kind, message).await? {
        return Ok(Now::suppressed(cause));
    }
    if kind.name != REMINDER && kind.name != DIGEST {
        return Ok(Now::default());
    }
    let (waiting, more) = waiting(session, message).await?;
    if waiting.is_empty() && kind.name == DIGEST {
        return Ok(Now::suppressed("nothing waits for the recipient"));
    }
    Ok(Now { suppressed: None, waiting, more })
}

/// What of a message is not true any more.
async fn untrue(
    session: &mut Session,
    requests: &mut Requests,
    kind: &Kind,
    message: &Claimed,
) -> Result<Option<&'static str>> {
    if matches!(kind.holds, While::Admin | While::Open) && !message.admin {
        return Ok(Some("the recipient is not an administrator any more"));
    }
    if let (While::Told, Some(number)) = (kind.holds, message.request) {
        const ASKED: &[&str] = &[ADMIN_TURN, APPROVER_TURN, REMINDER];
        let heard = store::outbox::heard(session, number, message.recipient, ASKED).await?;
        return Ok((!heard).then_some("the recipient never heard of the request"));
    }
    let (While::Turn | While::Open | While::Held, Some(number)) = (kind.holds, message.request) else {
        return Ok(None);
    };
    let found = match requests.entry(number) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => {
            let loaded = store::requests::load(session, number, false).await?;
            unknown.insert(match loaded {
                Some(loaded) => {
                    let around = look_around(session, &loaded.request).await?;
                    Some((loaded, around))
                }
                None => None,
            })
        }
    };
    let Some((loaded, around)) = found else { return Ok(Some("there is no such request")) };
    if kind.holds == While::Held {
        let end = store::grants::coverage(session, message.recipient, loaded.request.group).await?.end();
        let told = message.payload.get("access_ends_at").and_then(serde_json::Value::as_i64).map(Timestamp);
        return Ok((end != told).then_some("the access does not end then any more"));
    }
    if loaded.request.state.status().is_terminal() {
        return Ok(Some("the request is decided"));
    }
    if kind.holds == While::Open {
        return Ok(None);
    }
    let who = Decider { id: message.recipient, admin: message.admin };
    let may = policy::may(&loaded.request, &around.world, who, Act::Vote).is_ok()
        || (message.admin
            && policy::grant_is_vote(&loaded.request)
            && policy::may(&loaded.request, &around.world, who, Act::Grant).is_ok());
    Ok((!may).then_some("it is not the recipient's turn any more"))
}

async fn waiting(session: &mut Session, message: &Claimed) -> Result<(Vec<Waiting>, usize)> {
    let actor =
        Actor { id: message.recipient, name: message.name.clone(), email: message.email.clone(), admin: message.admin };
    let mut found: Vec<Waiting> = crate::portal::waiting_on(session, &actor)
        .await?
        .into_iter()
        .map(|(loaded, _)| Waiting {
            number: loaded.request.number,
            requester: loaded.requester_name,
            resource: loaded.resource_name,
            submitted_at: loaded.request.submitted_at,
            expires_at: loaded.request.expires_at,
        })
        .collect();
    found.sort_by_key(|waiting| waiting.expires_at);
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    Ok((found, more))
}
