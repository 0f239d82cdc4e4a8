//! Guesses of passwords and of the setup code, counted before they are looked at.
//!
//! What must hold here:
//!
//! - One login's wrong guesses keep no other login out, and nobody's keep out a browser in which this login was signed in before:
//!   a stranger behind the same address has tries of their own for each login, far fewer than the address has, and such a browser has
//!   its own and needs no others. (Who guesses many logins from one address uses up the address: there, browsers that nothing is
//!   known of have to wait.)
//! - No way round is free: each login has a bound from wherever it is guessed, each address one over all logins.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::AdminError;
use super::throttle::Throttle;
use crate::domain::UserId;

/// Keys of each kind that are remembered.
const REMEMBERED: usize = 4_096;

/// The SHA-256 of a login, or of a browser's token of recognition.
pub type Digest = [u8; 32];
type Network = Option<IpAddr>;

/// What is guessed, and by whom. Whatever is given back was taken with the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// A password, from a browser that nothing is known of.
    Login { address: Option<IpAddr>, login: Digest },
    /// A password, from a browser in which this login was signed in before.
    Known { browser: Digest },
    /// The code of the first run.
    Setup { address: Option<IpAddr> },
    /// Their own present password, by somebody who is signed in.
    Own { user: UserId },
}

/// One kind of bucket.
#[derive(Debug)]
struct Kind<K>(Mutex<Throttle<K>>);

/// Every bucket. One per process.
#[derive(Debug)]
pub struct Guesses {
    networks: Kind<Network>,
    setups: Kind<Network>,
    pairs: Kind<(Network, Digest)>,
    logins: Kind<Digest>,
    browsers: Kind<Digest>,
    own: Kind<UserId>,
    /// Lines of the audit log about refused guesses, from wherever they come.
    noted: Kind<()>,
}

impl Default for Guesses {
    fn default() -> Self {
        let few = Duration::from_secs(30);
        Self {
            // One address, whatever it guesses: as many people may share it.
            networks: Kind::new(60, Duration::from_secs(6), REMEMBERED),
            setups: Kind::new(60, Duration::from_secs(6), REMEMBERED),
            // One login from one address: ten at once, then two a minute.
            pairs: Kind::new(10, few, REMEMBERED),
            // One login, from wherever: more than any single address has, so that nobody alone can lock it.
            logins: Kind::new(30, Duration::from_secs(10), REMEMBERED),
            browsers: Kind::new(10, few, REMEMBERED),
            own: Kind::new(10, few, REMEMBERED),
            // Twenty at once, then one in five minutes: who guesses for years does not fill the log.
            noted: Kind::new(20, Duration::from_mins(5), 1),
        }
    }
}

impl<K: std::hash::Hash + Eq + Clone> Kind<K> {
    fn new(burst: u32, refill: Duration, capacity: usize) -> Self {
        Self(Mutex::new(Throttle::new(burst, refill, capacity)))
    }

    fn take(&self, key: &K, now: Instant) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take(key, now).err()
    }

    fn give_back(&self, key: &K, now: Instant) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).give_back(key, now);
    }
}

impl Guesses {
    /// Counts a guess before it is looked at.
    pub fn take(&self, guess: &Guess) -> Result<(), AdminError> {
        let now = Instant::now();
        let wait = match guess {
            Guess::Login { address, login } => {
                let network = network(*address);
                // Who has used up their own tries takes none of what others need as well.
                let pair = self.pairs.take(&(network, *login), now);
                pair.or_else(|| self.networks.take(&network, now)).or_else(|| self.logins.take(login, now))
            }
            Guess::Known { browser } => self.browsers.take(browser, now),
            Guess::Setup { address } => self.setups.take(&network(*address), now),
            Guess::Own { user } => self.own.take(user, now),
        };
        match wait {
            Some(wait) => Err(AdminError::TooManyTries { wait }),
            None => Ok(()),
        }
    }

    /// It was right: it costs nothing.
    pub fn was_right(&self, guess: &Guess) {
        let now = Instant::now();
        match guess {
            Guess::Login { address, login } => {
                let network = network(*address);
                self.networks.give_back(&network, now);
                self.pairs.give_back(&(network, *login), now);
                self.logins.give_back(login, now);
            }
            Guess::Known { browser } => self.browsers.give_back(browser, now),
            Guess::Setup { address } => self.setups.give_back(&network(*address), now),
            Guess::Own { user } => self.own.give_back(user, now),
        }
    }

    /// Whether a refused guess is still worth a line of the audit log.
    pub fn may_note(&self) -> bool {
        self.noted.take(&(), Instant::now()).is_none()
    }
}

/// What guesses are counted by: an IPv6 customer has a whole /64 of addresses.
pub(super) fn network(address: Option<IpAddr>) -> Network {
    match address {
        Some(IpAddr::V6(six)) => Some(
            six.to_ipv4_mapped().map_or_else(|| IpAddr::V6((six.to_bits() >> 64 << 64).into()), IpAddr::V4),
        ),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Digest = [1; 32];
    const STRANGER: Digest = [2; 32];

    fn login(address: &str, login: Digest) -> Guess {
        Guess::Login { address: Some(address.parse().expect("an address")), login }
    }

    fn wrong(guesses: &Guesses, guess: &Guess, times: usize) -> usize {
        (0..times).filter(|_| guesses.take(guess).is_ok()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_strangers_guesses_behind_the_same_address_keep_nobody_out() {
        let guesses = Guesses::default();
        assert_eq!(wrong(&guesses, &login("10.0.0.1", STRANGER), 30), 10);
        assert!(guesses.take(&login("10.0.0.1", ANA)).is_ok());
        // Even when it is her login that they guess, the browser she has used before lets her in.
        wrong(&guesses, &login("10.0.0.1", ANA), 60);
        assert!(guesses.take(&login("10.0.0.1", ANA)).is_err());
        assert!(guesses.take(&Guess::Known { browser: [7; 32] }).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn no_way_round_is_free() {
        let guesses = Guesses::default();
        let many = (0..200_u8).filter(|n| guesses.take(&login("10.0.0.1", [*n; 32])).is_ok()).count();
        assert_eq!(many, 60, "one address, many logins");
        let code = Guess::Setup { address: Some([10, 0, 0, 1].into()) };
        assert_eq!(wrong(&guesses, &code, 100), 60, "and the code of the first run is another thing");
        let many = (0..200).filter(|n| guesses.take(&login(&format!("10.0.1.{n}"), ANA)).is_ok()).count();
        assert!((25..=30).contains(&many), "one login, many addresses: {many}");
        let many = (0..200).filter(|n| guesses.take(&login(&format!("2001:db8::{n:x}"), STRANGER)).is_ok());
        assert_eq!(many.count(), 10, "one customer's /64 is one address");
        assert_eq!(wrong(&guesses, &Guess::Known { browser: [7; 32] }, 50), 10);
        assert_eq!(wrong(&guesses, &Guess::Own { user: UserId(1) }, 50), 10);
        tokio::time::advance(Duration::from_secs(31)).await;
        assert_eq!(wrong(&guesses, &Guess::Own { user: UserId(1) }, 50), 1);
    }
}
