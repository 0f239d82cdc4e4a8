//! A request that tells a provider something, and its exchange.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;
use url::Url;

use crate::net::provider::{ProviderClient, read_body, word};
use crate::secrets::Secret;

/// Bytes of an answer that are read for its words.
const MAX_ANSWER: usize = 16 << 10;

/// A POST of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub url: Url,
    pub body: String,
    /// For Basic authentication.
    pub user: Option<(String, Secret)>,
    /// By their names in lower case, with what they hold as it is.
    pub headers: Vec<(&'static str, Secret)>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// Its beginning; nothing of an answer whose status says it all.
    pub body: Bytes,
}

impl Order {
    /// Sends it, and waits for the answer's status, and for its words, for so long each. The error is a word for why there was none:
    /// `timeout`, `not_permitted` or `other`. `says_all` of statuses whose words are not read.
    pub async fn send(
        &self,
        client: &ProviderClient,
        patience: Duration,
        says_all: impl Fn(u16) -> bool,
    ) -> Result<Reply, &'static str> {
        let exchange = async {
            let request =
                client.request(Method::POST, self.url.clone()).await.map_err(|error| error.word())?;
            let mut request = request.header(CONTENT_TYPE, "application/json").body(self.body.clone());
            if let Some((user, password)) = &self.user {
                request = request.basic_auth(user, Some(password.expose()));
            }
            for (name, value) in &self.headers {
                request = request.header(*name, value.expose());
            }
            request.send().await.map_err(|error| word(&error))
        };
        let response = timeout(patience, exchange).await.map_err(|_| "timeout")??;
        let status = response.status().as_u16();
        if says_all(status) {
            return Ok(Reply { status, body: Bytes::new() });
        }
        let body = timeout(patience, read_body(response, MAX_ANSWER)).await;
        Ok(Reply { status, body: body.ok().and_then(Result::ok).unwrap_or_default().into() })
    }

    /// Whether words of an answer repeat a secret.
    pub fn is_repeated_in(&self, said: &str) -> bool {
        let password = self.user.iter().map(|(_, password)| password);
        let mut secrets = password.chain(self.headers.iter().map(|(_, value)| value));
        secrets.any(|secret| !secret.expose().is_empty() && said.contains(secret.expose()))
    }
}
