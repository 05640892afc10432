//! The delivery ledger of the organisation, and whether messages go out at all.

use crate::directory::Page;
use crate::record::{record, record_all};
use crate::{Error, Origin, Result, Right, Services};
use domain::ids::{MessageId, RequestNumber};
use domain::message::KINDS;
use domain::people::Actor;
use domain::search::{Search, keys};
use domain::time::Timestamp;
use domain::view::Delivery;
use serde_json::json;
use store::Session;
use store::audit::Event;
use store::deliveries::{self as table, Wanted};
use store::directory::people;

/// Messages of a page.
const SHOWN: i64 = 50;
/// People that a search may mean.
const CANDIDATES: i64 = 200;
/// A message that could have gone out so long ago is late, in microseconds: five minutes.
const LATE: i64 = 300 * 1_000_000;

/// Messages sent again at once.
const AT_ONCE: i64 = 1000;
/// The state of what will not be tried any more.
const DEAD: &str = "dead";

/// The states of a message, in the order of the filter.
pub const STATES: &[&str] = &["waiting", "delivered", "dead", "suppressed"];

/// What is asked of the ledger, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Part of a recipient's name or email, or of a channel's name, or the number of a request with `#`.
    pub text: String,
    /// State.
    pub state: String,
    /// Kind.
    pub kind: String,
    /// Where the page before ended.
    pub after: String,
}

/// A page of the ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The messages, the newest first.
    pub page: Page<Delivery>,
    /// How many never arrived and will not be tried again.
    pub dead: i64,
    /// Parts of the filter that cannot be read: nothing is shown for them.
    pub unknown: Vec<&'static str>,
    /// The moment at which this was true.
    pub now: Timestamp,
}

/// Messages of the organisation, the newest first.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn ledger(services: &Services, actor: &Actor, asked: &Asked) -> Result<Ledger> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let mut session = services.store.read().await?;
    let (wanted, unknown) = wanted(&mut session, asked).await?;
    let found = if unknown.is_empty() { table::search(&mut session, &wanted, SHOWN + 1).await? } else { Vec::new() };
    let key = |one: &Delivery| format!("{}~{}", one.created_at.0, one.id);
    Ok(Ledger {
        page: Page::of(found, SHOWN, key),
        dead: table::dead(&mut session).await?,
        unknown,
        now: session.now(),
    })
}

/// What is wanted of what is asked, and the parts that cannot be read.
async fn wanted(session: &mut Session, asked: &Asked) -> Result<(Wanted, Vec<&'static str>)> {
    let mut unknown = Vec::new();
    let mut wanted = Wanted { before: cursor(&asked.after), ..Wanted::default() };
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    wanted.state = given(&asked.state);
    if wanted.state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        unknown.push("state");
    }
    wanted.kind = given(&asked.kind);
    let text = asked.text.trim();
    if let Some(number) = text.strip_prefix('#') {
        match number.parse() {
            Ok(number) => wanted.request = Some(RequestNumber(number)),
            Err(_) => unknown.push("text"),
        }
    } else if let Some(search) = Search::new(text) {
        let found = people::search(session, text, None, None, CANDIDATES).await?;
        let people = found.into_iter().map(|person| person.id).collect();
        let channels = store::channels::all(session).await?;
        let named = channels.into_iter().filter(|channel| search.is_in(&[&keys(&[&channel.name], &[])]));
        wanted.to = Some((people, named.map(|channel| channel.id).collect()));
    }
    Ok((wanted, unknown))
}

fn cursor(text: &str) -> Option<(Timestamp, MessageId)> {
    let (at, id) = text.split_once('~')?;
    Some((Timestamp(at.parse().ok()?), id.parse().ok()?))
}

/// The kinds to choose from: those to people, then the events of channels.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.name).chain(domain::channel::EVENTS.iter().copied())
}

/// Sends a message again, with the same id: one that is dead, or to a channel any that has ended.
///
/// # Errors
/// Forbidden, not found when there is no such message that ended so, or the database fails.
pub async fn send_again(services: &Services, actor: &Actor, id: MessageId, origin: &Origin) -> Result<Delivery> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let message = table::again(&mut session, id).await?.ok_or(Error::NotFound)?;
    record(&mut session, &resent(actor, &message, origin)).await?;
    session.commit().await?;
    services.ring();
    Ok(message)
}

/// Sends what is dead of what the ledger shows for a filter again, each message with the same id, the newest first and at most a
/// thousand; how many.
///
/// # Errors
/// Forbidden, or the database fails.
pub async fn send_all_again(services: &Services, actor: &Actor, asked: &Asked, origin: &Origin) -> Result<usize> {
    if !actor.admin {
        return Err(Error::Forbidden);
    }
    let (mut session, actor) = services.write(actor, Right::Admin, origin).await?;
    let actor = &actor;
    let asked = Asked { state: DEAD.to_owned(), after: String::new(), ..asked.clone() };
    let (wanted, unknown) = wanted(&mut session, &asked).await?;
    if !unknown.is_empty() {
        return Ok(0);
    }
    let mut messages = Vec::new();
    for dead in table::search(&mut session, &wanted, AT_ONCE).await? {
        messages.extend(table::again(&mut session, dead.id).await?);
    }
    let events: Vec<Event<'_>> = messages.iter().map(|message| resent(actor, message, origin)).collect();
    record_all(&mut session, &events).await?;
    session.commit().await?;
    services.ring();
    Ok(messages.len())
}

fn resent<'m>(actor: &'m Actor, message: &'m Delivery, origin: &'m Origin) -> Event<'m> {
    Event {
        kind: "message_resent",
        actor: Some((actor.id, &actor.name)),
        address: &origin.address,
        request: message.request,
        subject: &message.recipient,
        detail: json!({ "message": message.id, "kind": message.kind }),
        ..Event::default()
    }
}

/// Messages do not go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Degraded {
    /// Since when the oldest could have gone out.
    pub since: Timestamp,
    /// Name of the channel that it is for; mail otherwise.
    pub channel: Option<String>,
    /// What the last attempt was answered, if there was one.
    pub cause: Option<String>,
}

/// Looks whether messages go out, and keeps the answer for [`Services::degraded`].
///
/// # Errors
/// When the database fails.
pub async fn look_after(services: &Services) -> Result<()> {
    let mut session = services.store.read().await?;
    let before = Timestamp(session.now().0 - LATE);
    let late = table::oldest_due(&mut session, before).await?;
    services.note_degraded(late.map(|late| Degraded {
        since: Timestamp(late.due_at),
        channel: late.channel,
        cause: late.last_error,
    }));
    Ok(())
}
