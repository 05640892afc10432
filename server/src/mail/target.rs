//! Where mail goes: `DOORWARD_MAIL`.

use std::path::PathBuf;
use url::Url;

/// A mail server, or a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailTarget {
    /// SMTP.
    Smtp {
        /// Host name.
        host: String,
        /// Port.
        port: u16,
        /// User and password.
        login: Option<(String, String)>,
        /// How the connection is protected.
        tls: Tls,
    },
    /// One `.eml` file for each message.
    Files(PathBuf),
}

/// Protection of an SMTP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, or nothing is sent.
    Upgrade,
    /// In clear: to loopback only.
    Loopback,
}

impl MailTarget {
    /// Reads `smtp://user:pass@host:port`, `smtps://…` or `file:DIR`.
    ///
    /// # Errors
    /// One line that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(dir) = text.strip_prefix("file:") {
            let dir = dir.strip_prefix("//").unwrap_or(dir);
            return if dir.is_empty() {
                Err("file: needs a directory, as in file:./mail".to_owned())
            } else {
                Ok(Self::Files(dir.into()))
            };
        }
        let url =
            Url::parse(text).map_err(|_| "expected smtp://host:port, smtps://host:port or file:DIR".to_owned())?;
        let implicit = match url.scheme() {
            "smtp" => false,
            "smtps" => true,
            other => return Err(format!("{other}:// is not known; expected smtp://, smtps:// or file:")),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the mail server's host is missing")?;
        let host = decode(host.trim_start_matches('[').trim_end_matches(']'));
        // Of a scheme that is not the web's the library leaves the host as it was typed.
        let host = if host.is_ascii() {
            host
        } else {
            domain::address::ascii(&host).ok_or("the mail server's host is no host")?
        };
        let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let tls = match (implicit, loopback) {
            (true, _) => Tls::Implicit,
            (false, true) => Tls::Loopback,
            (false, false) => Tls::Upgrade,
        };
        let port = url.port().unwrap_or(if implicit { 465 } else { 587 });
        let login =
            (!url.username().is_empty()).then(|| (decode(url.username()), decode(url.password().unwrap_or_default())));
        Ok(Self::Smtp { host, port, login, tls })
    }
}

fn decode(text: &str) -> String {
    domain::filter::decode_pairs(&text.replace('+', "%2B")).into_iter().next().map(|(name, _)| name).unwrap_or_default()
}
