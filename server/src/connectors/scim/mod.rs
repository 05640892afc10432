//! The SCIM 2.0 connector (RFC 7644): membership in a group of the target, changed and read back.
//!
//! Targets understand different parts of the protocol. Whatever one cannot answer is asked the next way, and only what no way
//! answers is a failure, in a sentence that names what was tried. A target's yes is not enough: it is done when it can be seen. What
//! cannot be seen in any way is called not confirmed.

mod ask;
mod find;
mod look;
mod member;

use crate::outbound::Outbound;
use ask::{Got, Target, short};
use domain::connector::{Attempted, CallResult, Seen, kept_id};
use find::Found;
use member::Membership;
use services::provisioning::Claimed;

pub(super) use look::look;

/// Carries a call out. What was learnt stays with the caller, also when the call is cut off.
pub(super) struct Call<'c> {
    target: Target<'c>,
    call: &'c Claimed,
    /// The target's ids, and how the person was seen.
    pub(super) learnt: Attempted,
}

impl<'c> Call<'c> {
    pub(super) fn new(outbound: &'c Outbound, call: &'c Claimed) -> Got<Self> {
        let target = Target::new(outbound, &call.url, &call.secret)?;
        let unknown = CallResult::Failed("not carried out".to_owned());
        Ok(Self { target, call, learnt: Attempted { result: unknown, person: None, group: None, seen: None } })
    }

    pub(super) async fn carry_out(&mut self) -> CallResult {
        let done = if self.call.action.gives() { self.give().await } else { self.take().await };
        done.unwrap_or_else(|result| result)
    }

    async fn give(&mut self) -> Got<CallResult> {
        let call = self.call;
        let user = match self.target.user(&call.person.to_string(), &[&call.email]).await? {
            Found::One(id) => id,
            Found::Nobody => return Err(CallResult::Refused(format!("the target knows nobody as {}", call.email))),
            Found::Unknown(why) => return Err(why.cannot(&format!("could not look for {}", call.email))),
        };
        self.learnt.person = kept_id(&user).map(str::to_owned);
        // The group is the one that is named now: an id from before may be that of another.
        let named = self.named();
        let group = self.group_of(None).await?;
        let group = group.ok_or_else(|| CallResult::Refused(format!("the target has no group {named}")))?;
        let mut membership = Membership::new(&group, &user, None);
        if let Some(seen) = self.target.is_in(&mut membership).await?.yes() {
            return Ok(self.there(seen));
        }
        self.target.change(&membership, true).await?;
        // The target's word is not enough: it is done when it can be read.
        let mut after = self.target.is_in(&mut membership).await?;
        if after.no() {
            // A list that shows nobody may be all that this target ever shows.
            membership.doubt();
            after = self.target.is_in(&mut membership).await?;
        }
        if let Some(seen) = after.yes() {
            return Ok(self.there(seen));
        }
        Ok(if membership.lists() {
            CallResult::Failed(format!("the target said yes, but {} is not in the group", call.email))
        } else {
            let tried = membership.tried();
            CallResult::Unconfirmed(format!("the target said yes, but does not show who is in the group ({tried})"))
        })
    }

    fn there(&mut self, seen: Seen) -> CallResult {
        self.learnt.seen = Some(seen);
        CallResult::Done
    }

    async fn take(&mut self) -> Got<CallResult> {
        let call = self.call;
        let here = call.kept.elsewhere.is_none();
        let kept_group = call.kept.group.as_deref().filter(|_| here);
        let kept_person = call.kept.person.as_deref().filter(|_| here);
        let Some(group) = self.group_of(kept_group).await? else {
            // Without a group nobody was ever put in.
            return Ok(if kept_group.is_none() && !call.kept.was_there {
                CallResult::Done
            } else {
                let was = kept_group.map(|id| format!(", which was {}", short(id))).unwrap_or_default();
                CallResult::Unconfirmed(format!("the target has no group {}{was}", self.named()))
            });
        };
        let mut out = Taken::default();
        if let Some(person) = kept_person
            && self.take_out(&group, person, &mut out).await?
        {
            return Ok(self.gone(&out));
        }
        // Who is not there under the id that the target gave may have another by now.
        let mut addresses = vec![call.email.as_str()];
        addresses.extend(call.kept.email.as_deref());
        match self.target.user(&call.person.to_string(), &addresses).await? {
            Found::One(id) if kept_person == Some(id.as_str()) => {}
            Found::One(id) => {
                self.take_out(&group, &id, &mut out).await?;
            }
            Found::Nobody if kept_person.is_some() || !call.kept.was_there => {}
            Found::Nobody => out.unseen(format!("the target knows nobody as {}", addresses.join(" or "))),
            Found::Unknown(why) if why.passes => return Err(why.cannot("could not look for the person")),
            Found::Unknown(why) => out.unseen(format!("could not look for {}: {}", addresses.join(" or "), why.said)),
        }
        Ok(self.gone(&out))
    }

    /// Takes a person out of the group, if they are not seen to be out of it. Whether they were seen in it first.
    async fn take_out(&mut self, group: &str, person: &str, out: &mut Taken) -> Got<bool> {
        let mut membership = Membership::new(group, person, self.call.kept.seen);
        let before = self.target.is_in(&mut membership).await?;
        if before.no() {
            return Ok(false);
        }
        self.target.change(&membership, false).await?;
        let after = self.target.is_in(&mut membership).await?;
        if after.yes().is_some() {
            return Err(CallResult::Failed(format!(
                "the target said yes, but {} is still in the group",
                self.call.email
            )));
        }
        if !after.no() {
            let tried = membership.tried();
            out.unseen(format!("the target said yes, but does not show who is in the group ({tried})"));
        }
        Ok(before.yes().is_some())
    }

    fn gone(&self, out: &Taken) -> CallResult {
        match (&out.unseen, &self.call.kept.elsewhere) {
            (Some(said), _) => CallResult::Unconfirmed(said.clone()),
            (None, Some(url)) => CallResult::Unconfirmed(format!(
                "it was given at {url}, where this connector does not lead any more; it is not at the address of now"
            )),
            (None, None) => CallResult::Done,
        }
    }

    /// How the target names the group.
    fn named(&self) -> &'c str {
        if self.call.external_id.is_empty() { &self.call.group_name } else { &self.call.external_id }
    }

    async fn group_of(&mut self, kept: Option<&str>) -> Got<Option<String>> {
        match self.target.group(kept, self.named()).await? {
            Found::One(id) => {
                self.learnt.group = kept_id(&id).map(str::to_owned);
                Ok(Some(id))
            }
            Found::Nobody => Ok(None),
            Found::Unknown(why) => Err(why.cannot(&format!("could not look for the group {}", self.named()))),
        }
    }
}

/// What was taken out.
#[derive(Debug, Default)]
struct Taken {
    unseen: Option<String>,
}

impl Taken {
    fn unseen(&mut self, why: String) {
        self.unseen.get_or_insert(why);
    }
}
