//! Names of time zones as other programs write them.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names of Windows after CLDR, and names that the tz database used to have, in lower case.
static OTHER: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("zones.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, zone)| (name.to_lowercase(), zone)).collect()
});

/// The IANA name of a zone that is written in whatever case: its own name, an old one, or the name that Windows gives it.
pub(super) fn zone(text: &str) -> Option<String> {
    let known = |name: &str| jiff::tz::TimeZone::get(name).ok()?.iana_name().map(ToOwned::to_owned);
    known(text).or_else(|| OTHER.get(&text.to_lowercase()).and_then(|name| known(name)))
}
