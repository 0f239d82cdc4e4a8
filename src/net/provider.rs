//! A client for providers' own REST APIs: reqwest under the same guard and the same TLS.

use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolving};
use reqwest::{Client, Method, RequestBuilder, Response, redirect};
use rustls::ClientConfig;
use url::Url;

use super::{Guard, GuardError};

/// Makes requests that the guard has judged: addresses in URLs by [`ProviderClient::request`], names when they are
/// resolved. It follows no redirect, uses no proxy, and gives a whole exchange 30 s unless the request says otherwise.
#[derive(Debug, Clone)]
pub struct ProviderClient {
    client: Client,
    guard: Arc<Guard>,
}

impl ProviderClient {
    pub fn new(guard: &Arc<Guard>, tls: &Arc<ClientConfig>) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .tls_backend_preconfigured(ClientConfig::clone(tls))
            .dns_resolver(Guarded(guard.clone()))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("ramal/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, guard: guard.clone() })
    }

    pub fn request(&self, method: Method, url: Url) -> Result<RequestBuilder, GuardError> {
        self.guard.check_url(&url)?;
        Ok(self.client.request(method, url))
    }
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

struct Guarded(Arc<Guard>);

impl reqwest::dns::Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.0.clone();
        Box::pin(async move {
            // Port 0: reqwest puts in the URL's own.
            let addresses = guard.vet(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
