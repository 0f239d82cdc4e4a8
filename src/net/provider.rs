//! A client for providers' own REST APIs: reqwest under the same guard and the same TLS.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolving};
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, Response, redirect};
use rustls::ClientConfig;
use url::Url;

use super::proxy::Proxies;
use super::{Dialer, ErrorKind, Guard, GuardError, NetError, Refusal};

/// Makes requests that the guard has judged: addresses in URLs, and names on the way through a proxy, by
/// [`ProviderClient::request`]; other names when they are resolved. It follows no redirect, goes the dialer's ways, and
/// gives a whole exchange 30 s unless the request says otherwise.
#[derive(Debug, Clone)]
pub struct ProviderClient {
    client: Client,
    guard: Arc<Guard>,
    proxies: Arc<Proxies>,
}

/// Why a request is not made.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// It may not lead there.
    #[error(transparent)]
    Refused(#[from] GuardError),
    /// Whether it may is not known: its name could not be looked up.
    #[error(transparent)]
    Unjudged(NetError),
}

impl RequestError {
    fn of(error: NetError) -> Self {
        match error.kind {
            ErrorKind::NotPermitted => {
                GuardError::new(Refusal::NotPermitted, error.detail.for_operator()).into()
            }
            _ => Self::Unjudged(error),
        }
    }

    /// As [`word`].
    pub fn word(&self) -> &'static str {
        match self {
            Self::Refused(_) => "not_permitted",
            Self::Unjudged(error) if error.kind == ErrorKind::DnsTimeout => "timeout",
            Self::Unjudged(_) => "other",
        }
    }
}

/// Why a request was not answered: `timeout`, `not_permitted` or `other`.
pub fn word(error: &reqwest::Error) -> &'static str {
    let mut causes = std::iter::successors(error.source(), |&error| error.source());
    let refused = causes.any(|error| {
        error.downcast_ref().is_some_and(|error: &NetError| error.kind == ErrorKind::NotPermitted)
    });
    match (refused, error.is_timeout()) {
        (true, _) => "not_permitted",
        (false, true) => "timeout",
        (false, false) => "other",
    }
}

impl ProviderClient {
    pub fn new(dialer: &Dialer) -> Result<Self, reqwest::Error> {
        let (guard, proxies) = (dialer.guard.clone(), dialer.proxies.clone());
        let mut client = Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(&dialer.tls))
            .dns_resolver(Guarded { guard: guard.clone(), proxies: proxies.clone() })
            .no_proxy();
        for tls in [false, true] {
            client = proxy(client, tls, &proxies);
        }
        let client = client
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("ramal/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, guard, proxies })
    }

    pub async fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, RequestError> {
        self.guard.check_url(&url)?;
        let (host, tls) = (url.host_str().unwrap_or_default(), url.scheme() == "https");
        let port = url.port_or_known_default().unwrap_or_default();
        // The proxy's own name is looked up without being judged, and other names behind it are not looked up by us.
        if self.proxies.to(tls, host, port).is_some() || self.proxies.are_at(host) {
            self.proxies.judge(&self.guard, host, port, tls).await.map_err(RequestError::of)?;
        }
        Ok(self.client.request(method, url))
    }
}

/// Sends what is (not) encrypted through the proxy for it.
fn proxy(builder: ClientBuilder, tls: bool, proxies: &Arc<Proxies>) -> ClientBuilder {
    let Some(named) = proxies.any(tls) else { return builder };
    let (scheme, host, port) = (if named.tls { "https" } else { "http" }, named.host.clone(), named.port);
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let address = Url::parse(&format!("{scheme}://{host}:{port}")).ok();
    let deciding = proxies.clone();
    let proxy = reqwest::Proxy::custom(move |url| {
        let (encrypted, host) = (url.scheme() == "https", url.host_str().unwrap_or_default());
        let through = deciding.to(encrypted, host, url.port_or_known_default().unwrap_or_default());
        (encrypted == tls && through.is_some()).then(|| address.clone()).flatten()
    });
    builder.proxy(match named.authorization() {
        Some(value) => proxy.custom_http_auth(value.clone()),
        None => proxy,
    })
}

/// Why an answer's body was not read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the answer ended early")]
    Broken(#[source] reqwest::Error),
}

/// Reads a whole answer of at most `limit` bytes.
pub async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(error.without_url()))? {
        if chunk.len() > limit - body.len() {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

struct Guarded {
    guard: Arc<Guard>,
    proxies: Arc<Proxies>,
}

impl reqwest::dns::Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.guard.clone();
        let is_proxy = self.proxies.are_at(name.as_str());
        Box::pin(async move {
            // Port 0: reqwest puts in the URL's own.
            let addresses = if is_proxy {
                let addresses = guard.addresses(name.as_str()).await?;
                addresses.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()
            } else {
                guard.vet(name.as_str(), 0).await?
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
