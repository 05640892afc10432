//! A look at a group of a target: who is in it, without changing anything.

use super::ask::{Got, Target};
use super::find::Found;
use super::member::{In, Membership};
use crate::outbound::Outbound;
use domain::connector::{CallResult, Seen};
use services::targets::{Look, Sights};

/// People who are looked for one by one where the group does not list its members.
const ONE_BY_ONE: usize = 200;

/// Looks. What cannot be seen is said.
pub(in crate::connectors) async fn look(outbound: &Outbound, look: &Look) -> Sights {
    let mut sights = Sights::default();
    if let Err(CallResult::Refused(said) | CallResult::Failed(said) | CallResult::Unconfirmed(said)) =
        see(outbound, look, &mut sights).await
    {
        sights.said = Some(said);
    }
    sights
}

async fn see(outbound: &Outbound, look: &Look, sights: &mut Sights) -> Got<()> {
    let target = Target::new(outbound, &look.url, &look.secret)?;
    let named = if look.external_id.is_empty() { look.group_name.as_str() } else { look.external_id.as_str() };
    let group = match target.group(look.target_group.as_deref(), named).await? {
        Found::One(id) => id,
        Found::Nobody => return Err(CallResult::Refused(format!("the target has no group {named}"))),
        Found::Unknown(why) => return Err(why.cannot(&format!("could not look for the group {named}"))),
    };
    let unlisted = match target.members(&group).await? {
        Ok(members) => {
            for known in &look.known {
                let Some(id) = &known.target_person else { continue };
                let there = members.iter().any(|(member, _)| member == id);
                // A list that did not show somebody who was seen otherwise is no proof that they are gone.
                if there || known.seen.is_none_or(|seen| seen == Seen::List) {
                    sights.people.insert(known.person, (there, Seen::List));
                }
            }
            sights.members = Some(members);
            None
        }
        Err(cause) => Some(cause.said),
    };
    let mut left = 0;
    for known in &look.known {
        let Some(id) = &known.target_person else { continue };
        if sights.people.contains_key(&known.person) {
            continue;
        }
        left += 1;
        if left > ONE_BY_ONE {
            break;
        }
        let mut membership = Membership::new(&group, id, known.seen);
        match target.is_in(&mut membership).await? {
            In::Yes(seen) => sights.people.insert(known.person, (true, seen)),
            In::No(seen) => sights.people.insert(known.person, (false, seen)),
            In::Unknown => {
                sights.said = Some(format!("who is in the group cannot be seen: {}", membership.tried()));
                return Ok(());
            }
        };
    }
    if look.known.is_empty() {
        sights.said = unlisted;
    }
    Ok(())
}
