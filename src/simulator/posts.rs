//! What the simulators of providers that post have in common: so many posts a second, and what they were answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use rustls::crypto::ring;
use serde::Serialize;
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// Where it is posted, how fast and how often.
pub struct Posts {
    /// The whole URL.
    pub url: String,
    /// With the source's token, where a header shows it.
    pub header: Option<(&'static str, String)>,
    pub per_second: f64,
    /// Ends after so many; `None` goes on until stopped.
    pub most: Option<u64>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    pub sent: u64,
    /// Answers by status; `error` where there was none.
    pub answers: BTreeMap<String, u64>,
}

/// Why nothing could be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum PostingError {
    #[error("the URL cannot be read: {0}")]
    Url(#[from] url::ParseError),
    #[error("the token cannot stand in a header")]
    Token,
    #[error("no HTTP client could be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("no TLS could be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Posts {
    /// Sends what `body` says, one after the other, until `stop` is cancelled or the number is reached.
    pub async fn send(
        self,
        mut body: impl FnMut() -> String,
        stop: CancellationToken,
    ) -> Result<Report, PostingError> {
        let url = url::Url::parse(&self.url)?;
        let token = |(name, token): (&'static str, String)| {
            HeaderValue::from_str(&token).map(|token| (name, token)).map_err(|_| PostingError::Token)
        };
        let header = self.header.map(token).transpose()?;
        let client = client()?;
        let mut report = Report::default();
        let pause = Duration::from_secs_f64(1.0 / self.per_second.clamp(0.001, 10_000.0));
        let mut ticks = tokio::time::interval_at(Instant::now(), pause);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.most.is_none_or(|most| report.sent < most) {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => break,
            }
            let mut post = client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body());
            if let Some((name, token)) = &header {
                post = post.header(*name, token.clone());
            }
            let answer = tokio::select! {
                answer = post.send() => answer,
                () = stop.cancelled() => break,
            };
            report.sent += 1;
            let answer =
                answer.map_or_else(|_| "error".to_owned(), |answer| answer.status().as_u16().to_string());
            *report.answers.entry(answer).or_default() += 1;
        }
        Ok(report)
    }
}

/// A client that asks no proxy and trusts the public roots.
pub(super) fn client() -> Result<reqwest::Client, PostingError> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    Ok(builder.tls_backend_preconfigured(tls).build()?)
}
