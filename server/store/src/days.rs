//! When a day begins somewhere: for filters by day, which are the viewer's (`docs/rules.md`).

use domain::time::{Day, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The name of a time zone as the database of time zones spells it; nothing when there is no such zone.
#[must_use]
pub fn zone(name: &str) -> Option<String> {
    TimeZone::get(name.trim()).ok().map(|zone| zone.iana_name().unwrap_or("UTC").to_owned())
}

/// The first moment of a day in a time zone; of UTC where none is said or known. Days of 23 and 25 hours are as long as they are, and a
/// day whose midnight the clocks jump over begins with the first moment after it.
#[must_use]
pub fn start(day: Day, zone: Option<&str>) -> Timestamp {
    begins(day, zone).unwrap_or_else(|| day.start())
}

fn begins(day: Day, zone: Option<&str>) -> Option<Timestamp> {
    let zone = TimeZone::get(zone?).ok()?;
    let (year, month, date) = day.civil();
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(date).ok()?).ok()?;
    let begins = date.to_zoned(zone).ok()?.start_of_day().ok()?;
    Some(Timestamp(begins.timestamp().as_microsecond()))
}

/// The day that it is at a moment in a time zone; in UTC where none is said or known.
#[must_use]
pub fn of(at: Timestamp, zone: Option<&str>) -> Day {
    let found = || {
        let zone = TimeZone::get(zone?).ok()?;
        let date = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone).date();
        Day::from_civil(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
    };
    found().unwrap_or_else(|| at.day())
}

#[cfg(test)]
mod tests {
    use super::{of, start, zone};
    use domain::time::{Day, Timestamp};

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_day_begins_and_ends_where_the_clocks_of_its_zone_say() {
        for (text, zone, begins, hours) in [
            ("2026-11-24", "Europe/Berlin", "2026-11-23T23:00:00Z", 24),
            ("2026-11-24", "Asia/Kathmandu", "2026-11-23T18:15:00Z", 24),
            // Clocks forward, clocks back.
            ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z", 23),
            ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z", 25),
            // Half an hour.
            ("2026-04-05", "Australia/Lord_Howe", "2026-04-04T13:00:00Z", 24),
            // No midnight: the day begins at one o'clock.
            ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", 23),
            ("2022-09-11", "America/Santiago", "2022-09-11T04:00:00Z", 23),
            // No Friday at all.
            ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z", 0),
        ] {
            let (from, to) = (start(day(text), Some(zone)), start(day(text).next(), Some(zone)));
            assert_eq!(from.to_string(), begins, "{text} {zone}");
            let half = if zone == "Australia/Lord_Howe" { 30 } else { 0 };
            assert_eq!((to.0 - from.0) / 60_000_000, hours * 60 + half, "{text} {zone}");
        }
        assert_eq!(start(day("2026-11-24"), None), day("2026-11-24").start());
        assert_eq!(start(day("2026-11-24"), Some("Atlantis/Nowhere")), day("2026-11-24").start());
    }

    #[test]
    fn it_is_another_day_elsewhere() {
        let late = Timestamp(day("2026-11-24").start().0 + 23 * 3_600_000_000);
        assert_eq!(of(late, Some("Europe/Berlin")), day("2026-11-25"));
        assert_eq!(of(late, Some("America/New_York")), day("2026-11-24"));
        assert_eq!(of(late, None), day("2026-11-24"));
    }

    #[test]
    fn zones_are_known_by_their_names() {
        assert_eq!(zone("europe/berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(zone("UTC").as_deref(), Some("UTC"));
        assert_eq!(zone("Mars/Olympus"), None);
        assert_eq!(zone(""), None);
    }
}
