//! Limits on failed tries, by account and by address. One limiter inside the credential check, so that there is no second
//! door around it; delays end by themselves, so that a lock is no weapon.

use crate::notes::{Failure, Why};
use crate::{Result, Services};
use domain::time::Timestamp;
use std::net::{IpAddr, Ipv6Addr};
use store::Session;
use store::login::Failures;

const SECOND: i64 = 1_000_000;
/// Failures are forgotten after a day.
const WINDOW: i64 = 86_400 * SECOND;
/// Failed tries of an account before it has to wait.
const ACCOUNT_FREE: i32 = 5;
/// Evaluated tries of an account in a day.
const ACCOUNT_DAY: i32 = 100;
/// Failed tries of an address before it has to wait.
const ADDRESS_FREE: i32 = 10;

/// The buckets that a try counts in.
pub(super) struct Buckets {
    account: Option<String>,
    address: Option<String>,
    /// Whose account and from where, for the record.
    email: String,
    from: String,
}

impl Buckets {
    /// The buckets of a try for `email` from `address`.
    pub(super) fn new(email: &str, address: &str) -> Self {
        let from = place(address);
        let bucket = (!from.is_empty()).then(|| format!("address:{from}"));
        Self { account: Some(format!("account:{email}")), address: bucket, email: email.to_owned(), from }
    }

    /// The bucket of an address alone: what is asked for an account is not its owner's doing.
    pub(super) fn of_address(address: &str) -> Self {
        Self { account: None, ..Self::new("", address) }
    }

    /// What is noted of a try that is not looked at: counted by the bucket that blocks it, whatever else varies.
    fn blocked(&self, account: bool) -> Failure {
        let (email, address) =
            if account { (self.email.clone(), String::new()) } else { (String::new(), self.from.clone()) };
        Failure { why: Why::TooMany, email, address }
    }

    fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        let account = self.account.as_deref().map(|key| (key, true));
        account.into_iter().chain(self.address.as_deref().map(|key| (key, false)))
    }
}

/// Whoever has one address of IPv6 has a whole network of them (RFC 6177): they count together, as the first 64 bits.
fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(IpAddr::V4(ip)) => ip.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// A try that must not be looked at now.
pub(super) struct Blocked {
    /// Seconds to wait.
    pub(super) seconds: u64,
    /// What is noted of it.
    pub(super) failure: Failure,
    /// When it was made.
    pub(super) at: Timestamp,
}

impl Buckets {
    /// What a bucket that is blocked until a moment makes of a try, beside what an earlier one made of it.
    fn refuse(&self, before: Option<Blocked>, account: bool, now: Timestamp, until: Timestamp) -> Option<Blocked> {
        if until <= now {
            return before;
        }
        let seconds = u64::try_from((until.0 - now.0) / SECOND + 1).unwrap_or(1);
        Some(match before {
            Some(before) => Blocked { seconds: before.seconds.max(seconds), ..before },
            None => Blocked { seconds, failure: self.blocked(account), at: now },
        })
    }
}

/// Whether a try must not be looked at now, found out before anything is written for it; [`count`] decides the same again, exactly.
pub(super) async fn look(services: &Services, buckets: &Buckets) -> Result<Option<Blocked>> {
    let mut session = services.store.read().await?;
    let now = session.now();
    let mut blocked = None;
    for (key, account) in buckets.all() {
        let until = store::login::blocked_until(&mut session, key).await?;
        blocked = buckets.refuse(blocked, account, now, until);
    }
    Ok(blocked)
}

/// Counts a try as failed before it is looked at, so that parallel guesses are counted exactly; [`forgive`] takes it back
/// when it was right. When the try must not be looked at nothing is counted, and there is nothing to commit.
pub(super) async fn count(session: &mut Session, buckets: &Buckets) -> Result<Option<Blocked>> {
    let now = session.now();
    let mut blocked = None;
    let mut found = Vec::new();
    for (key, account) in buckets.all() {
        let failures = store::login::failures(session, key, WINDOW).await?;
        blocked = buckets.refuse(blocked, account, now, failures.blocked_until);
        found.push((key.to_owned(), account, failures));
    }
    if blocked.is_some() {
        return Ok(blocked);
    }
    for (key, account, failures) in found {
        let count = failures.count.saturating_add(1);
        let blocked_until = Timestamp(now.0.saturating_add(delay(count, account)));
        let after =
            Failures { count, blocked_until: if blocked_until > now { blocked_until } else { failures.blocked_until } };
        store::login::set_failures(session, &key, after).await?;
    }
    Ok(None)
}

/// Takes the count of a right try back: the account starts anew, the address loses one.
pub(super) async fn forgive(session: &mut Session, buckets: &Buckets) -> Result<()> {
    for (key, account) in buckets.all() {
        let failures = store::login::failures(session, key, WINDOW).await?;
        let after = if account {
            Failures::default()
        } else {
            let count = failures.count.saturating_sub(1).max(0);
            let blocked_until = if count < ADDRESS_FREE { Timestamp(0) } else { failures.blocked_until };
            Failures { count, blocked_until }
        };
        store::login::set_failures(session, key, after).await?;
    }
    Ok(())
}

/// How long the next try has to wait after so many failures.
fn delay(count: i32, account: bool) -> i64 {
    let free = if account { ACCOUNT_FREE } else { ADDRESS_FREE };
    if account && count >= ACCOUNT_DAY {
        return WINDOW / 4;
    }
    if count < free {
        return 0;
    }
    // 2, 4, 8 … seconds, at most five minutes.
    let steps = u32::try_from(count - free).unwrap_or(0).min(8);
    (SECOND << (steps + 1)).min(300 * SECOND)
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), place("2001:db8:1:2::9"));
        assert_ne!(place("2001:db8:1:2::1"), place("2001:db8:1:3::1"));
        assert_eq!(place("::ffff:192.0.2.7"), "192.0.2.7", "an address of IPv4, written as one of IPv6");
        assert_eq!((place("192.0.2.7").as_str(), place("").as_str()), ("192.0.2.7", ""));
    }
}
