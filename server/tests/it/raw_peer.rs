//! A server on loopback that answers badly, below HTTP.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Says this and ends the connection.
    Says(&'static str),
    /// Is silent.
    Hangs,
    /// Says this, then a byte each second for as long as somebody listens.
    Drips(&'static str),
    /// Says this, then ten gigabytes as fast as they are taken.
    Floods(&'static str),
    /// Resets the connection.
    Resets,
}

/// Says that all is well.
pub const TAKES: Does = Does::Says("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");

const TEN_GIGABYTES: u64 = 10_000_000_000;

struct Inner {
    does: Mutex<Does>,
    heard: Mutex<Vec<String>>,
    came: Notify,
    said: AtomicU64,
}

pub struct RawPeer {
    pub port: u16,
    inner: Arc<Inner>,
}

impl RawPeer {
    pub async fn start(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let port = listener.local_addr().expect("address").port();
        let (does, heard) = (Mutex::new(does), Mutex::default());
        let inner = Arc::new(Inner { does, heard, came: Notify::new(), said: AtomicU64::new(0) });
        let serves = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&serves);
                // A client that goes ends its session.
                tokio::spawn(async move { session(stream, &inner).await });
            }
        });
        Self { port, inner }
    }

    /// From now on the server does this.
    pub fn does(&self, does: Does) {
        *self.inner.does.lock().expect("what it does") = does;
    }

    /// The ids of the messages that came, in order.
    pub fn ids(&self) -> Vec<String> {
        let id = |heard: &String| {
            heard.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap_or_default().to_owned()
        };
        self.inner.heard.lock().expect("what came").iter().map(id).collect()
    }

    /// Waits until so many calls have come.
    pub async fn came(&self, count: usize) {
        while self.inner.heard.lock().expect("what came").len() < count {
            self.inner.came.notified().await;
        }
    }

    /// How many bytes the server could say of all that it floods and drips.
    pub fn said(&self) -> u64 {
        self.inner.said.load(Ordering::SeqCst)
    }
}

async fn session(mut stream: TcpStream, inner: &Inner) -> std::io::Result<()> {
    let heard = call(&mut stream).await?;
    let does = *inner.does.lock().expect("what it does");
    inner.heard.lock().expect("what came").push(heard);
    inner.came.notify_one();
    match does {
        Does::Says(text) => stream.write_all(text.as_bytes()).await,
        Does::Hangs => stream.read(&mut [0; 1]).await.map(drop),
        Does::Drips(text) => {
            stream.write_all(text.as_bytes()).await?;
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                stream.write_all(b"x").await?;
                inner.said.fetch_add(1, Ordering::SeqCst);
            }
        }
        Does::Floods(text) => {
            stream.write_all(text.as_bytes()).await?;
            while inner.said.load(Ordering::SeqCst) < TEN_GIGABYTES {
                let said = stream.write(&[b'x'; 16_384]).await?;
                inner.said.fetch_add(said as u64, Ordering::SeqCst);
            }
            Ok(())
        }
        Does::Resets => stream.set_zero_linger(),
    }
}

/// A whole call; of a client that does not speak HTTP what came first.
async fn call(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut heard = Vec::new();
    loop {
        if stream.read_buf(&mut heard).await? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&heard);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            if text.starts_with("POST ") { continue } else { break }
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}
