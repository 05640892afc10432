//! Building and sending a message.

use super::letter::{Letter, clean};
use super::target::{MailTarget, Tls};
use crate::jobs::mail::PARALLEL;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls as SmtpTls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, PoolConfig};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use services::outbox::{Attempt, Claimed};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How messages leave the house.
#[derive(Clone, Debug)]
enum Way {
    Smtp(Smtp),
    Files(PathBuf),
}

/// How long a good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(5);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Connections to a mail server, and how to begin new ones.
#[derive(Clone, Debug)]
struct Smtp {
    transport: Arc<RwLock<Transport>>,
    builder: AsyncSmtpTransportBuilder,
}

impl Smtp {
    fn new(builder: AsyncSmtpTransportBuilder) -> Self {
        Self { transport: Arc::new(RwLock::new(builder.clone().build())), builder }
    }

    fn transport(&self) -> Transport {
        self.transport.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The mailer of the process.
#[derive(Clone, Debug)]
pub struct Mailer {
    way: Way,
    from: Mailbox,
    host: String,
    /// Base of all links.
    pub base_url: String,
}

/// A built message.
#[derive(Debug)]
pub struct Sending {
    message: Message,
    name: String,
}

/// RFC 3834: nobody's holiday notice should answer.
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Mailer {
    /// A mailer for a target; links and message ids carry the host of the base URL.
    ///
    /// # Errors
    /// One line, when the target or the base URL cannot be used.
    pub fn new(target: &MailTarget, base_url: &str) -> Result<Self, String> {
        let host = url::Url::parse(base_url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .ok_or("the base URL has no host")?;
        let mail_host = if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
            "localhost".to_owned()
        } else {
            host
        };
        let address = Address::new("doorward", &mail_host).map_err(|error| error.to_string())?;
        let way = match target {
            MailTarget::Files(dir) => Way::Files(dir.clone()),
            MailTarget::Smtp { host, port, login, tls } => {
                Way::Smtp(Smtp::new(smtp(host, *port, login.as_ref(), *tls)?))
            }
        };
        Ok(Self {
            way,
            from: Mailbox::new(Some("Doorward".to_owned()), address),
            host: mail_host,
            base_url: base_url.trim_end_matches('/').to_owned(),
        })
    }

    /// Builds a message from the organisation's sender address, or the server's own when that is empty. Its id is the outbox row's, so it stays the same over attempts.
    ///
    /// # Errors
    /// What is wrong with it; it will never be right.
    pub fn build(&self, claimed: &Claimed, letter: &Letter, sender: &str) -> Result<Sending, String> {
        let address: Address = claimed.email.parse().map_err(|_| "the address is not valid".to_owned())?;
        let id = format!("<{}@{}>", claimed.id, self.host);
        let from = match sender {
            "" => self.from.clone(),
            given => Mailbox::new(
                Some("Doorward".to_owned()),
                given.parse().map_err(|_| "the sender address is not valid".to_owned())?,
            ),
        };
        let mut builder = Message::builder()
            .from(from)
            .to(Mailbox::new(Some(clean(&claimed.name)), address))
            .subject(letter.subject.clone())
            .message_id(Some(id))
            .header(AutoSubmitted);
        if let Some(number) = claimed.request {
            builder = builder.references(format!("<request-{number}@{}>", self.host));
        }
        let text = letter.text().map_err(|error| error.to_string())?;
        let html = letter.html().map_err(|error| error.to_string())?;
        let message =
            builder.multipart(MultiPart::alternative_plain_html(text, html)).map_err(|error| error.to_string())?;
        Ok(Sending { message, name: format!("{}-{}", claimed.kind, claimed.id) })
    }

    /// Sends a built message, and says what became of it.
    pub async fn send(&self, sending: Sending) -> Attempt {
        match &self.way {
            Way::Files(dir) => match write_file(dir, &sending).await {
                Ok(()) => Attempt::Delivered,
                Err(error) => Attempt::Failed(error.to_string()),
            },
            Way::Smtp(smtp) => match smtp.transport().send(sending.message).await {
                Ok(_) => Attempt::Delivered,
                Err(error) => refusal(&error),
            },
        }
    }

    /// Forgets every connection that is open, after a [`Self::send`] that was given up: the library keeps its connection for the next
    /// message, which would take the answer that comes too late for its own. What else is under way has so long to end.
    pub fn forget(&self, after: Duration) {
        let Way::Smtp(smtp) = &self.way else { return };
        let fresh = smtp.builder.clone().build();
        let old = std::mem::replace(&mut *smtp.transport.write().unwrap_or_else(PoisonError::into_inner), fresh);
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            // A server that hangs does not answer the good-bye either, for which the library would wait.
            let _ = tokio::time::timeout(GOOD_BYE, old.shutdown()).await;
        });
    }
}

/// What a refusal means (RFC 5321, 4.2.3): 550 to 556 is about this recipient or this message, so that another try would get the
/// same, and so is an address or a text that the server has not learned to carry; 421 and the codes of authentication (RFC 4954, 6),
/// like no answer at all, are about the way to the server; every other code is about this message now.
fn refusal(error: &lettre::transport::smtp::Error) -> Attempt {
    let said = clean(&words(error));
    match error.status().map(u16::from) {
        Some(550..=556) => Attempt::Dead(said),
        None if error.is_client() && ["SMTPUTF8", "8BITMIME"].iter().any(|skill| said.contains(skill)) => {
            Attempt::Dead(said)
        }
        Some(421 | 432 | 454 | 530..=538) | None => Attempt::Away(said),
        Some(_) => Attempt::Failed(said),
    }
}

/// An error with what caused it.
fn words(error: &lettre::transport::smtp::Error) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = inner.source();
    }
    said
}

fn smtp(
    host: &str,
    port: u16,
    login: Option<&(String, String)>,
    tls: Tls,
) -> Result<AsyncSmtpTransportBuilder, String> {
    let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| error.to_string());
    let tls = match tls {
        Tls::Implicit => SmtpTls::Wrapper(parameters()?),
        Tls::Upgrade => SmtpTls::Required(parameters()?),
        Tls::Loopback => SmtpTls::None,
    };
    let mut builder = Transport::builder_dangerous(host)
        .port(port)
        .tls(tls)
        .pool_config(PoolConfig::new().max_size(u32::try_from(PARALLEL).unwrap_or(1)))
        .timeout(Some(Duration::from_secs(20)));
    if let Some((user, password)) = login {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder)
}

/// Written beside its name first, so that a half-written message is never read.
async fn write_file(dir: &std::path::Path, sending: &Sending) -> std::io::Result<()> {
    tokio::fs::create_dir_all(dir).await?;
    let part = dir.join(format!(".{}.part", sending.name));
    tokio::fs::write(&part, sending.message.formatted()).await?;
    tokio::fs::rename(&part, dir.join(format!("{}.eml", sending.name))).await
}
