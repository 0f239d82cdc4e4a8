//! One file for each service: what it is sent, within the limits that it publishes, and what its answer means.

pub mod discord;
pub mod email;
pub mod google_chat;
pub mod slack;
pub mod teams;
pub mod telegram;
pub mod webhook;

use std::time::Duration;

use http::StatusCode;

use super::failure::Failure;
use super::sending::Outcome;
use crate::delivery::retry_after;
use crate::domain::Timestamp;
use crate::net::Answer;

/// What HTTP itself says of an answer; a service that says more in its body reads that first.
pub fn judged(answer: &Answer, now: Timestamp) -> Outcome {
    let why = Failure::Status(answer.status.as_u16());
    match answer.status {
        status if status.is_success() => Outcome::Taken,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Again { after: retry_after(&answer.headers, now), why }
        }
        status if status.is_server_error() => {
            Outcome::Again { after: retry_after(&answer.headers, now), why }
        }
        _ => Outcome::Refused { why },
    }
}

/// A number of seconds that a service has written, with or without a fraction; what is not one is none.
fn seconds(value: &serde_json::Value) -> Option<Duration> {
    let seconds = value.as_f64().filter(|seconds| (0.0..=1e9).contains(seconds))?;
    Some(Duration::from_secs_f64(seconds))
}

/// A text for HTML and what is like it: Telegram's and Google Chat's.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::{HeaderMap, header};

    use super::*;
    use crate::net::Phases;

    pub const NOW: Timestamp = Timestamp(1_795_797_120_000_000);

    pub fn answer(status: u16, body: &str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::new(),
            body: body.as_bytes().to_vec(),
            truncated: false,
            note: None,
            phases: Phases::default(),
            peer: SocketAddr::from(([127, 0, 0, 1], 1)),
        }
    }

    pub fn again(after: Option<Duration>, status: u16) -> Outcome {
        Outcome::Again { after, why: Failure::Status(status) }
    }

    pub fn refused(status: u16) -> Outcome {
        Outcome::Refused { why: Failure::Status(status) }
    }

    #[test]
    fn what_passes_is_tried_again_and_the_rest_is_refused() {
        for (status, outcome) in [
            (200, Outcome::Taken),
            (202, Outcome::Taken),
            (204, Outcome::Taken),
            (302, refused(302)),
            (400, refused(400)),
            (401, refused(401)),
            (404, refused(404)),
            (410, refused(410)),
            (408, again(None, 408)),
            (429, again(None, 429)),
            (500, again(None, 500)),
            (503, again(None, 503)),
        ] {
            assert_eq!(judged(&answer(status, ""), NOW), outcome, "{status}");
        }
        let mut slow = answer(429, "");
        slow.headers.insert(header::RETRY_AFTER, "30".parse().expect("a value"));
        assert_eq!(judged(&slow, NOW), again(Some(Duration::from_secs(30)), 429));
    }
}
