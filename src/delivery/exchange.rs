//! One request and what came of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::{HeaderMap, StatusCode, header};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use url::Url;

use super::courier::{Fault, Outcome, Request};
use super::driver::contained;
use super::echoes::Echoes;
use super::envelope::{MetaSource, Occasion, body, weight};
use super::flights::{Flights, Place};
use super::outgoing::Outgoing;
use crate::domain::{CompanyId, Timestamp, WebhookId};
use crate::log::{ShownUrl, lines};
use crate::net::{Answer, ExchangeError, HttpClient};
use crate::store::Phases;

/// Where a redirect leads is shown up to here.
const SHOWN_BYTES: usize = 200;

/// What a request is made with.
pub(super) struct Exchange {
    pub company: CompanyId,
    pub webhook: WebhookId,
    pub http: HttpClient,
    pub outgoing: Arc<Outgoing>,
    pub flights: Flights,
    pub meta_source: MetaSource,
}

impl Exchange {
    /// Makes the request; the place is given back when it has ended, however it ends.
    pub fn run(self, request: Request, place: Option<Place>) -> LocalBoxFuture<'static, (u64, Outcome)> {
        Box::pin(async move {
            let number = request.number;
            let outcome = contained(self.exchange(&request)).await.unwrap_or_else(internal);
            drop(place);
            (number, outcome)
        })
    }

    async fn exchange(&self, request: &Request) -> Outcome {
        let event = &request.event;
        let revision = request.revision.revision();
        let _room = self.flights.room(self.company, self.webhook, weight(event, revision.format)).await;
        let occasion = Occasion::from(request.replay);
        let body = body(event, self.webhook, revision, occasion, self.meta_source);
        let sent_at = Timestamp::now();
        let headers = self.outgoing.headers(event, revision.format, occasion, &body, sent_at);
        let line = self.line(request);
        lines::webhook_sent(line);
        match self.http.send(&self.outgoing.target, &headers, body, self.outgoing.timeout).await {
            Ok(answer) => {
                let took = Duration::from_micros(u64::from(answer.phases.total_us));
                let status = answer.status.as_u16();
                let redirect = redirect(self.outgoing.target.url(), answer.status, &answer.headers);
                match &redirect {
                    _ if answer.status.is_success() => lines::webhook_delivered(line, status, took),
                    Some(to) => lines::webhook_failed(
                        line,
                        format_args!("status {status}: redirect to {to}, which is not followed"),
                    ),
                    None => lines::webhook_failed(line, format_args!("status {status}")),
                }
                answered(sent_at, answer, redirect, &self.outgoing.echoes)
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

fn answered(sent_at: Timestamp, answer: Answer, redirect: Option<Arc<str>>, echoes: &Echoes) -> Outcome {
    let success = answer.status.is_success();
    Outcome {
        sent_at,
        result: Ok(answer.status.as_u16()),
        retry_after: retry_after(&answer.headers, sent_at),
        note: answer.note,
        redirect,
        phases: phases(answer.phases),
        // Of a success only status and times are kept.
        answer: if success { Bytes::new() } else { echoes.hidden_in(answer.body.into()) },
    }
}

fn failed(sent_at: Timestamp, error: &ExchangeError) -> Outcome {
    Outcome {
        sent_at,
        result: Err(Fault::Net(error.kind)),
        retry_after: None,
        note: None,
        redirect: None,
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
        redirect: None,
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

/// Where a redirect leads, as it may be shown; a place that cannot be read is said to be none.
fn redirect(from: &Url, status: StatusCode, headers: &HeaderMap) -> Option<Arc<str>> {
    if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
        return None;
    }
    let location = headers.get(header::LOCATION);
    // Header text is Latin-1 at worst; what a browser would make of it is good enough for people to see.
    let location = location.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let to = location.and_then(|to| from.join(to.trim()).ok());
    Some(to.map_or_else(|| "?".into(), |to| shown(&to).into()))
}

fn shown(url: &Url) -> String {
    let mut shown = ShownUrl::of(url).to_string();
    if shown.len() > SHOWN_BYTES {
        shown.truncate(shown.floor_char_boundary(SHOWN_BYTES));
        shown.push('…');
    }
    if url.query().is_some() {
        shown.push_str("?…");
    }
    shown
}

/// `Retry-After`: seconds, or a date in one of its three formats (RFC 9110, 10.2.3 and 5.6.7). Of several the longest
/// counts. Seconds with a fraction are not in the standard, and are sent all the same.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let values = headers.get_all(header::RETRY_AFTER).iter().filter_map(|value| value.to_str().ok());
    values.filter_map(|text| wait(text.trim(), now)).max()
}

fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if digits(whole) && digits(fraction) {
        // More seconds than a number holds are as long as can be waited.
        let seconds = Duration::from_secs(whole.parse().unwrap_or(u64::MAX));
        let part = format!("0.{fraction}").parse().map_or(Duration::ZERO, Duration::from_secs_f64);
        return Some(seconds.saturating_add(part));
    }
    Some(http_date(text)?.since(now))
}

/// The format that is written today, and the two that still have to be read.
fn http_date(text: &str) -> Option<Timestamp> {
    let micros = |at: jiff::Timestamp| Timestamp(at.as_microsecond());
    if let Ok(date) = jiff::fmt::rfc2822::parse(text) {
        return Some(micros(date.timestamp()));
    }
    // A day below ten is padded with a space.
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    let obsolete = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"];
    let date = obsolete.iter().find_map(|format| DateTime::strptime(format, &text).ok())?;
    Some(micros(date.to_zoned(TimeZone::UTC).ok()?.timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_every_form() {
        let read = |texts: &[&str]| {
            let mut headers = HeaderMap::new();
            for text in texts {
                headers.append(header::RETRY_AFTER, text.parse().expect("a value"));
            }
            retry_after(&headers, Timestamp(1_704_067_200_000_000))
        };
        for (text, wait) in [
            ("120", Some(Duration::from_mins(2))),
            ("  7 ", Some(Duration::from_secs(7))),
            ("0", Some(Duration::ZERO)),
            ("1.5", Some(Duration::from_millis(1_500))),
            ("99999999999999999999999999", Some(Duration::from_secs(u64::MAX))),
            ("Mon, 01 Jan 2024 00:01:00 GMT", Some(Duration::from_mins(1))),
            ("Monday, 01-Jan-24 00:01:00 GMT", Some(Duration::from_mins(1))),
            ("Mon Jan  1 00:01:00 2024", Some(Duration::from_mins(1))),
            ("Sun, 31 Dec 2023 00:00:00 GMT", Some(Duration::ZERO)),
            ("soon", None),
            ("-5", None),
            ("+5", None),
            ("1e3", None),
            ("1.", None),
            ("", None),
        ] {
            assert_eq!(read(&[text]), wait, "{text:?}");
        }
        assert_eq!(read(&["soon", "5", "30"]), Some(Duration::from_secs(30)));
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn where_a_redirect_leads_is_shown_without_its_query() {
        let from = Url::parse("https://crm.exemplo.com/hook?k=1").expect("a URL");
        let read = |status: u16, location: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(location) = location {
                headers.insert(header::LOCATION, location.parse().expect("a value"));
            }
            let status = StatusCode::from_u16(status).expect("a status");
            redirect(&from, status, &headers)
        };
        for (location, shown) in [
            ("https://eu:senha@www.exemplo.com/hook?token=abc", "https://www.exemplo.com/hook?…"),
            ("/novo", "https://crm.exemplo.com/novo"),
            ("//outro.exemplo.com/", "https://outro.exemplo.com"),
            ("https://[", "?"),
        ] {
            for status in [301, 302, 303, 307, 308] {
                assert_eq!(read(status, Some(location)).as_deref(), Some(shown), "{status} {location}");
            }
        }
        assert_eq!(read(302, None).as_deref(), Some("?"));
        assert_eq!(read(304, Some("/novo")), None);
        assert_eq!(read(200, Some("/novo")), None);
        assert!(read(302, Some(&format!("/{}", "a".repeat(9_000)))).expect("named").len() < 250);
    }
}
