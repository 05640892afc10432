//! Building and sending a message.

use super::letter::{Letter, clean};
use super::target::{MailTarget, Tls};
use crate::jobs::mail::PARALLEL;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls as SmtpTls, TlsParameters};
use lettre::transport::smtp::commands::Mail;
use lettre::transport::smtp::extension::ClientId;
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

/// How long connecting may take.
const CONNECTS: Duration = Duration::from_secs(20);
/// How long a good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(5);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Connections to a mail server, and how to begin new ones.
#[derive(Clone, Debug)]
struct Smtp {
    transport: Arc<RwLock<Transport>>,
    builder: AsyncSmtpTransportBuilder,
    server: (String, u16),
    login: Option<Credentials>,
    tls: Tls,
}

impl Smtp {
    fn new(host: &str, port: u16, login: Option<&(String, String)>, tls: Tls) -> Result<Self, String> {
        let parameters = || TlsParameters::new(host.to_owned()).map_err(|error| error.to_string());
        let login = login.map(|(user, password)| Credentials::new(user.clone(), password.clone()));
        let mut builder = Transport::builder_dangerous(host)
            .port(port)
            .tls(match tls {
                Tls::Implicit => SmtpTls::Wrapper(parameters()?),
                Tls::Upgrade => SmtpTls::Required(parameters()?),
                Tls::Loopback => SmtpTls::None,
            })
            .pool_config(PoolConfig::new().max_size(u32::try_from(PARALLEL).unwrap_or(1)))
            .timeout(Some(CONNECTS));
        if let Some(login) = &login {
            builder = builder.credentials(login.clone());
        }
        let transport = Arc::new(RwLock::new(builder.clone().build()));
        Ok(Self { transport, builder, server: (host.to_owned(), port), login, tls })
    }

    /// Goes as far as the sender's address, on a new connection that is closed again.
    async fn asked(&self, from: Address) -> Result<(), lettre::transport::smtp::Error> {
        let (hello, (host, port)) = (ClientId::default(), &self.server);
        let parameters = || TlsParameters::new(host.clone());
        let wrapper = if self.tls == Tls::Implicit { Some(parameters()?) } else { None };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(CONNECTS), &hello, wrapper, None).await?;
        if self.tls == Tls::Upgrade {
            connection.starttls(parameters()?, &hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        let asked = connection.command(Mail::new(Some(from), Vec::new())).await.map(drop);
        connection.abort().await;
        asked
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

/// Why a message could not be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unbuilt {
    /// The organisation's sender address is not valid: no message can be.
    Sender(String),
    /// This message will never be right.
    Message(String),
}

/// What was said to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// What became of it.
    Ended(Attempt),
    /// It was refused for good in these words; it, or everything from here.
    Refused(String),
    /// Nothing in time.
    Late,
}

/// A header that says the same in every message.
macro_rules! fixed_header {
    ($(#[$doc:meta])* $type:ident, $name:literal, $value:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        struct $type;

        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Ok(Self)
            }
            fn display(&self) -> HeaderValue {
                HeaderValue::new(Self::name(), $value.to_owned())
            }
        }
    };
}

fixed_header!(
    /// RFC 3834: nobody's holiday notice should answer.
    AutoSubmitted,
    "Auto-Submitted",
    "auto-generated"
);
fixed_header!(
    /// What Exchange and Outlook look for before they answer by themselves (MS-OXCMAIL, 2.2.3.2.14).
    SuppressResponses,
    "X-Auto-Response-Suppress",
    "All"
);
fixed_header!(
    /// What older programs look for that answer by themselves (RFC 3834, 2).
    Precedence,
    "Precedence",
    "bulk"
);

/// An address as mail servers understand it: the domain in ASCII, whatever its script.
fn address(email: &str) -> Option<Address> {
    domain::address::wire(email)?.parse().ok()
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
            MailTarget::Files(dir) => {
                super::files::tighten(dir);
                Way::Files(dir.clone())
            }
            MailTarget::Smtp { host, port, login, tls } => Way::Smtp(Smtp::new(host, *port, login.as_ref(), *tls)?),
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
    /// What is wrong with it, or with every message.
    pub fn build(&self, claimed: &Claimed, letter: &Letter, sender: &str) -> Result<Sending, Unbuilt> {
        let from = self.from(sender).map_err(Unbuilt::Sender)?;
        let address = address(&claimed.email).ok_or_else(|| Unbuilt::Message("the address is not valid".to_owned()))?;
        let id = format!("<{}@{}>", claimed.id, self.host);
        let mut builder = Message::builder()
            .from(from)
            .to(Mailbox::new(Some(clean(&claimed.name)), address))
            .subject(letter.subject.clone())
            .message_id(Some(id))
            .header(AutoSubmitted)
            .header(SuppressResponses);
        // A way in that somebody asked for is no bulk.
        if !matches!(claimed.kind.as_str(), "invitation" | "password_reset") {
            builder = builder.header(Precedence);
        }
        if let Some(number) = claimed.request {
            builder = builder.references(format!("<request-{number}@{}>", self.host));
        }
        let wrong = |error: &dyn std::error::Error| Unbuilt::Message(error.to_string());
        let text = letter.text().map_err(|error| wrong(&error))?;
        let html = letter.html().map_err(|error| wrong(&error))?;
        let message =
            builder.multipart(MultiPart::alternative_plain_html(text, html)).map_err(|error| wrong(&error))?;
        Ok(Sending { message, name: format!("{}-{}", claimed.kind, claimed.id) })
    }

    /// The organisation's sender address, or the server's own when that is empty.
    fn from(&self, sender: &str) -> Result<Mailbox, String> {
        if sender.is_empty() {
            return Ok(self.from.clone());
        }
        let address = address(sender).ok_or("the sender address in Settings is not valid")?;
        Ok(Mailbox::new(Some("Doorward".to_owned()), address))
    }

    /// Sends a built message, and says what was said to it.
    pub async fn send(&self, sending: Sending) -> Said {
        match &self.way {
            Way::Files(dir) => {
                Said::Ended(match super::files::write(dir, &sending.name, &sending.message.formatted()).await {
                    Ok(()) => Attempt::Delivered,
                    Err(error) => Attempt::Failed(error.to_string()),
                })
            }
            Way::Smtp(smtp) => match smtp.transport().send(sending.message).await {
                Ok(_) => Said::Ended(Attempt::Delivered),
                Err(error) => refusal(&error),
            },
        }
    }

    /// Asks a server on a connection of its own whether it takes any mail from this sender; its words when it does not.
    pub async fn refuses(&self, sender: &str, patience: Duration) -> Option<String> {
        let Way::Smtp(smtp) = &self.way else { return None };
        let from = self.from(sender).ok()?.email;
        match tokio::time::timeout(patience, smtp.asked(from)).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(clean(&words(&error))),
            Err(_) => Some("the mail server took too long".to_owned()),
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

/// Why a message to `дмитрий@пример.example` does not go through an older server. The domain is no trouble anywhere.
const NO_UNICODE: &str = "the mail server cannot carry an address with letters outside of ASCII before the @ (it does not offer \
    SMTPUTF8, RFC 6531); use another mail server, or another address of this person";

/// What a refusal means (RFC 5321, 4.2.3): 550 to 556 is for good, so that another try would get the same, and so is an address or a
/// text that the server has not learned to carry; 421 and the codes of authentication (RFC 4954, 6), like no answer at all, are
/// about the way to the server; every other code is about this message now.
fn refusal(error: &lettre::transport::smtp::Error) -> Said {
    let said = clean(&words(error));
    Said::Ended(match error.status().map(u16::from) {
        Some(550..=556) => return Said::Refused(said),
        None if error.is_client() && said.contains("SMTPUTF8") => Attempt::Dead(NO_UNICODE.to_owned()),
        None if error.is_client() && said.contains("8BITMIME") => Attempt::Dead(said),
        Some(421 | 432 | 454 | 530..=538) | None => Attempt::Away(said),
        Some(_) => Attempt::Failed(said),
    })
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
