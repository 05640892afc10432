//! Settings of the process: flags, environment, TOML file, secrets from files. Read once; values are passed on.

use crate::mail::MailTarget;
use clap::Args;
use domain::connector::Network;
use secrecy::{ExposeSecret, SecretString};
use services::keys::Key;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use url::Url;

/// Settings as given. Each also as `DOORWARD_…` in the environment or in the file of `--config`; those that may hold a
/// secret also as `…_FILE`.
#[derive(Args, Clone, Debug, Default)]
pub struct Given {
    /// Database: sqlite://PATH or postgres://user:pass@host/name
    #[arg(long, global = true)]
    database: Option<String>,
    /// Address to listen on
    #[arg(long, global = true)]
    listen: Option<String>,
    /// Address under which people reach Doorward
    #[arg(long, global = true)]
    base_url: Option<String>,
    /// Mail: smtp://user:pass@host:port, smtps://…, or file:DIR
    #[arg(long, global = true)]
    mail: Option<String>,
    /// Key under which secrets lie sealed in the database: 32 bytes as base64 or hexadecimal digits, the same on every server (doorward
    /// key new prints one). SQLite has it in a file beside the database when none is given; PostgreSQL needs it as soon as a connector or
    /// a channel is made
    #[arg(long, global = true, value_parser = secret)]
    key: Option<SecretString>,
    /// What to log, as in RUST_LOG
    #[arg(long, global = true)]
    log: Option<String>,
    /// Addresses of proxies whose X-Forwarded-For counts, separated by commas
    #[arg(long, global = true)]
    trusted_proxies: Option<String>,
    /// Addresses outside of the public internet that connectors and webhooks may call: 10.0.0.0/8, fd00::/8, 127.0.0.1
    #[arg(long, global = true)]
    allow_targets: Option<String>,
    /// Allow http to other hosts than loopback
    #[arg(long, global = true)]
    allow_http: bool,
    /// TOML file with these settings
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

/// Settings that make sense.
#[derive(Clone, Debug)]
pub struct Config {
    /// Database URL.
    pub database: String,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address under which people reach Doorward, without a trailing slash.
    pub base_url: Url,
    /// Where mail goes.
    pub mail: MailTarget,
    /// Key under which secrets are sealed, when it is given.
    pub key: Option<Key>,
    /// Log filter.
    pub log: String,
    /// Proxies whose X-Forwarded-For counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Addresses outside of the public internet that may be called.
    pub allow_targets: Vec<Network>,
}

/// A value that makes no sense: which, and what was expected.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {expected}")]
pub struct Invalid {
    name: &'static str,
    expected: String,
}

fn invalid(name: &'static str, expected: impl Into<String>) -> Invalid {
    Invalid { name, expected: expected.into() }
}

impl Given {
    /// Checks everything.
    ///
    /// # Errors
    /// The first value that makes no sense.
    pub fn check(self) -> Result<Config, Invalid> {
        let file = self.file()?;
        let get = |flag: &Option<String>, name: &'static str, key: &str, default: &str| -> Result<String, Invalid> {
            if let Some(value) = flag {
                return Ok(value.clone());
            }
            if let Ok(value) = std::env::var(name) {
                return Ok(value);
            }
            if let Ok(path) = std::env::var(format!("{name}_FILE")) {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| invalid(name, format!("the file {path} cannot be read: {error}")))?;
                return Ok(text.trim_end().to_owned());
            }
            match file.get(key) {
                None => Ok(default.to_owned()),
                Some(toml::Value::String(text)) => Ok(text.clone()),
                Some(other) => Err(invalid(name, format!("expected a text for {key}, not {}", other.type_str()))),
            }
        };
        let database = get(&self.database, "DOORWARD_DATABASE", "database", "sqlite://doorward.db")?;
        if !["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| database.starts_with(scheme)) {
            return Err(invalid("DOORWARD_DATABASE", "expected sqlite://PATH or postgres://user:pass@host/name"));
        }
        if !database.starts_with("sqlite://") {
            store::check_url(&database).map_err(|said| {
                invalid("DOORWARD_DATABASE", format!("expected postgres://user:pass@host/name ({said})"))
            })?;
        }
        let listen: SocketAddr = get(&self.listen, "DOORWARD_LISTEN", "listen", "127.0.0.1:3000")?
            .parse()
            .map_err(|_| invalid("DOORWARD_LISTEN", "expected an address and a port, as in 127.0.0.1:3000"))?;
        let base = get(&self.base_url, "DOORWARD_BASE_URL", "base_url", &format!("http://{listen}"))?;
        let allow = match std::env::var("DOORWARD_ALLOW_HTTP").as_deref() {
            Err(_) | Ok("" | "0") => self.allow_http,
            Ok("1") => true,
            Ok(_) => return Err(invalid("DOORWARD_ALLOW_HTTP", "expected 1 or 0")),
        };
        let base_url = base_url(&base, allow)?;
        let mail = get(&self.mail, "DOORWARD_MAIL", "mail", &default_mail(&database))?;
        let mail = MailTarget::parse(&mail).map_err(|expected| invalid("DOORWARD_MAIL", expected))?;
        let proxies = get(&self.trusted_proxies, "DOORWARD_TRUSTED_PROXIES", "trusted_proxies", "")?;
        let trusted_proxies = proxies
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse().map_err(|_| invalid("DOORWARD_TRUSTED_PROXIES", format!("{part} is not an IP address")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let allowed = get(&self.allow_targets, "DOORWARD_ALLOW_TARGETS", "allow_targets", "")?;
        let allow_targets = allowed
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| {
                let expected = || format!("{part} is neither an address nor a range such as 10.0.0.0/8");
                Network::parse(part).ok_or_else(|| invalid("DOORWARD_ALLOW_TARGETS", expected()))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let key = self.key.as_ref().map(|key| key.expose_secret().to_owned());
        let key: SecretString = get(&key, "DOORWARD_KEY", "key", "")?.into();
        let key = match key.expose_secret().trim() {
            "" => None,
            text => Some(Key::parse(text).map_err(|error| invalid("DOORWARD_KEY", error.to_string()))?),
        };
        let log = get(&self.log, "DOORWARD_LOG", "log", "info")?;
        Ok(Config { database, listen, base_url, mail, key, log, trusted_proxies, allow_targets })
    }

    fn file(&self) -> Result<toml::Table, Invalid> {
        let Some(path) = &self.config else { return Ok(toml::Table::new()) };
        let text = std::fs::read_to_string(path)
            .map_err(|error| invalid("--config", format!("{} cannot be read: {error}", path.display())))?;
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| invalid("--config", error.message().to_owned()))?;
        let known = ["database", "listen", "base_url", "mail", "key", "log", "trusted_proxies", "allow_targets"];
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(invalid("--config", format!("{key} is not a setting; known are {}", known.join(", ")))),
            None => Ok(table),
        }
    }
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

fn base_url(text: &str, allow_http: bool) -> Result<Url, Invalid> {
    let expected = "expected https://host, or http://host on loopback (other http needs DOORWARD_ALLOW_HTTP=1)";
    let url = Url::parse(text).map_err(|_| invalid("DOORWARD_BASE_URL", expected))?;
    let host = url.host_str().unwrap_or_default();
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = plain == "localhost" || plain.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let fits = match url.scheme() {
        "https" => true,
        "http" => loopback || allow_http,
        _ => false,
    };
    if fits && !host.is_empty() && url.path() == "/" && url.query().is_none() {
        Ok(url)
    } else {
        Err(invalid("DOORWARD_BASE_URL", expected))
    }
}

/// Files beside the database.
fn default_mail(database: &str) -> String {
    let path = database.strip_prefix("sqlite://").map(|path| path.split('?').next().unwrap_or(path));
    let dir = path.and_then(|path| std::path::Path::new(path).parent()).filter(|dir| !dir.as_os_str().is_empty());
    format!("file:{}", dir.map_or_else(|| PathBuf::from("mail"), |dir| dir.join("mail")).display())
}
