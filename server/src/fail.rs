//! Fail points (`trust.md` 3.4): places at which a test ends the process as `kill -9` would, to see what is left. Compiled out of
//! a release.

/// Ends the process here, at the moment that `DOORWARD_FAIL_AT` names as `POINT:N`: the N-th time that this point is passed.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicUsize, Ordering};
    static WANTED: OnceLock<Option<(String, usize)>> = OnceLock::new();
    static PASSED: AtomicUsize = AtomicUsize::new(0);
    let wanted = WANTED.get_or_init(|| {
        let given = std::env::var("DOORWARD_FAIL_AT").ok()?;
        let (point, count) = given.split_once(':')?;
        Some((point.to_owned(), count.parse().ok()?))
    });
    let Some((point, count)) = wanted else { return };
    if point == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *count {
        // Nothing is finished, closed or dropped.
        std::process::abort();
    }
}

/// Nothing, in a release.
#[cfg(not(debug_assertions))]
pub const fn point(_name: &str) {}
