//! Reminders: planned with the change that they are about, said when their moment has come and it is still true.

mod hours;

use crate::requests::look_around;
use crate::{Result, Services};
use domain::flow::evaluate;
use domain::ids::{MessageId, PersonId, RequestNumber};
use domain::people::PersonRef;
use domain::policy;
use domain::request::{Act, Decider, Lane, Request, State};
use domain::settings::Settings;
use domain::time::Timestamp;
use serde_json::json;
use std::collections::HashSet;
use store::Session;
use store::outbox::Message;
use store::reminders::{self, Due};
use store::requests::Loaded;

pub(crate) use hours::Hours;

/// A request still waits.
pub(crate) const REMINDER: &str = "reminder";
/// Access ends soon.
pub(crate) const ENDING: &str = "access_ending";
/// What waits, once a day.
pub(crate) const DIGEST: &str = "digest";

/// When approvers are reminded, in hundredths of the waiting time (`product.md` 7).
const SHARES: [i64; 3] = [25, 50, 80];
/// The longest and the shortest notice before access ends, in microseconds.
const NOTICE: (i64, i64) = (3 * DAY, DAY / 24);
const DAY: i64 = 86_400 * 1_000_000;
/// Planned messages said in one transaction.
const BATCH: i64 = 50;

/// Plans the reminders of a request that waits from now until it expires, in the place of those planned before.
pub(crate) async fn plan_waiting(session: &mut Session, request: &Request, expires_at: Timestamp) -> Result<()> {
    let hours = Hours::of(&store::settings::get(session).await?);
    let moments = waiting(&hours, session.now(), session.now(), expires_at);
    Ok(reminders::plan(session, request.number, REMINDER, &moments).await?)
}

/// Whether a request that waits for an approval expires without a reminder, because what is left of its time lies outside of the
/// organisation's hours. Where reminders are switched off nobody expects one.
pub(crate) async fn none_can_come(session: &mut Session, request: &Request, settings: &Settings) -> Result<bool> {
    let waits = matches!(request.state, State::Pending { flight: None, .. }) && session.now() < request.expires_at;
    if !waits || domain::message::find(REMINDER).is_some_and(|kind| !settings.sends(kind)) {
        return Ok(false);
    }
    // A vote restarts the clock.
    let begun = request.votes.iter().map(|vote| vote.at).max().unwrap_or(request.submitted_at);
    if !waiting(&Hours::of(settings), begun, begun, request.expires_at).is_empty() {
        return Ok(false);
    }
    // The hours may have changed since.
    Ok(!reminders::planned(session, request.number).await?.iter().any(|planned| planned.kind == REMINDER))
}

/// The moments of a wait that began once: those that are still to come. Where a weekend or a night would take all of them beyond the
/// end, there is one before it.
fn waiting(hours: &Hours, begun: Timestamp, now: Timestamp, expires_at: Timestamp) -> Vec<Timestamp> {
    let span = expires_at.0 - begun.0;
    let moments = SHARES.map(|share| hours.next(Timestamp(begun.0 + span / 100 * share)));
    let mut moments: Vec<_> = moments.into_iter().filter(|at| *at > now && *at < expires_at).collect();
    moments.dedup();
    if moments.is_empty() {
        moments.extend(hours.last_open(now.max(begun), expires_at));
    }
    moments
}

/// Plans the reminders of pending requests that never had any, below a number: those of a demo, and those from before there were
/// reminders. The number with which it ended; call again with it, until there is none.
///
/// # Errors
/// When the database fails.
pub async fn plan_open(services: &Services, below: Option<RequestNumber>) -> Result<Option<RequestNumber>> {
    // Mostly there is none: who decides meanwhile need not wait for the look.
    let mut read = services.store.read().await?;
    if reminders::unplanned(&mut read, below, 1).await?.is_empty() {
        return Ok(None);
    }
    drop(read);
    let mut session = services.store.write().await?;
    // Of two servers that start at once one plans.
    store::settings::hold(&mut session).await?;
    let hours = Hours::of(&store::settings::get(&mut session).await?);
    let open = reminders::unplanned(&mut session, below, BATCH).await?;
    for (number, begun, expires_at) in &open {
        let moments = waiting(&hours, *begun, session.now(), *expires_at);
        if moments.is_empty() {
            reminders::nothing(&mut session, *number, REMINDER).await?;
        } else {
            reminders::plan(&mut session, *number, REMINDER, &moments).await?;
        }
    }
    session.commit().await?;
    Ok(open.last().map(|(number, ..)| *number))
}

/// Plans the notice before access ends that begins now: three days before, or a quarter of a shorter time.
pub(crate) async fn plan_ending(session: &mut Session, request: &Request, ends_at: Timestamp) -> Result<()> {
    let hours = Hours::of(&store::settings::get(session).await?);
    let moments: Vec<_> = ending(&hours, session.now(), ends_at).into_iter().collect();
    // What was planned while it waited is dropped already.
    Ok(reminders::add(session, request.number, ENDING, &moments).await?)
}

fn ending(hours: &Hours, now: Timestamp, ends_at: Timestamp) -> Option<Timestamp> {
    let notice = NOTICE.0.min((ends_at.0 - now.0) / 4);
    if notice < NOTICE.1 {
        return None;
    }
    let at = Timestamp(ends_at.0 - notice);
    let kind = hours.next(at);
    // Better in the night than after the end.
    Some(if kind < ends_at { kind } else { at })
}

/// Says what is due: writes the messages; how many moments there were. Call again while it returns any.
///
/// # Errors
/// When the database fails.
pub async fn say_due(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let due = reminders::any_due(&mut read).await?;
    drop(read);
    if !due {
        return Ok(0);
    }
    let mut session = services.store.write().await?;
    let hours = Hours::of(&store::settings::get(&mut session).await?);
    let due = reminders::take_due(&mut session, BATCH).await?;
    let mut messages = Vec::new();
    for one in &due {
        let opens = hours.next(session.now());
        if one.kind == REMINDER && opens > session.now() {
            // The hours changed, or the server was down: not in the night.
            reminders::add(&mut session, one.request, REMINDER, &[opens]).await?;
            continue;
        }
        match said(&mut session, one).await {
            Ok(said) => messages.extend(said),
            // A request that cannot be read stops no other.
            Err(crate::Error::Internal(error)) => {
                tracing::error!(%error, request = %one.request, "a reminder cannot be said");
            }
            Err(error) => return Err(error),
        }
    }
    store::outbox::insert_many(&mut session, &messages).await?;
    session.commit().await?;
    services.ring();
    Ok(due.len())
}

/// The messages of a moment.
async fn said(session: &mut Session, one: &Due) -> Result<Vec<Message>> {
    let Some(loaded) = store::requests::load(session, one.request, false).await? else { return Ok(Vec::new()) };
    let to = match one.kind.as_str() {
        REMINDER => awaited(session, &loaded).await?,
        _ => still_held(session, &loaded).await?,
    };
    Ok(to.into_iter().map(|(recipient, until)| message(one, &loaded, recipient, until)).collect())
}

/// Those whose approval a request waits for now.
async fn awaited(session: &mut Session, loaded: &Loaded) -> Result<Vec<(PersonId, Option<Timestamp>)>> {
    let request = &loaded.request;
    let waits = matches!(request.state, State::Pending { flight: None, .. } | State::Unconfirmed { flight: None, .. });
    if !waits {
        return Ok(Vec::new());
    }
    let around = look_around(session, request).await?;
    if request.state.doubt().is_some() {
        let admins = store::directory::people::admins(session).await?;
        let may = |admin: &PersonRef| {
            let who = Decider { id: admin.id, admin: true };
            policy::may(request, &around.world, who, Act::Grant).is_ok()
        };
        return Ok(admins.iter().filter(|admin| may(admin)).map(|admin| (admin.id, None)).collect());
    }
    let step = request.state.step();
    let progress =
        evaluate(&request.definition, &around.world.living, &request.excluded(&around.world), &request.votes, step);
    let Some(counted) = progress.steps.get(step) else { return Ok(Vec::new()) };
    let voted: HashSet<_> = request.votes.iter().map(|vote| vote.person).collect();
    let waiting = counted.eligible.iter().filter(|person| !voted.contains(person));
    Ok(waiting.map(|person| (*person, None)).collect())
}

/// The person who has the access, if it still ends when the grant of this request does.
async fn still_held(session: &mut Session, loaded: &Loaded) -> Result<Vec<(PersonId, Option<Timestamp>)>> {
    let request = &loaded.request;
    let end = store::grants::coverage(session, request.beneficiary, request.group).await?.end();
    // What ends later by another grant has a notice of its own.
    let own = store::grants::end_of(session, request.number).await?;
    Ok(end
        .filter(|end| *end > session.now() && own == Some(*end))
        .map(|end| (request.beneficiary, Some(end)))
        .into_iter()
        .collect())
}

fn message(due: &Due, loaded: &Loaded, recipient: PersonId, until: Option<Timestamp>) -> Message {
    let request = &loaded.request;
    let admin = request.lane() == Lane::Administrator;
    Message {
        id: MessageId(store::new_id()),
        kind: due.kind.clone(),
        request: Some(due.request),
        recipient,
        payload: json!({
            "request": due.request, "requester": loaded.requester_name, "resource": loaded.resource_name,
            "flow": loaded.flow_name, "reason": loaded.reason, "submitted_at": request.submitted_at.0,
            "expires_at": request.expires_at.0, "access_ends_at": until.map(|at| at.0), "admin": admin,
        }),
        not_before: None,
    }
}

/// Writes the daily lists that are due; how many. Call again while it returns any.
///
/// # Errors
/// When the database fails.
pub async fn digests_due(services: &Services) -> Result<usize> {
    let mut read = services.store.read().await?;
    let due = store::preferences::any_digest_due(&mut read).await?;
    drop(read);
    if !due {
        return Ok(0);
    }
    let mut session = services.store.write().await?;
    let hours = Hours::of(&store::settings::get(&mut session).await?);
    let due = store::preferences::digests_due(&mut session, BATCH).await?;
    let mut messages = Vec::new();
    for (person, zone) in &due {
        let next = hours.next_digest(session.now(), zone.as_deref());
        store::preferences::digest_next(&mut session, *person, next).await?;
        messages.push(Message {
            id: MessageId(store::new_id()),
            kind: DIGEST.to_owned(),
            request: None,
            recipient: *person,
            payload: json!({}),
            not_before: None,
        });
    }
    store::outbox::insert_many(&mut session, &messages).await?;
    session.commit().await?;
    services.ring();
    Ok(due.len())
}

#[cfg(test)]
mod tests {
    use super::{DAY, Hours, ending, waiting};
    use domain::settings::Settings;
    use domain::time::Timestamp;

    /// Tuesday, 10:00 UTC.
    const NOW: Timestamp = Timestamp(1_795_514_400_000_000);

    fn days(moments: &[Timestamp]) -> Vec<f64> {
        moments.iter().map(|at| (at.0 - NOW.0) as f64 / DAY as f64).collect()
    }

    #[test]
    fn approvers_are_reminded_at_a_quarter_half_and_four_fifths_on_working_days() {
        let hours = Hours::of(&Settings::default());
        // Day 7.5 is a Tuesday, 22:00: in the morning after. Day 15 is a Wednesday, day 24 a Friday.
        let moments = waiting(&hours, NOW, NOW, Timestamp(NOW.0 + 30 * DAY));
        assert_eq!(days(&moments), [7.875, 15.0, 24.0]);
        // What would come after the end, or twice at once, does not.
        let moments = waiting(&hours, NOW, NOW, Timestamp(NOW.0 + DAY));
        assert_eq!(days(&moments), [0.25, 0.875]);
    }

    #[test]
    fn no_weekend_takes_every_reminder() {
        // Friday, 10:00 UTC; and an hour before the quiet hours.
        let friday = Timestamp(NOW.0 + 3 * DAY);
        let evening = Timestamp(friday.0 + 9 * DAY / 24);
        for zone in ["", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"] {
            let hours = Hours::of(&Settings { timezone: zone.to_owned(), ..Settings::default() });
            for (begun, days) in [(friday, 1), (friday, 2), (friday, 3), (evening, 1), (evening, 2)] {
                let ends = Timestamp(begun.0 + days * DAY);
                let moments = waiting(&hours, begun, begun, ends);
                let open = |at: &Timestamp| hours.next(*at) == *at;
                let fits = moments.iter().all(|at| begun < *at && *at < ends && open(at));
                // Where no hour is left none can come.
                let can = hours.next(begun) < ends;
                assert!(fits && moments.is_empty() != can, "{zone} {days}: {moments:?}");
            }
        }
        let hours = Hours::of(&Settings::default());
        let afternoon = Timestamp(friday.0 + 5 * DAY / 24);
        assert_eq!(waiting(&hours, friday, friday, Timestamp(friday.0 + 2 * DAY)), [afternoon]);
        assert_eq!(days(&waiting(&hours, friday, friday, Timestamp(friday.0 + 3 * DAY))), [5.875], "Monday morning");
        let night = Timestamp(friday.0 + 11 * DAY / 24);
        assert_eq!(waiting(&hours, night, night, Timestamp(night.0 + 2 * DAY)), []);
    }

    #[test]
    fn notice_of_an_end_is_three_days_or_a_quarter_and_never_late() {
        let hours = Hours::of(&Settings::default());
        let notice =
            |days: i64| ending(&hours, NOW, Timestamp(NOW.0 + days * DAY)).map(|at| (at.0 - NOW.0) as f64 / DAY as f64);
        assert_eq!(notice(30), Some(27.0));
        // Day 3 is a Friday.
        assert_eq!(notice(4), Some(3.0));
        // A quarter of two days before the end is 22:00: the morning after is before the end.
        assert_eq!(notice(2), Some(1.875));
        assert_eq!(ending(&hours, NOW, Timestamp(NOW.0 + DAY / 24)), None);
    }
}
