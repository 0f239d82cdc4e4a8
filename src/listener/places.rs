//! The places for connections: how many there are, who has them, and who gives one up.
//!
//! What must hold here: whoever opens a connection gets an answer while anybody who only waits has a place. When all are
//! taken, or an address has its share, the newcomer gets the place of one that waits for its peer: of the address that has
//! the most of them the one that has waited longest. So idle and unfinished connections, however many, shut nobody out, and
//! who has one connection does not lose it to who has a thousand.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::pace::{Pace, Verdict};
use super::tally::Tally;

/// The bounds of one listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    pub connections: usize,
    /// Of one address. This machine's own are not counted by it, nor those of `proxies`: a proxy has everybody's.
    pub of_one_address: usize,
    pub proxies: Vec<IpNet>,
    /// Bytes of bodies that are being read or worked on.
    pub body_bytes: usize,
}

/// See the module. A clone is the same.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    bounds: Bounds,
    taken: Mutex<Taken>,
    body_bytes: AtomicUsize,
    tally: Arc<Tally>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    connections: HashMap<u64, Arc<Connection>, ahash::RandomState>,
    addresses: HashMap<IpAddr, Arc<AtomicUsize>, ahash::RandomState>,
}

/// What is known of one connection.
struct Connection {
    address: IpAddr,
    /// Connections of its address.
    siblings: Arc<AtomicUsize>,
    pace: Mutex<Pace>,
    close: Notify,
    body_bytes: AtomicUsize,
}

/// One connection's place; it is free again when this is dropped.
pub struct Place {
    places: Places,
    number: u64,
    connection: Arc<Connection>,
}

/// The part of a place that reading and writing need.
#[derive(Clone)]
pub struct Watch {
    places: Places,
    connection: Arc<Connection>,
}

impl Bounds {
    fn is_everybodys(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        peer.is_loopback() || self.proxies.iter().any(|network| network.contains(&peer))
    }
}

impl Places {
    pub fn new(bounds: Bounds, tally: Arc<Tally>) -> Self {
        Self(Arc::new(Shared { bounds, taken: Mutex::default(), body_bytes: AtomicUsize::new(0), tally }))
    }

    /// A place for a connection from this address, if need be somebody else's who only waits. `None` when nobody does.
    pub fn take(&self, peer: IpAddr, now: Instant) -> Option<Place> {
        let address = of_one(peer);
        let mut taken = self.lock();
        let siblings = taken.addresses.get(&address).map_or(0, |count| count.load(Ordering::Relaxed));
        let has_its_share = siblings >= self.0.bounds.of_one_address && !self.0.bounds.is_everybodys(peer);
        if has_its_share || taken.connections.len() >= self.0.bounds.connections {
            let victim = taken.longest_waiting(has_its_share.then_some(address));
            let Some(victim) = victim else {
                self.0.tally.refused();
                return None;
            };
            if let Some(connection) = taken.remove(victim) {
                connection.close.notify_one();
                self.0.tally.displaced();
            }
        }
        let number = taken.next;
        taken.next += 1;
        let siblings = Arc::clone(taken.addresses.entry(address).or_default());
        siblings.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection {
            address,
            siblings,
            pace: Mutex::new(Pace::new(now)),
            close: Notify::new(),
            body_bytes: AtomicUsize::new(0),
        });
        taken.connections.insert(number, Arc::clone(&connection));
        self.0.tally.opened();
        Some(Place { places: self.clone(), number, connection })
    }

    /// Closes what is overdue.
    pub fn sweep(&self, now: Instant) {
        let all: Vec<_> = self.lock().connections.values().cloned().collect();
        for connection in all {
            if connection.pace().judge(now) == Verdict::Over {
                self.0.tally.overdue();
                connection.close.notify_one();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Whose place is given away; `of` narrows it to one address.
    fn longest_waiting(&self, of: Option<IpAddr>) -> Option<u64> {
        let candidates =
            self.connections.iter().filter(|(_, connection)| of.is_none_or(|of| connection.address == of));
        candidates
            .filter_map(|(number, connection)| {
                let since = connection.pace().waits_since()?;
                Some((std::cmp::Reverse(connection.siblings.load(Ordering::Relaxed)), since, *number))
            })
            .min()
            .map(|(.., number)| number)
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Connection>> {
        let connection = self.connections.remove(&number)?;
        if connection.siblings.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.addresses.remove(&connection.address);
        }
        Some(connection)
    }
}

impl Connection {
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until this connection has to end.
    pub async fn lost(&self) {
        self.connection.close.notified().await;
    }

    pub fn watch(&self) -> Watch {
        Watch { places: self.places.clone(), connection: Arc::clone(&self.connection) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.watch().give_up_body();
        // It is gone from there already when somebody else has got it.
        self.places.lock().remove(self.number);
        self.places.0.tally.closed();
    }
}

impl Watch {
    pub fn pace(&self) -> MutexGuard<'_, Pace> {
        self.connection.pace()
    }

    /// Bytes of a body came; says whether there is room for them.
    pub fn keep_body(&self, bytes: usize) -> bool {
        self.connection.body_bytes.fetch_add(bytes, Ordering::Relaxed);
        let before = self.places.0.body_bytes.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.places.0.bounds.body_bytes;
        if !fits {
            self.places.0.tally.no_room();
        }
        fits
    }

    /// What came of a body is no longer held.
    pub fn give_up_body(&self) {
        let bytes = self.connection.body_bytes.swap(0, Ordering::Relaxed);
        self.places.0.body_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What counts as one address: of IPv6 the network of one site, as all its addresses are at one hand.
fn of_one(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn places(connections: usize, of_one_address: usize) -> (Places, Arc<Tally>) {
        let tally = Arc::new(Tally::default());
        let proxies = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let bounds = Bounds { connections, of_one_address, proxies, body_bytes: 1_000 };
        (Places::new(bounds, Arc::clone(&tally)), tally)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_lost(place: &Place) -> bool {
        futures_util::FutureExt::now_or_never(place.lost()).is_some()
    }

    #[test]
    fn a_newcomer_gets_the_place_of_who_waits_longest_and_never_of_who_is_served() {
        let (places, tally) = places(3, 3);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let served = places.take(ip("192.0.2.1"), at(0)).unwrap();
        served.watch().pace().asked(at(0));
        let first = places.take(ip("192.0.2.1"), at(1)).unwrap();
        let second = places.take(ip("192.0.2.1"), at(2)).unwrap();
        let newcomer = places.take(ip("198.51.100.7"), at(3)).unwrap();
        assert_eq!([&served, &first, &second].map(is_lost), [false, true, false]);
        for place in [&second, &newcomer] {
            place.watch().pace().asked(at(3));
        }
        drop(first);
        assert!(places.take(ip("198.51.100.8"), at(4)).is_none(), "everybody is being served");
        drop(second);
        assert!(places.take(ip("198.51.100.8"), at(4)).is_some());
        let seen = tally.figures();
        assert_eq!((seen.displaced, seen.refused), (1, 1));
    }

    #[test]
    fn who_has_one_connection_does_not_lose_it_to_who_has_many() {
        let (places, _) = places(5, 5);
        let start = Instant::now();
        let alone = places.take(ip("198.51.100.7"), start).unwrap();
        let many: Vec<_> =
            (1..=20).map(|n| places.take(ip("192.0.2.1"), start + Duration::from_secs(n)).unwrap()).collect();
        assert!(!is_lost(&alone));
        assert_eq!(many.iter().filter(|place| is_lost(place)).count(), 16);
    }

    #[test]
    fn an_address_has_a_share_but_a_proxys_is_everybodys() {
        let (places, _) = places(100, 2);
        let now = Instant::now();
        for (peers, lost) in [
            (["192.0.2.1", "192.0.2.1", "192.0.2.1"], 1),
            (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:1::3"], 1),
            (["::ffff:192.0.2.9", "192.0.2.9", "::ffff:192.0.2.9"], 1),
            (["2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:1:2::1"], 0),
            (["127.0.0.1", "127.0.0.1", "127.0.0.1"], 0),
            (["::1", "::1", "::1"], 0),
            (["10.0.0.9", "::ffff:10.0.0.9", "10.0.0.9"], 0),
            (["fd00::9", "fd00::9", "fd00::9"], 0),
        ] {
            let taken = peers.map(|peer| places.take(ip(peer), now).unwrap());
            assert_eq!(taken.iter().filter(|place| is_lost(place)).count(), lost, "{peers:?}");
        }
        assert!(places.lock().addresses.is_empty() && places.lock().connections.is_empty());
    }

    #[test]
    fn bodies_share_their_room_and_give_it_back() {
        let (places, _) = places(10, 10);
        let now = Instant::now();
        let (one, two) =
            (places.take(ip("192.0.2.1"), now).unwrap(), places.take(ip("192.0.2.2"), now).unwrap());
        assert!(one.watch().keep_body(900));
        assert!(!two.watch().keep_body(101));
        two.watch().give_up_body();
        assert!(two.watch().keep_body(100));
        drop((one, two));
        assert_eq!(places.0.body_bytes.load(Ordering::Relaxed), 0);
    }
}
