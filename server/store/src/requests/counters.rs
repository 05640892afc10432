//! Counters of the tabs: kept in the transaction that changes them, never counted for a page.

use crate::Session;
use crate::error::{Error, Result};
use domain::ids::RequestNumber;
use domain::request::{Lane, Status};
use domain::view::Counters;

/// Rows over which one counter is spread.
const SLOTS: i64 = 64;

/// What a request counts as in its tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pending,
    Repair,
    Nothing,
}

impl Kind {
    pub(super) const fn of(status: Status, in_flight: bool) -> Self {
        match status {
            Status::Pending if !in_flight => Self::Pending,
            _ if status.needs_repair() => Self::Repair,
            _ => Self::Nothing,
        }
    }

    const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Pending => Some("pending"),
            Self::Repair => Some("repair"),
            Self::Nothing => None,
        }
    }
}

/// The counters now.
///
/// # Errors
/// When the database fails.
pub async fn counters(session: &mut Session) -> Result<Counters> {
    const SQL: &str = "SELECT lane, kind, CAST(SUM(value) AS BIGINT) FROM lane_counters GROUP BY lane, kind";
    let rows: Vec<(i16, String, i64)> = on!(session, c => sqlx::query_as(SQL).fetch_all(&mut *c).await?);
    let mut out = Counters::default();
    for (lane, kind, value) in rows {
        let slot = match (Lane::from_code(lane), kind.as_str()) {
            (Some(Lane::Administrator), "pending") => &mut out.administrator,
            (Some(Lane::Others), "pending") => &mut out.others,
            (Some(Lane::Administrator), "repair") => &mut out.repair_administrator,
            (Some(Lane::Others), "repair") => &mut out.repair_others,
            _ => return Err(Error::inconsistent("lane_counters", "kind", kind)),
        };
        *slot = value;
    }
    Ok(out)
}

/// Moves a request from one count to another.
pub(super) async fn shift(
    session: &mut Session,
    number: RequestNumber,
    before: Option<(Lane, Kind)>,
    after: (Lane, Kind),
) -> Result<()> {
    if before == Some(after) {
        return Ok(());
    }
    const SQL: &str = "UPDATE lane_counters SET value = value + $1 WHERE lane = $2 AND kind = $3 AND slot = $4";
    let slot = i32::try_from(number.0.rem_euclid(SLOTS)).unwrap_or(0);
    for (change, place) in [(-1_i64, before), (1, Some(after))] {
        let Some((lane, Some(kind))) = place.map(|(lane, kind)| (lane, kind.as_str())) else { continue };
        on!(session, c => sqlx::query(SQL)
            .bind(change).bind(lane.code()).bind(kind).bind(slot).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}

/// Sets the counters from the rows, after a bulk load.
///
/// # Errors
/// When the database fails.
pub async fn recount(session: &mut Session) -> Result<()> {
    const RESET: &str = "UPDATE lane_counters SET value = 0";
    const COUNT: &str = "UPDATE lane_counters SET value = (SELECT COUNT(*) FROM requests r
        WHERE r.lane = lane_counters.lane
          AND ((lane_counters.kind = 'pending' AND r.status = 0 AND NOT r.in_flight)
            OR (lane_counters.kind = 'repair' AND r.status IN (4, 6)))) WHERE slot = 0";
    for sql in [RESET, COUNT] {
        on!(session, c => sqlx::query(sql).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}
