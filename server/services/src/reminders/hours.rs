//! Working days and quiet hours, in the organisation's time zone.

use domain::settings::Settings;
use domain::time::Timestamp;
use jiff::Zoned;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use std::cmp::Ordering;

/// Minute of the day at which daily lists are sent.
const DIGEST: u16 = 8 * 60;

/// Minute of the day at which it is over.
const MIDNIGHT: u16 = 24 * 60;

/// The organisation's hours.
#[derive(Clone, Debug)]
pub(crate) struct Hours {
    zone: TimeZone,
    days: Vec<u8>,
    from: u16,
    to: u16,
}

impl Hours {
    /// The hours that the settings say. A time zone that is not known any more is UTC; no working day at all is every day.
    pub(crate) fn of(settings: &Settings) -> Self {
        let zone = if settings.timezone.is_empty() { None } else { TimeZone::get(&settings.timezone).ok() };
        let days = settings.working_days.iter().copied().filter(|day| (1..=7).contains(day)).collect::<Vec<_>>();
        Self {
            zone: zone.unwrap_or(TimeZone::UTC),
            days: if days.is_empty() { (1..=7).collect() } else { days },
            from: settings.quiet_from,
            to: settings.quiet_to,
        }
    }

    /// The same days in another time zone.
    fn within(&self, zone: Option<&str>) -> Self {
        let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(|| self.zone.clone());
        Self { zone, ..self.clone() }
    }

    /// The first moment from `at` on that is on a working day and not in quiet hours.
    pub(crate) fn next(&self, at: Timestamp) -> Timestamp {
        let Some(mut moment) = self.zoned(at) else { return at };
        // Seven days hold a working day; one more for a start late in one.
        for _ in 0..8 {
            let minute = minute(&moment);
            let works = self.works(&moment);
            if works && !self.is_quiet(minute) {
                return micros(&moment).unwrap_or(at);
            }
            let next = if works && minute < self.to {
                self.at(&moment, 0, self.to)
            } else {
                self.at(&moment, 1, self.opens())
            };
            let Some(next) = next else { return at };
            moment = next;
        }
        at
    }

    /// A moment in the last open hours between two others, in the middle of what of these is left: where no later one can be,
    /// somebody can still act on what is said then. Nothing when no hour between them is open.
    pub(crate) fn last_open(&self, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let (first, last) = (self.zoned(from)?, self.zoned(until)?);
        let mut day = last;
        while day.date() >= first.date() {
            for (opens, closes) in self.open_hours(&day) {
                let opens = self.at(&day, 0, opens).and_then(|at| micros(&at))?.max(from);
                let closes = self.at(&day, closes / MIDNIGHT, closes % MIDNIGHT).and_then(|at| micros(&at))?.min(until);
                let middle = Timestamp(opens.0 + (closes.0 - opens.0) / 2);
                if opens < closes && middle > from {
                    return Some(middle);
                }
            }
            day = day.date().yesterday().ok()?.to_zoned(self.zone.clone()).ok()?;
        }
        None
    }

    /// The open hours of a day in minutes, the latest first.
    fn open_hours(&self, day: &Zoned) -> Vec<(u16, u16)> {
        if !self.works(day) {
            return Vec::new();
        }
        match self.from.cmp(&self.to) {
            Ordering::Less => vec![(self.to, MIDNIGHT), (0, self.from)],
            Ordering::Equal => vec![(0, MIDNIGHT)],
            Ordering::Greater => vec![(self.to, self.from)],
        }
    }

    /// The next moment after `now` for somebody's daily list: in the morning of a working day where they are.
    pub(crate) fn next_digest(&self, now: Timestamp, zone: Option<&str>) -> Timestamp {
        let hours = self.within(zone);
        let Some(moment) = hours.zoned(now) else { return now };
        for days in 0..9 {
            let Some(morning) = hours.at(&moment, days, DIGEST) else { continue };
            match micros(&morning) {
                Some(at) if at > now && hours.works(&morning) => return at,
                _ => {}
            }
        }
        now
    }

    fn zoned(&self, at: Timestamp) -> Option<Zoned> {
        Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(self.zone.clone()))
    }

    fn works(&self, moment: &Zoned) -> bool {
        u8::try_from(moment.weekday().to_monday_one_offset()).is_ok_and(|day| self.days.contains(&day))
    }

    const fn is_quiet(&self, minute: u16) -> bool {
        if self.from <= self.to {
            self.from <= minute && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// The minute at which a day's messages begin.
    const fn opens(&self) -> u16 {
        // Never quiet, or quiet within the day: it begins at midnight.
        if self.from == self.to || (self.from < self.to && self.from > 0) { 0 } else { self.to }
    }

    /// A minute of the day, so many days later. One that the clocks jump over is the first after it.
    fn at(&self, moment: &Zoned, days: u16, minute: u16) -> Option<Zoned> {
        let mut date = moment.date();
        for _ in 0..days {
            date = date.tomorrow().ok()?;
        }
        let time = Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()?;
        date.to_datetime(time).to_zoned(self.zone.clone()).ok()
    }
}

fn minute(moment: &Zoned) -> u16 {
    u16::try_from(i32::from(moment.hour()) * 60 + i32::from(moment.minute())).unwrap_or(0)
}

fn micros(moment: &Zoned) -> Option<Timestamp> {
    Some(Timestamp(moment.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::Hours;
    use domain::settings::Settings;
    use domain::time::Timestamp;

    fn hours(zone: &str) -> Hours {
        Hours::of(&Settings { timezone: zone.to_owned(), ..Settings::default() })
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("a moment").as_microsecond())
    }

    fn next(hours: &Hours, text: &str) -> String {
        jiff::Timestamp::from_microsecond(hours.next(at(text)).0).expect("a moment").to_string()
    }

    #[test]
    fn what_falls_into_the_night_or_the_weekend_waits_for_the_morning() {
        let berlin = hours("Europe/Berlin");
        for (given, expected) in [
            ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            // Tuesday, 21:00 in Berlin.
            ("2026-11-24T20:00:00Z", "2026-11-25T06:00:00Z"),
            // Wednesday, 05:30.
            ("2026-11-25T04:30:00Z", "2026-11-25T06:00:00Z"),
            // Friday, 20:00: quiet begins.
            ("2026-11-27T19:00:00Z", "2026-11-30T06:00:00Z"),
            ("2026-11-28T12:00:00Z", "2026-11-30T06:00:00Z"),
        ] {
            assert_eq!(next(&berlin, given), expected, "{given}");
        }
    }

    #[test]
    fn the_morning_is_where_the_clocks_say_it_is() {
        // Clocks go back on 25 October 2026 and forward on 28 March 2027: Monday's seven o'clock moves by an hour in UTC.
        let berlin = hours("Europe/Berlin");
        assert_eq!(next(&berlin, "2026-10-23T19:00:00Z"), "2026-10-26T06:00:00Z");
        assert_eq!(next(&berlin, "2027-03-26T20:00:00Z"), "2027-03-29T05:00:00Z");
        // An opening that the clocks jump over is the first moment after it.
        let settings = Settings {
            timezone: "Europe/Berlin".to_owned(),
            working_days: Vec::new(),
            quiet_from: 20 * 60,
            quiet_to: 2 * 60 + 30,
            ..Settings::default()
        };
        assert_eq!(next(&Hours::of(&settings), "2027-03-27T23:00:00Z"), "2027-03-28T01:30:00Z");
    }

    #[test]
    fn quiet_hours_may_lie_within_a_day_or_be_none() {
        let noon = Settings { quiet_from: 12 * 60, quiet_to: 13 * 60, ..Settings::default() };
        let noon = Hours::of(&noon);
        assert_eq!(next(&noon, "2026-11-24T12:30:00Z"), "2026-11-24T13:00:00Z");
        assert_eq!(next(&noon, "2026-11-28T12:30:00Z"), "2026-11-30T00:00:00Z");
        let none = Hours::of(&Settings { quiet_from: 0, quiet_to: 0, ..Settings::default() });
        assert_eq!(next(&none, "2026-11-24T03:00:00Z"), "2026-11-24T03:00:00Z");
        let none = Hours::of(&Settings { quiet_from: 20 * 60, quiet_to: 20 * 60, ..Settings::default() });
        assert_eq!(next(&none, "2026-11-24T20:30:00Z"), "2026-11-24T20:30:00Z");
        assert_eq!(next(&none, "2026-11-28T12:30:00Z"), "2026-11-30T00:00:00Z", "not in the evening of Monday");
    }

    #[test]
    fn the_last_open_hours_before_a_weekend_are_found() {
        let last = |zone: &str, from: &str, until: &str| {
            let found = hours(zone).last_open(at(from), at(until))?;
            Some(jiff::Timestamp::from_microsecond(found.0).expect("a moment").to_string())
        };
        let found = |text: &str| Some(text.to_owned());
        // Friday 27 November, open from 7:00 to 20:00.
        assert_eq!(last("UTC", "2026-11-27T10:00:00Z", "2026-11-29T10:00:00Z"), found("2026-11-27T15:00:00Z"));
        assert_eq!(
            last("Europe/Berlin", "2026-11-27T10:00:00Z", "2026-11-29T10:00:00Z"),
            found("2026-11-27T14:30:00Z")
        );
        // In Auckland it is Friday, 23:00, already; in Honolulu there are hours left after midnight in UTC.
        assert_eq!(last("Pacific/Auckland", "2026-11-27T10:00:00Z", "2026-11-29T10:00:00Z"), None);
        assert_eq!(
            last("Pacific/Honolulu", "2026-11-28T02:00:00Z", "2026-11-29T10:00:00Z"),
            found("2026-11-28T04:00:00Z")
        );
        assert_eq!(last("UTC", "2026-11-27T20:00:00Z", "2026-11-30T07:00:00Z"), None, "closed all the time between");
        // Clocks go back in the night to Sunday 25 October: the hours of Friday are those of summer.
        assert_eq!(
            last("Europe/Berlin", "2026-10-23T16:00:00Z", "2026-10-26T05:00:00Z"),
            found("2026-10-23T17:00:00Z")
        );
        let noon = Settings { quiet_from: 12 * 60, quiet_to: 13 * 60, ..Settings::default() };
        let last = Hours::of(&noon).last_open(at("2026-11-27T10:00:00Z"), at("2026-11-27T12:30:00Z"));
        assert_eq!(last, Some(at("2026-11-27T11:00:00Z")));
    }

    #[test]
    fn a_daily_list_comes_in_the_morning_of_a_working_day_where_one_is() {
        let berlin = hours("Europe/Berlin");
        let next = |now: &str, zone| {
            jiff::Timestamp::from_microsecond(berlin.next_digest(at(now), zone).0).expect("a moment").to_string()
        };
        assert_eq!(next("2026-11-24T06:59:00Z", None), "2026-11-24T07:00:00Z");
        assert_eq!(next("2026-11-24T07:00:00Z", None), "2026-11-25T07:00:00Z");
        assert_eq!(next("2026-11-27T12:00:00Z", Some("America/New_York")), "2026-11-27T13:00:00Z");
        assert_eq!(next("2026-11-27T13:00:00Z", Some("America/New_York")), "2026-11-30T13:00:00Z");
        assert_eq!(next("2026-11-27T12:00:00Z", Some("Atlantis/Nowhere")), "2026-11-30T07:00:00Z");
    }
}
