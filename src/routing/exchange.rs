//! One request to a provider that tells it where a call goes, and what its answer means.

use std::time::{Duration, Instant};

use crate::domain::decision::Tried;
use crate::net::provider::ProviderClient;
use crate::sources::{Answered, Order, Routing};

/// Sends it, and waits for an answer for so long. Whatever is told of it holds neither the address nor a secret.
pub(super) async fn send(
    client: &ProviderClient,
    routing: &dyn Routing,
    order: Order,
    patience: Duration,
) -> Tried {
    let began = Instant::now();
    // What it has taken it has taken, whatever becomes of its words.
    let reply = order.send(client, patience, |status| routing.answered(status, b"").taken).await;
    let (status, answered) = match reply {
        Ok(reply) => (Some(reply.status), routing.answered(reply.status, &reply.body)),
        Err(word) => (None, Answered { taken: false, said: Some(word.to_owned()) }),
    };
    let said = answered.said.filter(|said| !order.is_repeated_in(said));
    Tried { taken: answered.taken, status, error: said, took: began.elapsed() }
}
