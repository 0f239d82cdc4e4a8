//! The requests in flight on the whole node, and the bytes of their bodies: a share for each company and each webhook.
//!
//! What must hold: however many requests of one company hang, another's goes out at once, and so within a company from
//! webhook to webhook (`tests/suite/delivery/shares.rs`); all bodies together, by the bytes that are sent, are no more
//! than [`LARGE`] for each request and [`LARGE_BYTES`], and one that is larger than that goes out alone among the large
//! ones.

use crate::domain::{CompanyId, WebhookId};
use crate::shares::{Shares, Taken};

/// A place among the requests in flight; its drop gives it back.
pub type Place = Taken<CompanyId, WebhookId>;

/// Larger bodies take turns. Smaller ones are bounded by the number of requests, and never wait for a large one.
pub const LARGE: usize = 64 << 10;
/// The bytes of all large bodies in flight.
const LARGE_BYTES: usize = 64 << 20;

/// See the module. A clone shares the same.
#[derive(Debug, Clone)]
pub struct Flights {
    places: Shares<CompanyId, WebhookId>,
    large: Shares<CompanyId, WebhookId>,
}

impl Flights {
    /// At most so many requests at once; one of each webhook always goes.
    pub fn new(requests: usize) -> Self {
        Self::with_large_bytes(requests, LARGE_BYTES)
    }

    /// As [`Flights::new`], with so many bytes for large bodies.
    pub fn with_large_bytes(requests: usize, bytes: usize) -> Self {
        Self { places: Shares::with_one_for_each(requests), large: Shares::of(bytes) }
    }

    /// A place for a request that would start now.
    pub fn try_place(&self, company: CompanyId, webhook: WebhookId) -> Option<Place> {
        self.places.try_take(company, webhook, 1)
    }

    /// A place as soon as the webhook's share allows.
    pub async fn place(self, company: CompanyId, webhook: WebhookId) -> Place {
        self.places.take(company, webhook, 1).await
    }

    /// Room for a body, as soon as the webhook's share allows; a small one needs none.
    pub(super) async fn room(&self, company: CompanyId, webhook: WebhookId, bytes: usize) -> Option<Place> {
        if bytes < LARGE {
            return None;
        }
        Some(self.large.take(company, webhook, bytes).await)
    }
}
