//! One post, again until it is taken.

use std::time::Duration;

use rand::RngExt;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::time::sleep;

use super::Platform;
use super::call::{Order, Stage};

/// How often an event is posted that is not taken, and how long it waits after the first.
pub const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

impl Platform {
    pub(super) async fn post(&self, mut event: Value) {
        let twice = {
            let mut state = self.lock();
            let id: u64 = state.random.random();
            event["idCallEvent"] = format!("event-{id:016x}").into();
            state.random.random_bool(self.0.config.script.repeat.clamp(0.0, 1.0))
        };
        let body = event.to_string();
        if self.sent(&body).await && twice {
            self.sent(&body).await;
        }
    }

    async fn sent(&self, body: &str) -> bool {
        for attempt in 0..TRIES {
            let (name, secret) = self.0.header.clone();
            let post = self.0.client.post(self.0.url.clone()).header(CONTENT_TYPE, "application/json");
            let answer = post.header(name, secret).body(body.to_owned()).send().await;
            let status = answer.map(|answer| answer.status());
            self.note(status.as_ref().ok().copied());
            match status {
                Ok(status) if status.is_success() => return true,
                // What is refused is refused again.
                Ok(status) if status.is_client_error() && status != http::StatusCode::TOO_MANY_REQUESTS => {
                    return false;
                }
                _ => sleep(FIRST_PAUSE * 2_u32.pow(attempt)).await,
            }
        }
        false
    }

    fn note(&self, status: Option<http::StatusCode>) {
        let mut state = self.lock();
        state.report.sent += 1;
        let word = status.map_or_else(|| "error".to_owned(), |status| status.as_u16().to_string());
        *state.report.answers.entry(word).or_default() += 1;
    }

    pub(super) fn turn(&self, call: &str, stage: Stage) {
        if let Some(call) = self.lock().calls.get_mut(call) {
            call.stage = stage;
        }
    }

    /// Has a call do something; false where there is none.
    pub(super) fn order(&self, call: &str, order: Order) -> bool {
        self.lock().calls.get(call).map(|call| call.order(order)).is_some()
    }
}
