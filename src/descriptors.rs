//! Descriptors: how many this process may have open, and who gets how many.
//!
//! What must hold here: what others open to us, what we open to receivers, also beyond the usual bound, and what we keep
//! open to them have bounds that together leave descriptors for the database and the sources, whatever the limit of the
//! process is (`however_many_webhooks_hang_there_are_descriptors_for_the_rest`).

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files, the database's connections, timers and the runtimes' own.
const OWN: usize = 128;
/// Connections that are accepted at most: more are no use to people and providers.
const MOST_ACCEPTED: usize = 4_096;
/// Idle connections to receivers, at most.
const MOST_KEPT: usize = 1_024;
/// Requests may have an eighth, and a third of that more: together a sixth.
const REQUESTS_PART: usize = 8;
const BEYOND_PART: usize = 3;

/// Who gets how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Of all listeners together.
    pub accepted: usize,
    /// Requests to receivers at once.
    pub requests: usize,
    /// Beyond those, for webhooks that have none under way.
    pub requests_beyond: usize,
    /// Connections to receivers that are kept for the next request, of all workers together.
    pub kept: usize,
}

/// Raises what this process may have open to the most that it is allowed to, and says how many that is. What cannot be
/// raised stays as it is.
pub fn raise() -> usize {
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    }
    // `None` is no limit.
    getrlimit(Resource::Nofile).current.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
}

/// Shares out `limit` descriptors where `requests` at once are wanted. Half of what is there stays for the sources, whose
/// number nobody knows beforehand.
pub fn share(limit: usize, requests: usize) -> Shares {
    let free = limit.saturating_sub(OWN.min(limit / 2));
    let requests = (free / REQUESTS_PART).clamp(1, requests.max(1));
    Shares {
        accepted: (free / 4).clamp(1, MOST_ACCEPTED),
        requests,
        requests_beyond: requests.div_ceil(BEYOND_PART),
        kept: (free / 12).clamp(1, MOST_KEPT),
    }
}

/// The limit at which nothing that is wanted has to be less.
pub fn enough_for(requests: usize) -> usize {
    OWN + (MOST_ACCEPTED * 4).max(requests * REQUESTS_PART).max(MOST_KEPT * 12)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::flights::{Bounds, Flights};
    use crate::domain::{CompanyId, WebhookId};

    #[test]
    fn descriptors_are_always_left_for_the_database_and_the_sources() {
        for limit in [64, 256, 1_024, 4_096, 20_000, 65_536, 1 << 20, usize::MAX] {
            for requests in [1, 64, 2_048, 100_000] {
                let shares = share(limit, requests);
                let given = shares.accepted + shares.requests + shares.requests_beyond + shares.kept;
                assert!(given <= limit / 2 + 4, "{given} of {limit}");
                assert!(shares.requests <= requests && shares.accepted >= 1 && shares.requests >= 1);
            }
        }
        let shares = share(enough_for(2_048), 2_048);
        let whole =
            Shares { accepted: MOST_ACCEPTED, requests: 2_048, requests_beyond: 683, kept: MOST_KEPT };
        assert_eq!(shares, whole);
    }

    #[test]
    fn however_many_webhooks_hang_there_are_descriptors_for_the_rest() {
        let limit = 1_024;
        let shares = share(limit, 2_048);
        let bounds = Bounds {
            requests: shares.requests,
            beyond: shares.requests_beyond,
            ..Bounds::of(shares.requests)
        };
        let flights = Flights::new(bounds);
        let mut hang = Vec::new();
        for company in 0..20 {
            for webhook in 0..1_000 {
                hang.extend(flights.try_place(CompanyId(company), WebhookId(company * 1_000 + webhook)));
            }
        }
        assert!(hang.len() > shares.requests, "beyond the usual bound: {}", hang.len());
        let left = limit - shares.accepted - shares.kept - hang.len();
        assert!(left >= limit / 2, "{left} are left for the database and the sources");
    }
}
