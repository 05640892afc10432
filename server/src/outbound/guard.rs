//! Which addresses may be called. A name is looked up once, and the addresses that pass are the ones that are connected to, so
//! that a name cannot lead inside after it was looked at (`trust.md` A75).

use domain::connector::{Network, may_call};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// The guard.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<Vec<Network>>,
}

/// The lookup led only to addresses that may not be called.
#[derive(Debug, thiserror::Error)]
#[error("{0} leads to an address that is not public; an operator may allow it with DOORWARD_ALLOW_TARGETS")]
struct Inside(String);

/// The lookup led nowhere. What the system's resolver says of it differs from one system to the next.
#[derive(Debug, thiserror::Error)]
#[error("the name {0} was not found")]
struct Nowhere(String);

impl Guard {
    /// A guard that lets public addresses pass, and these.
    #[must_use]
    pub fn new(allowed: Vec<Network>) -> Self {
        Self { allowed: Arc::new(allowed) }
    }

    /// Whether a URL whose host is a literal address may be called; names are looked at when they are resolved.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn check_literal(&self, url: &url::Url) -> Result<(), String> {
        let address: IpAddr = match url.host() {
            Some(url::Host::Ipv4(v4)) => v4.into(),
            Some(url::Host::Ipv6(v6)) => v6.into(),
            Some(url::Host::Domain(_)) | None => return Ok(()),
        };
        if may_call(address, &self.allowed) { Ok(()) } else { Err(Inside(address.to_string()).to_string()) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await.map_err(|_| Nowhere(host.clone()))?;
            let passed: Vec<SocketAddr> = found.filter(|address| may_call(address.ip(), &allowed)).collect();
            if passed.is_empty() {
                return Err(Inside(host).into());
            }
            let addresses: Addrs = Box::new(passed.into_iter());
            Ok(addresses)
        })
    }
}
