//! How the receiver answers: well, or badly on purpose.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

/// Ways to fail. Given for all requests, and by a request's own query (`/hook?status=503&retry_after=5`), which wins.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Behaviour {
    /// Answer with this instead of 200.
    pub status: Option<u16>,
    /// Answer 500 (or `status`) only to this share of requests, 0 to 1.
    pub fail: Option<f64>,
    /// A `Retry-After` header, in seconds.
    pub retry_after: Option<u32>,
    /// Wait before answering, in milliseconds.
    pub delay_ms: Option<u64>,
    /// Take the request and never answer.
    pub hang: Option<bool>,
    /// Break the connection without an answer.
    pub down: Option<bool>,
}

/// What is done with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) delay: Duration,
    pub(super) answer: Answer,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Status(StatusCode, Option<u32>),
    Hang,
    Cut,
}

impl Behaviour {
    /// This behaviour with what `other` says instead.
    pub(super) fn overridden_by(&self, other: &Behaviour) -> Behaviour {
        Behaviour {
            status: other.status.or(self.status),
            fail: other.fail.or(self.fail),
            retry_after: other.retry_after.or(self.retry_after),
            delay_ms: other.delay_ms.or(self.delay_ms),
            hang: other.hang.or(self.hang),
            down: other.down.or(self.down),
        }
    }

    /// `lot` is evenly drawn from 0 to 1.
    pub(super) fn decide(&self, lot: f64) -> Decision {
        let delay = Duration::from_millis(self.delay_ms.unwrap_or(0).min(600_000));
        let answer = if self.down == Some(true) {
            Answer::Cut
        } else if self.hang == Some(true) {
            Answer::Hang
        } else {
            let given = self.status.and_then(|status| StatusCode::from_u16(status).ok());
            let status = match self.fail {
                Some(share) if lot < share => given.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                Some(_) => StatusCode::OK,
                None => given.unwrap_or(StatusCode::OK),
            };
            Answer::Status(status, self.retry_after)
        };
        Decision { delay, answer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_decides_over_the_general_behaviour() {
        let general = Behaviour { status: Some(500), delay_ms: Some(5), ..Behaviour::default() };
        let own = Behaviour { status: Some(204), ..Behaviour::default() };
        let decision = general.overridden_by(&own).decide(0.5);
        assert_eq!(decision.answer, Answer::Status(StatusCode::NO_CONTENT, None));
        assert_eq!(decision.delay, Duration::from_millis(5));
    }

    #[test]
    fn a_share_fails_and_the_rest_does_not() {
        let behaviour = Behaviour { fail: Some(0.3), status: Some(503), ..Behaviour::default() };
        assert_eq!(behaviour.decide(0.29).answer, Answer::Status(StatusCode::SERVICE_UNAVAILABLE, None));
        assert_eq!(behaviour.decide(0.30).answer, Answer::Status(StatusCode::OK, None));
        let down = Behaviour { down: Some(true), ..behaviour };
        assert_eq!(down.decide(0.9).answer, Answer::Cut);
    }
}
