//! The requests in flight on the whole node, and the bytes of their bodies: a share for each company and each webhook.
//!
//! What must hold: however many requests of one company hang, another's goes out at once, and so within a company from
//! webhook to webhook, as long as there is any of [`Bounds::beyond`] (`tests/suite/delivery/shares.rs`); all requests
//! together are no more than [`Bounds::requests`] and those; all bodies together, by the bytes that are sent, are no more
//! than [`LARGE`] for each request, [`Bounds::large_bytes`], and one of the largest. The largest wait for each other,
//! company by company, and nobody else for them (`the_largest_bodies_of_one_company_delay_nobody_elses`).

use crate::domain::{CompanyId, WebhookId};
use crate::shares::{Shares, Taken};

/// A place among the requests in flight; its drop gives it back.
pub type Place = Taken<CompanyId, WebhookId>;

/// Larger bodies take turns. Smaller ones are bounded by the number of requests, and never wait for a large one.
pub const LARGE: usize = 64 << 10;
/// The bytes of all large bodies in flight.
const LARGE_BYTES: usize = 64 << 20;
/// One that is larger than such a part of them goes out beside them, one at a time: among them a few would be everything.
const LARGEST_PART: usize = 8;

/// How much may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub requests: usize,
    /// Requests beyond those, for webhooks that have none.
    pub beyond: usize,
    /// The bytes of large bodies.
    pub large_bytes: usize,
}

/// See the module. A clone shares the same.
#[derive(Debug, Clone)]
pub struct Flights {
    places: Shares<CompanyId, WebhookId>,
    large: Shares<CompanyId, WebhookId>,
    largest: Shares<CompanyId, WebhookId>,
    /// From here on a body is one of the largest.
    largest_bytes: usize,
}

impl Bounds {
    /// So many requests, and the usual of the rest.
    pub fn of(requests: usize) -> Self {
        Self { requests, beyond: requests, large_bytes: LARGE_BYTES }
    }
}

impl Flights {
    pub fn new(bounds: Bounds) -> Self {
        Self {
            places: Shares::with_one_for_each(bounds.requests, bounds.beyond),
            large: Shares::of(bounds.large_bytes),
            largest: Shares::of(1),
            largest_bytes: bounds.large_bytes / LARGEST_PART + 1,
        }
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
        Some(match bytes {
            0..LARGE => return None,
            _ if bytes >= self.largest_bytes => self.largest.take(company, webhook, 1).await,
            _ => self.large.take(company, webhook, bytes).await,
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const A: CompanyId = CompanyId(1);
    const B: CompanyId = CompanyId(2);

    #[tokio::test]
    async fn the_largest_bodies_of_one_company_delay_nobody_elses() {
        let flights = Flights::new(Bounds { large_bytes: 8 << 20, ..Bounds::of(1_000) });
        let room = |company, webhook, bytes| {
            let flights = flights.clone();
            async move { flights.room(company, WebhookId(webhook), bytes).await }
        };
        // Ten webhooks of one company, each with a body of nearly everything and many of every other size, that hang.
        let (mut held, mut waiting) = (Vec::new(), Vec::new());
        for webhook in 0..10 {
            for bytes in [8 << 20, (8 << 20) - 1, 1 << 20, 700_000, 300_000, 100_000] {
                let mut body = Box::pin(room(A, webhook, bytes));
                match body.as_mut().now_or_never() {
                    Some(room) => held.push(room.expect("it is large")),
                    None => waiting.push(body),
                }
            }
        }
        assert!(waiting.len() > 20, "a bounded number is held: {}", held.len());
        for n in 0..5 {
            assert!(room(B, n, 100_000).now_or_never().is_some(), "another company's goes out at once");
            assert!(room(B, n, 1 << 20).now_or_never().is_some(), "a larger one too");
        }
    }

    #[tokio::test]
    async fn the_largest_bodies_go_one_at_a_time_company_by_company() {
        let flights = Flights::new(Bounds { large_bytes: 8 << 20, ..Bounds::of(1_000) });
        let room = |company, webhook| Box::pin(flights.room(company, WebhookId(webhook), 5 << 20));
        let first = room(A, 1).now_or_never().expect("nobody else has one");
        let (mut second, mut third, mut other) = (room(A, 2), room(A, 3), room(B, 1));
        assert!(second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.now_or_never().expect("its turn, as it came first");
        assert!(third.as_mut().now_or_never().is_none() && other.as_mut().now_or_never().is_none());
        drop(second);
        let other = other.now_or_never().expect("the other company's turn");
        assert!(third.as_mut().now_or_never().is_none());
        drop(other);
        assert!(third.now_or_never().is_some());
    }

    #[test]
    fn a_thousand_webhooks_that_hang_pass_no_bound_and_another_company_goes_on() {
        let bounds = Bounds { requests: 96, beyond: 32, large_bytes: 1 };
        let flights = Flights::new(bounds);
        let take = |company| {
            let all = (0..1_000).flat_map(|webhook| [WebhookId(webhook); 3]);
            all.filter_map(|webhook| flights.try_place(company, webhook)).collect::<Vec<_>>()
        };
        let hang: Vec<_> = [A, CompanyId(3), CompanyId(4)].into_iter().map(take).collect();
        assert!(flights.places.used() < bounds.requests + bounds.beyond);
        let others: Vec<_> = (0..5).map(|webhook| flights.try_place(B, WebhookId(webhook))).collect();
        assert!(others.iter().all(Option::is_some), "{others:?}");
        let all: Vec<_> = (5..500).map(|company| take(CompanyId(company))).collect();
        assert_eq!(flights.places.used(), bounds.requests + bounds.beyond);
        drop((hang, others, all));
        assert_eq!(flights.places.used(), 0);
    }
}
