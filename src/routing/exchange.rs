//! One request to a provider that tells it where a call goes, and what its answer means.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;

use crate::domain::decision::Tried;
use crate::net::provider::{ProviderClient, read_body, word};
use crate::sources::{Answered, Order, Routing};

/// Bytes of an answer that are read for its words.
const MAX_ANSWER: usize = 16 << 10;

/// Sends it, and waits for an answer for so long. Whatever is told of it holds neither the address nor a secret.
pub(super) async fn send(
    client: &ProviderClient,
    routing: &dyn Routing,
    order: Order,
    patience: Duration,
) -> Tried {
    let began = Instant::now();
    let password = order.user.as_ref().map(|(_, password)| password.expose().to_owned());
    let (status, answered) = match timeout(patience, exchange(client, routing, order)).await {
        Ok(Ok((status, answered))) => (Some(status), answered),
        Ok(Err(word)) => (None, unanswered(word)),
        Err(_) => (None, unanswered("timeout")),
    };
    let said = answered.said.filter(|said| {
        let repeats = |secret: &String| !secret.is_empty() && said.contains(secret.as_str());
        !password.as_ref().is_some_and(repeats)
    });
    Tried { taken: answered.taken, status, error: said, took: began.elapsed() }
}

fn unanswered(word: &'static str) -> Answered {
    Answered { taken: false, said: Some(word.to_owned()) }
}

async fn exchange(
    client: &ProviderClient,
    routing: &dyn Routing,
    order: Order,
) -> Result<(u16, Answered), &'static str> {
    let mut request = client.request(Method::POST, order.url).await.map_err(|error| error.word())?;
    if let Some((user, password)) = &order.user {
        request = request.basic_auth(user, Some(password.expose()));
    }
    let request = request.header(CONTENT_TYPE, "application/json").body(order.body);
    let response = request.send().await.map_err(|error| word(&error))?;
    let status = response.status().as_u16();
    // What it has taken it has taken, whatever becomes of its words.
    if routing.answered(status, b"").taken {
        return Ok((status, routing.answered(status, b"")));
    }
    let body = read_body(response, MAX_ANSWER).await.unwrap_or_default();
    Ok((status, routing.answered(status, &body)))
}
