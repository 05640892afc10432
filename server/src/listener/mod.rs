//! The listener: accepts connections, and bounds what one client can take from the others. Each phase of a request has a time limit,
//! there are fewer connections than files, and when there are that many those that wait longest for their client make room.
//!
//! HTTP/1.1 only: HTTP/2 is a proxy's to speak, so there is no second protocol to bound. The limits of time are kept by one task
//! that looks at all connections, because most of them are about what happens between the bytes of several layers: a body that
//! stops, an answer that nobody takes, a connection that is silent.

mod exchange;
mod socket;
mod table;

pub use exchange::Endless;

use axum::Router;
use exchange::answer;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use socket::Socket;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use table::{Line, Table};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// What a client may take. The default is what `serve` uses; tests make the times short.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// From the first byte of a request, or from the begin of the connection, to the end of its headers.
    pub head: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Between two requests of a trusted proxy, which keeps its connections to use them again: longer than the proxies do, so that
    /// they end them, not we under a request (Caddy: two minutes).
    pub idle_proxy: Duration,
    /// Without a byte of a body.
    pub gap: Duration,
    /// For a whole body, beside what its bytes take at [`Limits::rate`].
    pub body: Duration,
    /// Without a byte of an answer taken: for each write, also of streams and exports.
    pub write: Duration,
    /// From the headers of a request to the last byte of its answer, beside what the bytes of both take at [`Limits::rate`]. Not
    /// for answers that are [`Endless`].
    pub whole: Duration,
    /// Bytes in a second that a client has to send or take on average.
    pub rate: u64,
    /// Largest headers of a request, in bytes.
    pub head_bytes: usize,
    /// How often the connections are looked at.
    pub tick: Duration,
    /// At the end: after this, connections that wait for their client are closed.
    pub patience: Duration,
    /// At the end: after this, all are.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            idle_proxy: Duration::from_secs(150),
            gap: Duration::from_secs(10),
            body: Duration::from_secs(30),
            write: Duration::from_secs(30),
            whole: Duration::from_secs(60),
            rate: 16 * 1024,
            head_bytes: 32 * 1024,
            tick: Duration::from_millis(500),
            patience: Duration::from_secs(1),
            grace: Duration::from_secs(6),
        }
    }
}

impl Limits {
    /// The limits under a limit of open files: at least a quarter of them, and 256 where there are as many, stays for the database,
    /// mail and targets.
    #[must_use]
    pub fn under(files: u64) -> Self {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let own = (files / 4).max(256).min(files / 2);
        let default = Self::default();
        Self { connections: default.connections.min(files - own).max(1), ..default }
    }
}

/// How long what a refused client still sends is read and thrown away, so that it gets to read the answer.
const LINGER: Duration = Duration::from_secs(2);
/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(50);
/// Connections that make room at once when there are too many.
const ROOM: usize = 32;
/// The log is told of too many connections once in so long.
const QUIET: Duration = Duration::from_secs(60);

/// Serves until told to stop; then requests under way are finished within [`Limits::grace`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    proxies: Vec<IpAddr>,
    mut stop: watch::Receiver<bool>,
) {
    let table = Arc::new(Table::new(limits, proxies));
    let watches = tokio::spawn(sweep(Arc::clone(&table)));
    let mut said: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = told(&mut stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                not_accepted(&table, &error).await;
                continue;
            }
        };
        if table.len() >= table.limits.connections {
            if said.is_none_or(|said| said.elapsed() > QUIET) {
                said = Some(Instant::now());
                tracing::warn!(
                    connections = table.len(),
                    "so many connections are open; those that wait longest make room"
                );
            }
            tokio::select! {
                () = room(&table) => {}
                () = told(&mut stop) => break,
            }
        }
        begin(&table, stream, peer, &router, &stop);
    }
    drop(listener);
    end(&table).await;
    watches.abort();
}

/// Returns when there is room for a new connection: when nobody waits for their client, that is when a request has ended.
async fn room(table: &Table) {
    while table.len() >= table.limits.connections {
        table.make_room(ROOM.min(table.limits.connections / 8).max(1));
        let _ = timeout(table.limits.tick, table.freed()).await;
    }
}

/// Returns when it is time to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Most of what accept says is about one client that has gone already; without files there is no next one until some are free.
async fn not_accepted(table: &Table, error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    tracing::warn!(%error, "a connection was not accepted");
    table.make_room(ROOM);
    tokio::time::sleep(PAUSE).await;
}

fn begin(table: &Arc<Table>, stream: TcpStream, peer: SocketAddr, router: &Router, stop: &watch::Receiver<bool>) {
    let (table, router, stop) = (Arc::clone(table), router.clone(), stop.clone());
    let place = table.enter(peer.ip().to_canonical());
    tokio::spawn(async move {
        let line = Arc::clone(place.line());
        tokio::select! {
            () = line.cut() => {}
            () = talk(stream, peer, &line, router, stop) => {}
        }
        drop(place);
    });
}

/// Speaks HTTP/1.1 over one connection until it ends.
async fn talk(stream: TcpStream, peer: SocketAddr, line: &Arc<Line>, router: Router, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    // Who says nothing costs no buffers.
    tokio::select! {
        readable = stream.readable() => if readable.is_err() { return },
        () = told(&mut stop) => return,
    }
    let service = hyper::service::service_fn({
        let line = Arc::clone(line);
        move |request| {
            let answered = answer(router.clone(), Arc::clone(&line), peer, request);
            Box::pin(answered) as Pin<Box<dyn Future<Output = _> + Send>>
        }
    });
    let io = TokioIo::new(Socket::new(stream, Arc::clone(line)));
    let mut connection = http1::Builder::new()
        .header_read_timeout(None::<Duration>)
        .max_header_size(line.limits().head_bytes)
        .serve_connection(io, service);
    let mut stopping = false;
    loop {
        if stopping {
            Pin::new(&mut connection).graceful_shutdown();
        }
        tokio::select! {
            done = poll_fn(|cx| connection.poll_without_shutdown(cx)) => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended");
                    return;
                }
                break;
            }
            () = told(&mut stop), if !stopping => stopping = true,
        }
    }
    let stream = connection.into_parts().io.into_inner().into_inner();
    linger(stream, line).await;
}

/// Ends a connection whose answer is sent. Where the client still sends a body that nobody wanted, closing at once would reset the
/// connection, and the answer would be lost before it is read.
async fn linger(mut stream: TcpStream, line: &Line) {
    if stream.shutdown().await.is_err() || !line.left_unread() {
        return;
    }
    let mut thrown = [0; 8192];
    let all = async { while stream.read(&mut thrown).await.is_ok_and(|read| read > 0) {} };
    let _ = timeout(LINGER, all).await;
}

/// Cuts what takes too long, for ever.
async fn sweep(table: Arc<Table>) {
    let mut ticks = tokio::time::interval(table.limits.tick);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        table.cut_overdue(Instant::now());
    }
}

/// Lets requests under way end, those whose client is awaited for a short while, the others longer.
async fn end(table: &Table) {
    let begin = Instant::now();
    while table.len() > 0 {
        let passed = begin.elapsed();
        if passed >= table.limits.grace {
            tracing::warn!(connections = table.len(), "requests that did not end in time are broken off");
            table.cut_all();
            // Those that are cut give their place back at once.
            let gone = async {
                while table.len() > 0 {
                    table.freed().await;
                }
            };
            let _ = timeout(Duration::from_secs(1), gone).await;
            return;
        }
        if passed >= table.limits.patience {
            table.make_room(usize::MAX);
        }
        let next = if passed < table.limits.patience { table.limits.patience } else { passed + table.limits.tick };
        let _ = tokio::time::timeout_at(begin + next.min(table.limits.grace), table.freed()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::Limits;

    #[test]
    fn there_are_fewer_connections_than_files() {
        let connections = |files| Limits::under(files).connections;
        assert_eq!([connections(64), connections(256), connections(1024), connections(1 << 20)], [32, 128, 768, 4096]);
        assert_eq!(connections(u64::MAX), 4096);
    }
}
