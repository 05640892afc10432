//! A scripted SMTP server on loopback.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does at a step.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// What servers say.
    Usual,
    /// Says this.
    Says(&'static str),
    /// Ends the connection without a word.
    Drops,
    /// Is silent and deaf until [`SmtpPeer::wake`], then does what servers do.
    Hangs,
}

/// A step is the greeting (``), a command (`RCPT TO:<…>`) or the end of the data (`.`); with the recipient as far as it is known.
type Script = Box<dyn Fn(&str, &str) -> Does + Send>;

/// A message whose data came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub data: String,
    /// Whether the server said that it keeps it.
    pub kept: bool,
}

impl Mail {
    pub fn id(&self) -> &str {
        self.data.lines().find_map(|line| line.strip_prefix("Message-ID: ")).expect("an id")
    }
}

#[derive(Default)]
struct Inner {
    script: Mutex<Option<Script>>,
    mails: Mutex<Vec<Mail>>,
    came: Notify,
    hangs: Notify,
    wake: Notify,
    ends: Notify,
}

pub struct SmtpPeer {
    pub port: u16,
    inner: Arc<Inner>,
}

impl SmtpPeer {
    pub async fn start(script: impl Fn(&str, &str) -> Does + Send + 'static) -> Self {
        Self::at(0, script).await
    }

    pub async fn at(port: u16, script: impl Fn(&str, &str) -> Does + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("listen");
        let port = listener.local_addr().expect("address").port();
        let inner = Arc::new(Inner::default());
        let peer = Self { port, inner: Arc::clone(&inner) };
        peer.does(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&inner);
                // A client that goes ends its session.
                tokio::spawn(async move {
                    session(stream, &inner).await;
                    inner.ends.notify_one();
                });
            }
        });
        peer
    }

    /// From now on the server does this.
    pub fn does(&self, script: impl Fn(&str, &str) -> Does + Send + 'static) {
        *self.inner.script.lock().expect("a script") = Some(Box::new(script));
    }

    /// Every message that came, in the order of their ends.
    pub fn mails(&self) -> Vec<Mail> {
        self.inner.mails.lock().expect("mails").clone()
    }

    /// To whom messages were kept, sorted.
    pub fn kept(&self) -> Vec<String> {
        let mut kept: Vec<_> = self.mails().into_iter().filter(|mail| mail.kept).map(|mail| mail.to).collect();
        kept.sort();
        kept
    }

    /// Waits until so many messages are kept.
    pub async fn keeps(&self, count: usize) {
        while self.kept().len() < count {
            self.inner.came.notified().await;
        }
    }

    /// Waits until the server hangs.
    pub async fn hangs(&self) {
        self.inner.hangs.notified().await;
    }

    /// Waits until a session has ended.
    pub async fn ends(&self) {
        self.inner.ends.notified().await;
    }

    /// One session that hangs goes on.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }
}

/// The end of a session is of no interest.
async fn session(stream: TcpStream, inner: &Inner) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut to, mut data, mut reading) = (String::new(), String::new(), false);
    let mut line = String::new();
    loop {
        if reading && line != "." {
            data.push_str(&line);
            data.push('\n');
            line = lines.next_line().await.ok()??;
            continue;
        }
        if let Some(address) = line.strip_prefix("RCPT TO:<") {
            address.trim_end_matches('>').clone_into(&mut to);
        }
        let does = inner.script.lock().expect("a script").as_ref().map_or(Does::Usual, |script| script(&line, &to));
        let usual = match line.split(' ').next().unwrap_or_default() {
            "" => "220 peer",
            "DATA" => "354 go on",
            _ => "250 ok",
        };
        let says = match does {
            Does::Usual => Some(usual),
            Does::Says(says) => Some(says),
            Does::Drops => None,
            Does::Hangs => {
                inner.hangs.notify_one();
                // A client that has gone is not waited for.
                let gone = async { while let Ok(Some(_)) = lines.next_line().await {} };
                tokio::select! {
                    () = inner.wake.notified() => Some(usual),
                    () = gone => None,
                }
            }
        };
        if reading {
            let kept = says.is_some_and(|says| says.starts_with('2'));
            let mail = Mail { to: to.clone(), data: std::mem::take(&mut data), kept };
            inner.mails.lock().expect("mails").push(mail);
            inner.came.notify_one();
        }
        let says = says?;
        write.write_all(format!("{says}\r\n").as_bytes()).await.ok()?;
        reading = line == "DATA" && says.starts_with("354");
        if line == "QUIT" {
            return None;
        }
        line = lines.next_line().await.ok()??;
    }
}
