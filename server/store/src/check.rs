//! Invariants as queries that must return nothing. The numbers are those of `trust.md` 3.2.

use crate::Session;
use crate::error::Result;
use sqlx::AssertSqlSafe;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number.
    pub name: &'static str,
    /// What it says.
    pub what: &'static str,
    /// The first offenders.
    pub examples: Vec<String>,
}

/// Each query returns the keys of offenders as text; `$1` is now.
const INVARIANTS: &[(&str, &str, &str)] = &[
    ("I01", "an ended request has exactly one decision, of its own kind", "SELECT r.number FROM requests r LEFT JOIN decisions d ON d.request = r.number
        WHERE (r.status IN (1, 2, 3, 5)) <> (d.request IS NOT NULL)
           OR d.kind <> CASE r.status WHEN 1 THEN 'approved' WHEN 2 THEN 'denied' WHEN 3 THEN 'canceled' WHEN 5 THEN 'expired' ELSE d.kind END"),
    ("I03", "the audit holds every version of a request without gap", "SELECT r.number FROM requests r LEFT JOIN
        (SELECT request, COUNT(*) AS n, MAX(request_version) AS top FROM audit WHERE request_version IS NOT NULL GROUP BY request) a
        ON a.request = r.number WHERE a.request IS NULL OR a.n <> r.version OR a.top <> r.version"),
    ("I05", "nobody decided on their own request", "SELECT r.number FROM requests r JOIN decisions d ON d.request = r.number
        WHERE d.kind IN ('approved', 'denied') AND d.actor_id IN (r.requester_id, r.beneficiary_id, r.creator_id)"),
    ("I05v", "nobody voted on their own request", "SELECT r.number FROM votes v JOIN requests r ON r.number = v.request
        WHERE v.person_id IN (r.requester_id, r.beneficiary_id, r.creator_id)"),
    ("I06", "a step that was passed has an approval", "SELECT r.number FROM requests r WHERE r.status = 1 AND NOT r.overridden AND r.approval_type = 0
        AND NOT EXISTS (SELECT 1 FROM votes v WHERE v.request = r.number AND v.verdict = 0)"),
    ("I07", "an override has its own audit type", "SELECT d.request FROM decisions d WHERE d.overridden
        AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.request = d.request AND a.kind = 'overridden')"),
    ("I08", "a denial has a reason", "SELECT request FROM decisions WHERE kind = 'denied' AND (reason IS NULL OR reason = '')"),
    ("I09", "nothing was decided after it had expired", "SELECT r.number FROM requests r WHERE r.status IN (1, 2) AND r.decided_at >= r.expires_at
        AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.request = r.number AND a.kind = 'error')"),
    ("I10", "no open request refers to a deleted flow, a removed resource or an inactive beneficiary", "SELECT r.number FROM requests r
        JOIN flows f ON f.id = r.flow_id JOIN resources q ON q.id = r.resource_id JOIN people p ON p.id = r.beneficiary_id
        WHERE r.status IN (0, 4, 6) AND (f.deleted_at IS NOT NULL OR NOT q.active OR NOT p.active)"),
    ("I11", "one open request per beneficiary and resource", "SELECT MIN(number) FROM requests WHERE status IN (0, 4, 6)
        GROUP BY beneficiary_id, resource_id HAVING COUNT(*) > 1"),
    ("I12", "a grant has an approved request and an event that authorised it", "SELECT g.request FROM grants g
        LEFT JOIN requests r ON r.number = g.request AND r.status = 1
        WHERE r.number IS NULL OR NOT EXISTS (SELECT 1 FROM audit a WHERE a.request = g.request AND a.kind IN ('approved', 'overridden'))"),
    ("I13", "an approved request has a grant", "SELECT r.number FROM requests r LEFT JOIN grants g ON g.request = r.number
        WHERE r.status = 1 AND g.request IS NULL"),
    ("I14", "no live grant of an inactive person, or past its end for more than a minute", "SELECT g.request FROM grants g
        JOIN people p ON p.id = g.beneficiary_id WHERE g.ended_at IS NULL AND (NOT p.active OR g.ends_at < $1 - 60000000)"),
    ("I15", "a call that ended says when", "SELECT request FROM provisioning WHERE (state = 'waiting') <> (finished_at IS NULL)"),
    ("flight", "a request in flight has a call that waits, and no other request has one for a grant", "SELECT r.number FROM requests r
        WHERE r.status IN (0, 4, 6) AND r.in_flight <> EXISTS (SELECT 1 FROM provisioning p WHERE p.request = r.number AND p.state = 'waiting' AND p.action IN ('grant', 'undo'))"),
    ("I16", "a denied, canceled or expired request has no grant", "SELECT g.request FROM grants g JOIN requests r ON r.number = g.request
        WHERE r.status IN (2, 3, 5)"),
    ("kept", "what a target may still hold is held by somebody who should have it, is being taken back, or is shown as stuck", "SELECT p.request
        FROM provisioned p JOIN requests r ON r.number = p.request JOIN groups g ON g.id = p.group_id
        LEFT JOIN active_membership a ON a.group_id = p.group_id AND a.person_id = p.person_id AND g.connector_id = p.connector_id
            AND g.external_id = p.external_id
        WHERE p.state IN ('present', 'unconfirmed') AND a.person_id IS NULL AND p.repair_at = 0 AND r.status NOT IN (0, 4, 6)
          AND NOT EXISTS (SELECT 1 FROM provisioning c WHERE c.state = 'waiting' AND c.group_id = p.group_id
            AND c.person_id = p.person_id AND c.connector_id = p.connector_id)"),
    ("I19", "a finished message says when", "SELECT request FROM outbox WHERE (state = 'waiting') <> (finished_at IS NULL)"),
    ("I25", "an inactive person has no session", "SELECT 0 FROM sessions s JOIN people p ON p.id = s.person_id WHERE NOT p.active"),
    ("I25l", "a one-time link is at the address that it went to, of somebody active", "SELECT 0 FROM login_links l JOIN people p ON p.id = l.person_id
        WHERE l.used_at IS NULL AND l.ends_at > $1 AND (NOT p.active OR p.email <> l.email)"),
    ("confirm", "what has to be confirmed is Pending in the Administrator tab, and its state says so", "SELECT r.number FROM requests r
        WHERE (r.needs_confirmation AND (r.status <> 0 OR r.lane <> 0))
           OR (r.status = 0 AND r.needs_confirmation <> (CAST(r.state AS TEXT) LIKE '{_unconfirmed_:%'))"),
    ("confirmed", "nobody confirmed their own request", "SELECT a.request FROM audit a JOIN requests r ON r.number = a.request
        WHERE a.kind = 'confirmed' AND (a.actor_id IS NULL OR a.actor_id IN (r.requester_id, r.beneficiary_id, r.creator_id))"),
    ("I26", "somebody active is an admin, once anybody was", "SELECT 0 FROM (SELECT COUNT(*) AS n FROM people WHERE admin) a
        WHERE a.n > 0 AND NOT EXISTS (SELECT 1 FROM people WHERE admin AND active)"),
    ("text", "every request has the keys that a search finds it by, and everybody theirs", "SELECT r.number FROM requests r
        LEFT JOIN requests_text t ON t.number = r.number WHERE t.number IS NULL
        UNION ALL SELECT 0 FROM people p WHERE p.search = ''"),
    ("order", "submissions are in the order of their numbers", "SELECT o.number FROM
        (SELECT number, submitted_at, LAG(submitted_at) OVER (ORDER BY number) AS before FROM requests) o WHERE o.submitted_at < o.before"),
    ("counters", "the counters of the tabs are what can be counted", "SELECT k.lane FROM
        (SELECT lane, kind, SUM(value) AS n FROM lane_counters GROUP BY lane, kind) k
        WHERE k.n <> (SELECT COUNT(*) FROM requests r WHERE r.lane = k.lane
            AND ((k.kind = 'pending' AND r.status = 0 AND NOT r.in_flight) OR (k.kind = 'repair' AND r.status IN (4, 6))))"),
];

/// Runs all invariants.
///
/// # Errors
/// When the database fails.
pub async fn run(session: &mut Session) -> Result<Vec<Broken>> {
    let now = session.now().0;
    let mut out = Vec::new();
    for (name, what, sql) in INVARIANTS {
        // A common table expression names the one column alike on both engines; the clock is always bound.
        let sql =
            format!("WITH found (offender) AS ({sql}) SELECT CAST(offender AS TEXT) FROM found WHERE $1 > 0 LIMIT 5");
        let examples: Vec<Option<String>> =
            on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(now).fetch_all(&mut *c).await?);
        if !examples.is_empty() {
            out.push(Broken { name, what, examples: examples.into_iter().flatten().collect() });
        }
    }
    Ok(out)
}
