//! Limits on failed tries, by account and by address. One limiter inside the credential check, so that there is no second
//! door around it; delays end by themselves, so that a lock is no weapon.

use crate::Result;
use domain::time::Timestamp;
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
    account: String,
    address: Option<String>,
}

impl Buckets {
    pub(super) fn new(email: &str, address: &str) -> Self {
        let address = (!address.is_empty()).then(|| format!("address:{address}"));
        Self { account: format!("account:{email}"), address }
    }

    fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        std::iter::once((self.account.as_str(), true)).chain(self.address.as_deref().map(|key| (key, false)))
    }
}

/// Counts a try as failed before it is looked at, so that parallel guesses are counted exactly; [`forgive`] takes it back
/// when it was right. Seconds to wait when the try must not be looked at.
pub(super) async fn count(session: &mut Session, buckets: &Buckets) -> Result<Option<u64>> {
    let now = session.now();
    let mut wait = None;
    let mut found = Vec::new();
    for (key, account) in buckets.all() {
        let failures = store::login::failures(session, key, WINDOW).await?;
        if failures.blocked_until > now {
            let seconds = (failures.blocked_until.0 - now.0) / SECOND + 1;
            wait = wait.max(u64::try_from(seconds).ok());
        }
        found.push((key.to_owned(), account, failures));
    }
    if wait.is_some() {
        return Ok(wait);
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
