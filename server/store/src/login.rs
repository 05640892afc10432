//! Local accounts: credentials, sessions, one-time links, failed tries.

use crate::Session;
use crate::error::Result;
use domain::ids::PersonId;
use domain::people::Actor;
use domain::settings::Settings;
use domain::time::Timestamp;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

/// The stored hash of a person's password, in PHC form.
///
/// # Errors
/// When the database fails.
pub async fn password(session: &mut Session, person: PersonId) -> Result<Option<String>> {
    const SQL: &str = "SELECT phc FROM credentials WHERE person_id = $1";
    Ok(on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_optional(&mut *c).await?))
}

/// The stored hash of a person's password, kept from being replaced until the session ends: whoever begins a session by a password
/// sees whether it still is the one that was looked at.
///
/// # Errors
/// When the database fails.
pub async fn hold_password(session: &mut Session, person: PersonId) -> Result<Option<String>> {
    let sql = format!("SELECT c.phc FROM credentials c WHERE c.person_id = $1{}", session.share_rows("c"));
    Ok(on!(session, c => sqlx::query_scalar(AssertSqlSafe(sql)).bind(person.0).fetch_optional(&mut *c).await?))
}

/// Replaces the hash of a person's password. `let_in_by` is the admin who showed the link by which it is set, if one did.
///
/// # Errors
/// When the database fails.
pub async fn set_password(
    session: &mut Session,
    person: PersonId,
    phc: &str,
    let_in_by: Option<PersonId>,
) -> Result<()> {
    const SQL: &str = "INSERT INTO credentials (person_id, phc, changed_at, let_in_by) VALUES ($1, $2, $3, $4)
        ON CONFLICT (person_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at, let_in_by = excluded.let_in_by";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(person.0).bind(phc).bind(now).bind(let_in_by.map(|id| id.0)).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Replaces the hash of a person's password by one that the same person chose: who let them in stays known.
///
/// # Errors
/// When the database fails.
pub async fn change_password(session: &mut Session, person: PersonId, phc: &str) -> Result<()> {
    const SQL: &str = "UPDATE credentials SET phc = $1, changed_at = $2 WHERE person_id = $3";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL).bind(phc).bind(now).bind(person.0).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Whether somebody ever logged in, or could: a session of theirs is in the record, or they have a password.
///
/// # Errors
/// When the database fails.
pub async fn ever_in(session: &mut Session, person: PersonId) -> Result<bool> {
    const SQL: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM credentials WHERE person_id = $1)
        OR EXISTS (SELECT 1 FROM audit WHERE actor_id = $1 AND kind = 'login')";
    let found: Option<i32> = on!(session, c => sqlx::query_scalar(SQL).bind(person.0).fetch_optional(&mut *c).await?);
    Ok(found.is_some())
}

/// Begins a session.
///
/// # Errors
/// When the database fails.
pub async fn begin_session(
    session: &mut Session,
    token_hash: &[u8],
    person: PersonId,
    ends_at: Timestamp,
    address: &str,
    agent: &str,
) -> Result<()> {
    const SQL: &str = "INSERT INTO sessions (token_hash, person_id, created_at, seen_at, ends_at, address, agent)
        VALUES ($1, $2, $3, $3, $4, $5, $6)";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(token_hash).bind(person.0).bind(now).bind(ends_at.0).bind(address).bind(agent)
        .execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// A live session.
#[derive(Clone, Debug)]
pub struct Live {
    /// Whose it is.
    pub actor: Actor,
    /// When it was last seen; written at most once a minute.
    pub seen_at: Timestamp,
    /// Now, by the store's clock.
    pub now: Timestamp,
    /// Settings of the organisation, which every page shows something of.
    pub settings: Settings,
}

#[derive(FromRow)]
struct RawLive {
    id: Uuid,
    name: String,
    email: String,
    admin: bool,
    now: i64,
    seen_at: i64,
    document: Option<Json<Settings>>,
}

/// The session of a token, if it is live: its person active, not past its end, seen within `idle` microseconds.
///
/// # Errors
/// When the database fails.
pub async fn live_session(session: &mut Session, token_hash: &[u8], idle: i64) -> Result<Option<Live>> {
    let moment = session.moment("$2");
    let sql = format!("SELECT {moment} AS now, p.id, p.name, p.email, p.admin, s.seen_at, (SELECT document FROM settings WHERE id = 1) AS document FROM sessions s
        JOIN people p ON p.id = s.person_id AND p.active WHERE s.token_hash = $1 AND s.ends_at > {moment} AND s.seen_at > {moment} - $3");
    let now = session.now().0;
    let raw: Option<RawLive> = on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
        .bind(token_hash).bind(now).bind(idle).fetch_optional(&mut *c).await?);
    Ok(raw.map(|raw| Live {
        actor: Actor { id: PersonId(raw.id), name: raw.name, email: raw.email, admin: raw.admin },
        seen_at: Timestamp(raw.seen_at),
        now: Timestamp(raw.now),
        settings: raw.document.map(|json| json.0).unwrap_or_default(),
    }))
}

/// Whose session a token is of, whether or not it has ended; nothing when it is not known any more. Good for nothing but to know whom
/// a text belongs to.
///
/// # Errors
/// When the database fails.
pub async fn session_owner(session: &mut Session, token_hash: &[u8]) -> Result<Option<PersonId>> {
    const SQL: &str = "SELECT person_id FROM sessions WHERE token_hash = $1";
    let found: Option<Uuid> =
        on!(session, c => sqlx::query_scalar(SQL).bind(token_hash).fetch_optional(&mut *c).await?);
    Ok(found.map(PersonId))
}

/// Who acts, as the transaction of the act finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// The person, with their present name, address and admin mark.
    pub actor: Actor,
    /// Whether they are active.
    pub active: bool,
}

/// Reads who acts, in the transaction of the act. With a session's token hash, the session must be live (`idle` as for
/// [`live_session`]) and theirs; it is locked, so that it ends before this transaction or after it. The person needs no lock of
/// their own: rights are changed in [`Store::write_directory`](crate::Store::write_directory), which runs beside no other.
///
/// # Errors
/// When the database fails.
pub async fn acting(
    session: &mut Session,
    person: PersonId,
    token_hash: Option<&[u8]>,
    idle: i64,
) -> Result<Option<Acting>> {
    #[derive(FromRow)]
    struct Raw {
        id: Uuid,
        name: String,
        email: String,
        admin: bool,
        active: bool,
    }
    let now = session.now().0;
    let raw: Option<Raw> = match token_hash {
        None => {
            const SQL: &str = "SELECT id, name, email, admin, active FROM people WHERE id = $1";
            on!(session, c => sqlx::query_as(SQL).bind(person.0).fetch_optional(&mut *c).await?)
        }
        Some(hash) => {
            let sql = format!(
                "SELECT p.id, p.name, p.email, p.admin, p.active FROM sessions s JOIN people p ON p.id = s.person_id
                 WHERE s.token_hash = $1 AND s.person_id = $2 AND s.ends_at > $3 AND s.seen_at > $3 - $4{}",
                session.keep_rows("s")
            );
            on!(session, c => sqlx::query_as(AssertSqlSafe(sql))
                .bind(hash).bind(person.0).bind(now).bind(idle).fetch_optional(&mut *c).await?)
        }
    };
    Ok(raw.map(|raw| Acting {
        actor: Actor { id: PersonId(raw.id), name: raw.name, email: raw.email, admin: raw.admin },
        active: raw.active,
    }))
}

/// Notes when a session was last used; a later note that is there already stays.
///
/// # Errors
/// When the database fails.
pub async fn touch_session(session: &mut Session, token_hash: &[u8], used_at: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE sessions SET seen_at = $1 WHERE token_hash = $2 AND seen_at < $1";
    on!(session, c => sqlx::query(SQL).bind(used_at.0).bind(token_hash).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Ends one session; whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn end_session(session: &mut Session, token_hash: &[u8]) -> Result<bool> {
    const SQL: &str = "DELETE FROM sessions WHERE token_hash = $1";
    Ok(on!(session, c => sqlx::query(SQL).bind(token_hash).execute(&mut *c).await?.rows_affected()) == 1)
}

/// Ends all sessions of a person but one.
///
/// # Errors
/// When the database fails.
pub async fn end_sessions_of(session: &mut Session, person: PersonId, except: Option<&[u8]>) -> Result<()> {
    const SQL: &str = "DELETE FROM sessions WHERE person_id = $1 AND token_hash <> $2";
    on!(session, c => sqlx::query(SQL)
        .bind(person.0).bind(except.unwrap_or_default()).execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Removes what has ended: sessions, links and failures older than a day.
///
/// # Errors
/// When the database fails.
pub async fn sweep(session: &mut Session) -> Result<()> {
    let now = session.now().0;
    for sql in [
        "DELETE FROM sessions WHERE ends_at <= $1",
        "DELETE FROM login_links WHERE ends_at <= $1 - 604800000000",
        "DELETE FROM login_failures WHERE last_at <= $1 - 86400000000 AND blocked_until <= $1",
    ] {
        on!(session, c => sqlx::query(sql).bind(now).execute(&mut *c).await?.rows_affected());
    }
    Ok(())
}

/// A one-time link to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewLink<'a> {
    /// Whose it is.
    pub person: PersonId,
    /// The address that it goes to: it is good only while this is the person's.
    pub email: &'a str,
    /// `invitation`, `reset`, `printed` or `shown`.
    pub purpose: &'a str,
    /// The admin on whose screen it is shown, if it is.
    pub shown_by: Option<PersonId>,
    /// Until when it can be used.
    pub ends_at: Timestamp,
}

/// Makes a one-time link; earlier ones of the person end.
///
/// # Errors
/// When the database fails.
pub async fn put_link(session: &mut Session, token_hash: &[u8], link: NewLink<'_>) -> Result<()> {
    const END: &str = "UPDATE login_links SET used_at = $1 WHERE person_id = $2 AND used_at IS NULL";
    const SQL: &str = "INSERT INTO login_links (token_hash, person_id, purpose, email, shown_by, created_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let now = session.now().0;
    on!(session, c => sqlx::query(END).bind(now).bind(link.person.0).execute(&mut *c).await?.rows_affected());
    on!(session, c => sqlx::query(SQL)
        .bind(token_hash)
        .bind(link.person.0)
        .bind(link.purpose)
        .bind(link.email)
        .bind(link.shown_by.map(|id| id.0))
        .bind(now)
        .bind(link.ends_at.0)
        .execute(&mut *c)
        .await?
        .rows_affected());
    Ok(())
}

/// Whose a link is, if it can still be used: not used and not ended, its person active and at the address that it went to. Reading
/// does not use it: mail scanners open every link.
///
/// # Errors
/// When the database fails.
pub async fn link_owner(session: &mut Session, token_hash: &[u8]) -> Result<Option<PersonId>> {
    const SQL: &str = "SELECT l.person_id FROM login_links l
        JOIN people p ON p.id = l.person_id AND p.active AND p.email = l.email
        WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.ends_at > $2";
    let now = session.now().0;
    let found: Option<Uuid> =
        on!(session, c => sqlx::query_scalar(SQL).bind(token_hash).bind(now).fetch_optional(&mut *c).await?);
    Ok(found.map(PersonId))
}

/// A link that was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Whose it was.
    pub person: PersonId,
    /// The admin who showed it on the screen, if one did.
    pub shown_by: Option<PersonId>,
}

/// Uses a link, once, if it can be ([`link_owner`]).
///
/// # Errors
/// When the database fails.
pub async fn use_link(session: &mut Session, token_hash: &[u8]) -> Result<Option<Used>> {
    const SQL: &str = "UPDATE login_links SET used_at = $1
        WHERE token_hash = $2 AND used_at IS NULL AND ends_at > $1 AND EXISTS
            (SELECT 1 FROM people p WHERE p.id = login_links.person_id AND p.active AND p.email = login_links.email)
        RETURNING person_id, shown_by";
    let now = session.now().0;
    let found: Option<(Uuid, Option<Uuid>)> =
        on!(session, c => sqlx::query_as(SQL).bind(now).bind(token_hash).fetch_optional(&mut *c).await?);
    Ok(found.map(|(person, by)| Used { person: PersonId(person), shown_by: by.map(PersonId) }))
}

/// Failed tries of one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many since the bucket began.
    pub count: i32,
    /// No try is looked at before this moment.
    pub blocked_until: Timestamp,
}

/// The failed tries of a bucket, locked until the session ends.
///
/// # Errors
/// When the database fails.
pub async fn failures(session: &mut Session, bucket: &str, window_micros: i64) -> Result<Failures> {
    // The row is made first, so that on PostgreSQL there is always one to lock.
    const MAKE: &str =
        "INSERT INTO login_failures (bucket, failures, first_at, last_at, blocked_until) VALUES ($1, 0, $2, $2, 0)
        ON CONFLICT (bucket) DO UPDATE SET
            failures = CASE WHEN login_failures.first_at <= $2 - $3 THEN 0 ELSE login_failures.failures END,
            first_at = CASE WHEN login_failures.first_at <= $2 - $3 THEN $2 ELSE login_failures.first_at END
        RETURNING failures, blocked_until";
    let now = session.now().0;
    let (count, blocked): (i32, i64) =
        on!(session, c => sqlx::query_as(MAKE).bind(bucket).bind(now).bind(window_micros).fetch_one(&mut *c).await?);
    Ok(Failures { count, blocked_until: Timestamp(blocked) })
}

/// Sets the failed tries of a bucket.
///
/// # Errors
/// When the database fails.
pub async fn set_failures(session: &mut Session, bucket: &str, failures: Failures) -> Result<()> {
    const SQL: &str = "UPDATE login_failures SET failures = $1, last_at = $2, blocked_until = $3 WHERE bucket = $4";
    let now = session.now().0;
    on!(session, c => sqlx::query(SQL)
        .bind(failures.count).bind(now).bind(failures.blocked_until.0).bind(bucket)
        .execute(&mut *c).await?.rows_affected());
    Ok(())
}

/// Until when no try of a bucket is looked at, without a lock and without a write; a moment that has passed when it is not blocked.
///
/// # Errors
/// When the database fails.
pub async fn blocked_until(session: &mut Session, bucket: &str) -> Result<Timestamp> {
    const SQL: &str = "SELECT blocked_until FROM login_failures WHERE bucket = $1";
    let found: Option<i64> = on!(session, c => sqlx::query_scalar(SQL).bind(bucket).fetch_optional(&mut *c).await?);
    Ok(Timestamp(found.unwrap_or(0)))
}

/// Counts an act against a pace: one each `every` microseconds on average, and `burst` of them at once. The bucket is locked until
/// the session ends. Microseconds to wait when the act must not be done; it is not counted then.
///
/// The row keeps one moment, at which all that was done would be paid for (the generic cell rate algorithm): the same on every
/// server, and nothing to sweep before that moment has passed.
///
/// # Errors
/// When the database fails.
pub async fn pace(session: &mut Session, bucket: &str, every: i64, burst: i64) -> Result<Option<i64>> {
    let before = failures(session, bucket, i64::MAX / 2).await?;
    let now = session.now().0;
    // Further ahead than all that may be done at once only a clock that was set back puts it: nobody waits for that.
    let ahead = before.blocked_until.0 > now.saturating_add(every.saturating_mul(burst));
    let paid_at = if ahead { now } else { before.blocked_until.0.max(now) };
    let wait = paid_at - now - every.saturating_mul(burst - 1);
    if wait > 0 {
        return Ok(Some(wait));
    }
    let after = Failures { count: before.count.saturating_add(1), blocked_until: Timestamp(paid_at + every) };
    set_failures(session, bucket, after).await?;
    Ok(None)
}
