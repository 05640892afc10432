//! Moments and spans, as integers, so that both engines, the browser and the tests agree to the microsecond.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

const MINUTE: i64 = 60 * 1_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The UTC day on which the moment lies.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(DAY))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.micros()))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.micros()))
    }
}

/// ISO 8601 in UTC to the second, as in exports: `2026-11-23T10:14:00Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.rem_euclid(DAY) / 1_000_000;
        write!(f, "{}T{:02}:{:02}:{:02}Z", self.day(), seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

/// A UTC calendar day, counted from 1970-01-01. Printed and read as `2026-11-23`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i64);

impl Day {
    /// Midnight UTC at which the day begins.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY))
    }

    /// The day after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Year, month and day of the proleptic Gregorian calendar.
    #[must_use]
    pub const fn civil(self) -> (i64, i64, i64) {
        // Howard Hinnant's civil_from_days: eras of 400 years, years that begin in March.
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month, doy - (153 * mp + 2) / 5 + 1)
    }

    /// The day of a calendar date, or nothing when there is no such date between the years 1970 and 9999.
    #[must_use]
    pub fn from_civil(year: i64, month: i64, day: i64) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let y = if month <= 2 { year - 1 } else { year };
        let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
        let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
        let found = Self(era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468);
        (found.civil() == (year, month, day)).then_some(found)
    }

    /// Reads `YYYY-MM-DD`, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        Self::from_civil(number(0..4)?, number(5..7)?, number(8..10)?)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// A length of time in whole minutes, greater than zero and at most ten years: the unit of timed access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Span {
    minutes: i64,
}

impl Span {
    const LONGEST: i64 = 10 * 366 * 24 * 60;

    /// A span of so many minutes, if that is a positive number of at most ten years.
    #[must_use]
    pub const fn minutes(minutes: i64) -> Option<Self> {
        if minutes > 0 && minutes <= Self::LONGEST { Some(Self { minutes }) } else { None }
    }

    /// A span of so many days; clamped to 1 minute … ten years.
    #[must_use]
    pub const fn days(days: u32) -> Self {
        let minutes = days as i64 * 24 * 60;
        if minutes < 1 {
            Self { minutes: 1 }
        } else if minutes > Self::LONGEST {
            Self { minutes: Self::LONGEST }
        } else {
            Self { minutes }
        }
    }

    /// The whole length in minutes.
    #[must_use]
    pub const fn as_minutes(self) -> i64 {
        self.minutes
    }

    /// The whole length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.minutes * MINUTE
    }

    /// Reads an ISO 8601 duration of weeks, days, hours and minutes (`P30D`, `P1W`, `PT8H`, `P1DT12H`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut minutes: i64 = 0;
        let (mut in_time, mut last, mut digits) = (false, 0_u8, String::new());
        let rest = text.strip_prefix('P')?;
        for c in rest.chars() {
            let (rank, unit) = match (c, in_time) {
                ('0'..='9', _) => {
                    digits.push(c);
                    continue;
                }
                ('T', false) if digits.is_empty() => {
                    in_time = true;
                    last = 2;
                    continue;
                }
                ('W', false) => (1, 7 * 24 * 60),
                ('D', false) => (2, 24 * 60),
                ('H', true) => (3, 60),
                ('M', true) => (4, 1),
                _ => return None,
            };
            if rank <= last && !(rank == 2 && last < 2) {
                return None;
            }
            let amount: i64 = digits.parse().ok()?;
            digits.clear();
            minutes = minutes.checked_add(amount.checked_mul(unit)?)?;
            last = rank;
        }
        let ends_well = digits.is_empty() && !rest.ends_with('T');
        if ends_well { Self::minutes(minutes) } else { None }
    }
}

/// ISO 8601, in the largest units that fit without remainder: `P30D`, `PT90M` as `PT1H30M`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, hours, minutes) = (self.minutes / 1440, self.minutes / 60 % 24, self.minutes % 60);
        f.write_str("P")?;
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if hours > 0 || minutes > 0 {
            f.write_str("T")?;
        }
        if hours > 0 {
            write!(f, "{hours}H")?;
        }
        if minutes > 0 {
            write!(f, "{minutes}M")?;
        }
        Ok(())
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an ISO 8601 duration of weeks, days, hours and minutes up to ten years")
    }
}
