//! One request and what came of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::{HeaderMap, header};
use tokio::sync::OwnedSemaphorePermit;

use super::courier::{Fault, Outcome, Request};
use super::driver::contained;
use super::envelope::body;
use super::outgoing::Outgoing;
use crate::domain::{CompanyId, Timestamp, WebhookId};
use crate::log::lines;
use crate::net::{Answer, ExchangeError, HttpClient};
use crate::store::Phases;

/// What a request is made with.
pub(super) struct Exchange {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub http: HttpClient,
    pub outgoing: Arc<Outgoing>,
}

impl Exchange {
    /// Makes the request; the permit is given back when it has ended, however it ends.
    pub fn run(
        self,
        request: Request,
        permit: Option<OwnedSemaphorePermit>,
    ) -> LocalBoxFuture<'static, (u64, Outcome)> {
        Box::pin(async move {
            let number = request.number;
            let outcome = contained(self.exchange(&request)).await.unwrap_or_else(internal);
            drop(permit);
            (number, outcome)
        })
    }

    async fn exchange(&self, request: &Request) -> Outcome {
        let event = &request.event;
        let revision = request.revision.revision();
        let body = body(event, self.webhook, revision, request.replay);
        let sent_at = Timestamp::now();
        let headers = self.outgoing.headers(event, revision.format, request.replay, &body, sent_at);
        let line = self.line(request);
        lines::webhook_sent(line);
        match self.http.send(&self.outgoing.target, &headers, body, self.outgoing.timeout).await {
            Ok(answer) => {
                let took = Duration::from_micros(u64::from(answer.phases.total_us));
                if answer.status.is_success() {
                    lines::webhook_delivered(line, answer.status.as_u16(), took);
                } else {
                    lines::webhook_failed(line, format_args!("status {}", answer.status.as_u16()));
                }
                answered(sent_at, answer)
            }
            Err(error) => {
                lines::webhook_failed(
                    line,
                    format_args!("{}: {}", error.kind.as_str(), error.detail.for_operator()),
                );
                failed(sent_at, &error)
            }
        }
    }

    fn line<'a>(&'a self, request: &'a Request) -> lines::Request<'a> {
        lines::Request {
            company: self.company,
            webhook: self.webhook,
            seq: request.event.seq,
            event: &request.event.name,
            url: &self.outgoing.shown,
            attempt: u32::from(request.n),
        }
    }
}

fn answered(sent_at: Timestamp, answer: Answer) -> Outcome {
    let success = answer.status.is_success();
    Outcome {
        sent_at,
        result: Ok(answer.status.as_u16()),
        retry_after: retry_after(&answer.headers, sent_at),
        note: answer.note,
        phases: phases(answer.phases),
        // Of a success only status and times are kept.
        answer: if success { Bytes::new() } else { answer.body.into() },
    }
}

fn failed(sent_at: Timestamp, error: &ExchangeError) -> Outcome {
    Outcome {
        sent_at,
        result: Err(Fault::Net(error.kind)),
        retry_after: None,
        note: None,
        phases: phases(error.phases),
        answer: Bytes::new(),
    }
}

/// The request's future panicked: our defect, contained.
fn internal() -> Outcome {
    Outcome {
        sent_at: Timestamp::now(),
        result: Err(Fault::Internal),
        retry_after: None,
        note: None,
        phases: Phases::default(),
        answer: Bytes::new(),
    }
}

fn phases(measured: crate::net::Phases) -> Phases {
    Phases {
        dns_us: measured.dns_us,
        connect_us: measured.connect_us,
        tls_us: measured.tls_us,
        first_byte_us: measured.first_byte_us,
        total_us: Some(measured.total_us),
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Timestamp(date.as_microsecond()).since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RETRY_AFTER, text.parse().expect("a value"));
            retry_after(&headers, Timestamp(1_704_067_200_000_000))
        };
        assert_eq!(read("120"), Some(Duration::from_mins(2)));
        assert_eq!(read("Mon, 01 Jan 2024 00:01:00 GMT"), Some(Duration::from_mins(1)));
        assert_eq!(read("Sun, 31 Dec 2023 00:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(read("soon"), None);
    }
}
