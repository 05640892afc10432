//! Moments, as people read them.

use domain::time::Timestamp;
use leptos::prelude::*;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "2 h ago", "in 29 d". Made from two arguments, so that server and browser write the same text.
#[must_use]
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let (distance, future) = if at.0 > now.0 { (at.0 - now.0, true) } else { (now.0 - at.0, false) };
    let amount = match distance {
        d if d < MINUTE => return if future { "in a moment".to_owned() } else { "just now".to_owned() },
        d if d < HOUR => format!("{} min", d / MINUTE),
        d if d < DAY => format!("{} h", d / HOUR),
        d if d < 365 * DAY => format!("{} d", d / DAY),
        d => format!("{} y", d / (365 * DAY)),
    };
    if future { format!("in {amount}") } else { format!("{amount} ago") }
}

/// "23 Nov 2026, 10:14 UTC".
#[must_use]
pub fn absolute(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = at.day().civil();
    let minutes = at.0.rem_euclid(DAY) / MINUTE;
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("");
    format!("{day} {name} {year}, {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// A moment, relative, with the exact one on hover.
#[must_use]
pub fn time_ago(at: Timestamp, now: Timestamp) -> impl IntoView {
    view! { <time datetime=at.to_string() title=absolute(at)>{relative(at, now)}</time> }
}

/// A moment, exact.
#[must_use]
pub fn time_exact(at: Timestamp) -> impl IntoView {
    view! { <time datetime=at.to_string()>{absolute(at)}</time> }
}
