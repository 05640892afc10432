//! Whether a message is still right when it is sent: people leave, turns pass, and nobody wants to hear of what is over.

use crate::reminders::{DIGEST, REMINDER};
use crate::requests::{ADMIN_TURN, APPROVER_TURN, Around, look_around};
use crate::{Error, Result, Services};
use domain::filter::{Filter, ListQuery, Sort, SortKey};
use domain::ids::{PersonId, RequestNumber};
use domain::message::{Kind, Preferences, While, find};
use domain::people::Actor;
use domain::policy;
use domain::request::{Act, Decider, Lane, Status};
use domain::settings::Settings;
use domain::time::Timestamp;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use store::Session;
use store::outbox::Claimed;
use store::requests::Loaded;

/// Requests that a list in a message names.
const NAMED: usize = 20;
/// Reminders to one person that come due so close together are one, in microseconds: an hour.
const TOGETHER: i64 = 3_600 * 1_000_000;

/// A request that waits for the recipient, for a list in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its number.
    pub number: RequestNumber,
    /// Whether it waits for the administrators.
    pub admin: bool,
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
    /// Why nobody knows: what it is about cannot be read.
    pub unreadable: Option<String>,
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
    let mut known = Known::default();
    let mut out = Vec::with_capacity(batch.len());
    for message in batch {
        let wishes = preferences.get(&message.recipient).unwrap_or(&standard);
        out.push(match one(&mut session, &mut known, &settings, wishes, message).await {
            // Such a row stops no other.
            Err(Error::Internal(text)) => Now { unreadable: Some(text), ..Now::default() },
            other => other?,
        });
    }
    Ok(out)
}

/// What was read for a message of a batch and holds for the others, too.
#[derive(Default)]
struct Known {
    requests: HashMap<RequestNumber, Option<(Loaded, Around)>>,
    waiting: HashMap<PersonId, (Vec<Waiting>, usize)>,
    reminded: HashSet<PersonId>,
}

async fn one(
    session: &mut Session,
    known: &mut Known,
    settings: &Settings,
    wishes: &Preferences,
    message: &Claimed,
) -> Result<Now> {
    let kind = find(&message.kind);
    if !message.active && kind.is_none_or(|kind| kind.holds != While::Anyway) {
        return Ok(Now::suppressed("the recipient is not active any more"));
    }
    // A kind that retired is sent as it was written.
    let Some(kind) = kind else { return Ok(Now::default()) };
    if !settings.sends(kind) {
        return Ok(Now::suppressed("the organisation does not send this kind"));
    }
    if !wishes.wants(kind) {
        return Ok(Now::suppressed("the recipient does not want this kind"));
    }
    if wishes.bundles(kind) && find(DIGEST).is_none_or(|digest| settings.sends(digest)) {
        return Ok(Now::suppressed("it is in the recipient's daily list"));
    }
    if let Some(cause) = untrue(session, known, kind, wishes, message).await? {
        return Ok(Now::suppressed(cause));
    }
    if kind.name != REMINDER && kind.name != DIGEST {
        return Ok(Now::default());
    }
    if kind.name == REMINDER {
        // Each reminder lists all that waits: of many that come due in the same morning one is sent.
        let since = Timestamp(session.now().0 - TOGETHER);
        if !known.reminded.insert(message.recipient)
            || store::outbox::reached(session, message.recipient, REMINDER, since).await?
        {
            return Ok(Now::suppressed("it is in another reminder of this hour"));
        }
    }
    let (waiting, more) = match known.waiting.get(&message.recipient) {
        Some(found) => found.clone(),
        None => {
            let found = waiting(session, message).await?;
            known.waiting.entry(message.recipient).or_insert(found).clone()
        }
    };
    if waiting.is_empty() && kind.name == DIGEST {
        return Ok(Now::suppressed("nothing waits for the recipient"));
    }
    Ok(Now { waiting, more, ..Now::default() })
}

/// What of a message is not true any more.
async fn untrue(
    session: &mut Session,
    known: &mut Known,
    kind: &Kind,
    wishes: &Preferences,
    message: &Claimed,
) -> Result<Option<&'static str>> {
    if matches!(kind.holds, While::Admin | While::Open) && !message.admin {
        return Ok(Some("the recipient is not an administrator any more"));
    }
    if let (While::Told, Some(number)) = (kind.holds, message.request) {
        const ASKED: &[&str] = &[ADMIN_TURN, APPROVER_TURN, REMINDER];
        let mut heard = store::outbox::heard(session, number, message.recipient, ASKED).await?;
        if let Some(since) = moment(message, "submitted_at").filter(|_| !heard && wishes.digest) {
            heard = store::outbox::reached(session, message.recipient, DIGEST, since).await?;
        }
        return Ok((!heard).then_some("the recipient never heard of the request"));
    }
    let (While::Turn | While::Open | While::Held, Some(number)) = (kind.holds, message.request) else {
        return Ok(None);
    };
    let found = match known.requests.entry(number) {
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
        return Ok((end != moment(message, "access_ends_at")).then_some("the access does not end then any more"));
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
            && policy::is_admins_turn(&loaded.request)
            && policy::may(&loaded.request, &around.world, who, Act::Grant).is_ok());
    Ok((!may).then_some("it is not the recipient's turn any more"))
}

/// A moment that the message tells.
fn moment(message: &Claimed, name: &str) -> Option<Timestamp> {
    message.payload.get(name).and_then(serde_json::Value::as_i64).map(Timestamp)
}

/// What waits for the recipient now: their approvals, and for administrators what waits for these.
async fn waiting(session: &mut Session, message: &Claimed) -> Result<(Vec<Waiting>, usize)> {
    let actor =
        Actor { id: message.recipient, name: message.name.clone(), email: message.email.clone(), admin: message.admin };
    let mut found: Vec<Waiting> = crate::portal::waiting_on(session, &actor)
        .await?
        .into_iter()
        .map(|(loaded, _)| Waiting {
            number: loaded.request.number,
            admin: false,
            requester: loaded.requester_name,
            resource: loaded.resource_name,
            submitted_at: loaded.request.submitted_at,
            expires_at: loaded.request.expires_at,
        })
        .collect();
    let mut all = found.len();
    if message.admin {
        all += administrators(session, message.recipient, &mut found).await?;
    }
    found.sort_by_key(|waiting| waiting.expires_at);
    let more = all.saturating_sub(NAMED);
    found.truncate(NAMED);
    Ok((found, more))
}

/// Adds what waits for the administrators, but for the recipient's own, as far as it may be named; how many there are.
async fn administrators(session: &mut Session, recipient: PersonId, found: &mut Vec<Waiting>) -> Result<usize> {
    let query = ListQuery {
        filter: Filter { status: vec![Status::Pending], ..Filter::cleared(Lane::Administrator) },
        sort: Sort { key: SortKey::Expires, descending: false },
        ..ListQuery::default()
    };
    let page = store::requests::list(session, &query, recipient).await?;
    let (mut own, all) = (0, page.rows.len());
    for row in page.rows {
        if row.own {
            own += 1;
            continue;
        }
        found.push(Waiting {
            number: row.number,
            admin: true,
            requester: row.requester,
            resource: row.resource,
            submitted_at: row.submitted_at,
            expires_at: row.expires_at.unwrap_or(row.submitted_at),
        });
    }
    let all = match page.next {
        Some(_) => usize::try_from(store::requests::counters(session).await?.administrator).unwrap_or(all),
        None => all,
    };
    Ok(all.saturating_sub(own))
}
