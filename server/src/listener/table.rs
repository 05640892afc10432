//! The connections that are open: in which phase each is, and since when.

use super::Limits;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// So many connections of one address are no reason to close them before those of others.
const FEW: usize = 64;

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The headers of a request are awaited, or the first byte of the first one.
    Head,
    /// There was a request, and there may be another.
    Idle,
    /// A request is looked at.
    Working,
    /// An answer is written.
    Answering,
    /// The last bytes of an answer are on their way.
    Flushing,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Begin of the phase.
    since: Instant,
    /// Begin of the request.
    begun: Instant,
    /// Bytes of body and answer that went over the connection for the request.
    received: u64,
    sent: u64,
    /// Since when the next bytes of a body are awaited.
    body: Option<Instant>,
    /// Since when nobody takes the bytes of an answer.
    blocked: Option<Instant>,
    /// The answer may go on for ever.
    endless: bool,
    /// A body was not read to its end.
    unread: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Line {
    limits: Limits,
    idle: Duration,
    state: Mutex<State>,
    cut: Notify,
}

impl Line {
    fn new(limits: Limits, proxy: bool) -> Self {
        let now = Instant::now();
        let state = State {
            phase: Phase::Head,
            since: now,
            begun: now,
            received: 0,
            sent: 0,
            body: None,
            blocked: None,
            endless: false,
            unread: false,
        };
        let idle = if proxy { limits.idle_proxy } else { limits.idle };
        Self { limits, idle, state: Mutex::new(state), cut: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns when the connection has to be closed.
    pub(super) async fn cut(&self) {
        self.cut.notified().await;
    }

    /// The headers of a request are there.
    pub(super) fn begin(&self) {
        let now = Instant::now();
        let mut state = self.state();
        *state = State {
            phase: Phase::Working,
            since: now,
            begun: now,
            received: 0,
            sent: 0,
            body: None,
            blocked: state.blocked,
            endless: false,
            unread: false,
        };
    }

    /// There is an answer, and it will be written.
    pub(super) fn answer(&self, endless: bool) {
        let mut state = self.state();
        (state.phase, state.since, state.endless) = (Phase::Answering, Instant::now(), endless);
    }

    /// Everything of the answer was handed over; what is left is in the buffers.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        (state.phase, state.since) = (Phase::Flushing, Instant::now());
    }

    /// The next bytes of a body are awaited.
    pub(super) fn awaits_body(&self) {
        self.state().body.get_or_insert_with(Instant::now);
    }

    /// Bytes of a body came.
    pub(super) fn received(&self, bytes: u64) {
        let mut state = self.state();
        state.body = None;
        state.received = state.received.saturating_add(bytes);
    }

    /// A body is not read any further.
    pub(super) fn ends_body(&self, unread: bool) {
        let mut state = self.state();
        state.body = None;
        state.unread |= unread;
    }

    /// Whether the last body was not read to its end.
    pub(super) fn left_unread(&self) -> bool {
        self.state().unread
    }

    /// Bytes came that no request waits for: the next one begins.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if state.phase == Phase::Idle {
            (state.phase, state.since) = (Phase::Head, Instant::now());
        }
    }

    /// Bytes went out.
    pub(super) fn wrote(&self, bytes: u64) {
        let mut state = self.state();
        state.blocked = None;
        state.sent = state.sent.saturating_add(bytes);
    }

    /// Nobody takes the bytes that are to go out.
    pub(super) fn blocked(&self) {
        self.state().blocked.get_or_insert_with(Instant::now);
    }

    /// Everything that was written is out.
    pub(super) fn flushed(&self) {
        let mut state = self.state();
        state.blocked = None;
        if state.phase == Phase::Flushing {
            (state.phase, state.since) = (Phase::Idle, Instant::now());
        }
    }

    /// When to look for the first time whether the request under way takes too long.
    pub(super) fn first_look(&self) -> Instant {
        self.state().begun + self.limits.body.min(self.limits.whole)
    }

    /// When the request under way has to be answered, by the bytes that came until now; and whether its client is awaited.
    pub(super) fn due(&self) -> (Instant, bool) {
        let state = self.state();
        let bytes = self.seconds(state.received);
        match state.body {
            Some(_) => (state.begun + self.limits.body + bytes, true),
            None => (state.begun + self.limits.whole + bytes, false),
        }
    }

    /// What these bytes may take.
    fn seconds(&self, bytes: u64) -> Duration {
        Duration::from_secs(bytes / self.limits.rate.max(1))
    }

    /// Whether the client takes longer than it may.
    fn is_overdue(&self, now: Instant) -> bool {
        let state = self.state();
        let late = |since: Instant, limit: Duration| now.saturating_duration_since(since) >= limit;
        if state.blocked.is_some_and(|since| late(since, self.limits.write))
            || state.body.is_some_and(|since| late(since, self.limits.gap))
        {
            return true;
        }
        match state.phase {
            Phase::Head => late(state.since, self.limits.head),
            Phase::Idle => late(state.since, self.idle),
            // How long work takes is not the client's doing: whoever looks at the request bounds it.
            Phase::Working => false,
            Phase::Answering | Phase::Flushing => {
                let whole = self.limits.whole + self.seconds(state.received.saturating_add(state.sent));
                !state.endless && late(state.begun, whole)
            }
        }
    }

    /// Since when the connection waits for its client; nothing when the client waits for us.
    fn waits(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Head | Phase::Idle => Some(state.since),
            _ if state.body.is_some() || state.blocked.is_some() => Some(state.begun),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct Entry {
    line: Arc<Line>,
    /// Whom it counts for; nobody where many people stand behind one address.
    client: Option<IpAddr>,
    /// It has to close.
    cut: bool,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) limits: Limits,
    proxies: Vec<IpAddr>,
    entries: Mutex<HashMap<usize, Entry>>,
    next: AtomicUsize,
    freed: Notify,
}

impl Table {
    pub(super) fn new(limits: Limits, proxies: Vec<IpAddr>) -> Self {
        let proxies = proxies.into_iter().map(|ip| ip.to_canonical()).collect();
        Self { limits, proxies, entries: Mutex::default(), next: AtomicUsize::new(0), freed: Notify::new() }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<usize, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn len(&self) -> usize {
        self.entries().len()
    }

    /// Returns when a connection has ended.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// A new connection takes its place.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Place {
        let proxy = self.proxies.contains(&peer);
        let line = Arc::new(Line::new(self.limits.clone(), proxy));
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let client = (!proxy).then(|| network(peer));
        self.entries().insert(id, Entry { line: Arc::clone(&line), client, cut: false });
        Place { table: Arc::clone(self), id, line }
    }

    /// Closes the connections whose client takes longer than it may.
    pub(super) fn cut_overdue(&self, now: Instant) {
        for entry in self.entries().values_mut().filter(|entry| entry.line.is_overdue(now)) {
            entry.close();
        }
    }

    /// Closes all connections.
    pub(super) fn cut_all(&self) {
        self.entries().values_mut().for_each(Entry::close);
    }

    /// Closes so many of the connections that wait for their client, those included that close already: first those of clients that
    /// hold many, of these the ones that wait longest.
    pub(super) fn make_room(&self, count: usize) {
        let mut entries = self.entries();
        let closing = entries.values().filter(|entry| entry.cut).count();
        let mut held: HashMap<IpAddr, usize> = HashMap::new();
        for client in entries.values().filter_map(|entry| entry.client) {
            *held.entry(client).or_default() += 1;
        }
        let weight = |entry: &Entry| entry.client.and_then(|client| held.get(&client)).map_or(0, |held| held / FEW);
        let mut waiting: Vec<(std::cmp::Reverse<usize>, Instant, &mut Entry)> = entries
            .values_mut()
            .filter(|entry| !entry.cut)
            .filter_map(|entry| Some((std::cmp::Reverse(weight(entry)), entry.line.waits()?, entry)))
            .collect();
        waiting.sort_unstable_by_key(|(weight, since, _)| (*weight, *since));
        for (.., entry) in waiting.into_iter().take(count.saturating_sub(closing)) {
            entry.close();
        }
    }
}

impl Entry {
    fn close(&mut self) {
        self.cut = true;
        self.line.cut.notify_one();
    }
}

/// Whoever has one address of IPv6 has a network of them.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The place of a connection, given back when it ends.
pub(super) struct Place {
    table: Arc<Table>,
    id: usize,
    line: Arc<Line>,
}

impl Place {
    pub(super) const fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.table.entries().remove(&self.id);
        self.table.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Limits, Place, Table};
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::{Instant, advance};

    fn table(proxies: &[&str]) -> Arc<Table> {
        let proxies = proxies.iter().map(|text| text.parse().expect("an address")).collect();
        Arc::new(Table::new(Limits::default(), proxies))
    }

    fn enter(table: &Arc<Table>, from: &str) -> Place {
        table.enter(from.parse::<IpAddr>().expect("an address"))
    }

    fn cut(table: &Table, place: &Place) -> bool {
        table.entries().get(&place.id).is_some_and(|entry| entry.cut)
    }

    #[tokio::test(start_paused = true)]
    async fn each_phase_has_its_limit() {
        let limits = Limits::default();
        let s = Duration::from_secs(1);
        type Does = fn(&super::Line);
        let phases: [(&str, Does, Duration); 6] = [
            ("nothing said", |_| {}, limits.head),
            (
                "idle",
                |line| {
                    line.begin();
                    line.answer(false);
                    line.answered();
                    line.flushed();
                },
                limits.idle,
            ),
            (
                "the next head",
                |line| {
                    line.begin();
                    line.answer(false);
                    line.answered();
                    line.flushed();
                    line.read();
                },
                limits.head,
            ),
            (
                "a body",
                |line| {
                    line.begin();
                    line.awaits_body();
                },
                limits.gap,
            ),
            (
                "an answer nobody takes",
                |line| {
                    line.begin();
                    line.answer(true);
                    line.blocked();
                },
                limits.write,
            ),
            (
                "an answer taken slowly",
                |line| {
                    line.begin();
                    line.answer(false);
                    line.wrote(5);
                },
                limits.whole,
            ),
        ];
        for (name, does, limit) in phases {
            let table = table(&[]);
            let place = enter(&table, "192.0.2.1");
            does(place.line());
            advance(limit - s).await;
            table.cut_overdue(Instant::now());
            assert!(!cut(&table, &place), "{name}: not before {limit:?}");
            advance(s).await;
            table.cut_overdue(Instant::now());
            assert!(cut(&table, &place), "{name}: after {limit:?}");
        }
        let table = table(&[]);
        let (works, streams) = (enter(&table, "192.0.2.1"), enter(&table, "192.0.2.1"));
        works.line().begin();
        streams.line().begin();
        streams.line().answer(true);
        advance(Duration::from_secs(86_400)).await;
        table.cut_overdue(Instant::now());
        assert!(!cut(&table, &works) && !cut(&table, &streams), "work and streams are not the client's time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_keeps_its_connections_longer_than_a_browser() {
        let table = table(&["192.0.2.9"]);
        let (browser, proxy) = (enter(&table, "192.0.2.1"), enter(&table, "192.0.2.9"));
        for place in [&browser, &proxy] {
            place.line().begin();
            place.line().answered();
            place.line().flushed();
        }
        advance(Duration::from_secs(130)).await;
        table.cut_overdue(Instant::now());
        assert!(cut(&table, &browser) && !cut(&table, &proxy));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_holds_many_and_waits_longest_makes_room_and_who_is_served_never() {
        let table = table(&["192.0.2.9"]);
        let old = enter(&table, "192.0.2.1");
        let proxied: Vec<Place> = (0..2 * FEW).map(|_| enter(&table, "192.0.2.9")).collect();
        let served = enter(&table, "2001:db8::1");
        served.line().begin();
        advance(Duration::from_secs(1)).await;
        let many: Vec<Place> = (0..2 * FEW).map(|index| enter(&table, &format!("2001:db8::{index:x}"))).collect();
        advance(Duration::from_secs(1)).await;
        let young = enter(&table, "2001:db8::ffff");
        table.make_room(FEW);
        assert_eq!(many.iter().filter(|place| cut(&table, place)).count(), FEW);
        assert!(!cut(&table, &old) && !cut(&table, &young) && !cut(&table, &served));
        assert!(proxied.iter().all(|place| !cut(&table, place)), "many people stand behind a proxy");
        table.make_room(FEW);
        assert_eq!(
            many.iter().filter(|place| cut(&table, place)).count(),
            FEW,
            "those that close already are room enough"
        );
        table.make_room(usize::MAX);
        assert!(cut(&table, &old) && cut(&table, &young) && !cut(&table, &served));
    }

    #[tokio::test]
    async fn a_place_is_given_back() {
        let table = table(&[]);
        let place = enter(&table, "192.0.2.1");
        assert_eq!(table.len(), 1);
        drop(place);
        table.freed().await;
        assert_eq!(table.len(), 0);
    }
}
