//! What callers share of this program: requests that are served, passwords that are looked at, connections that are tried.
//!
//! What must hold: whoever asks for more than their share waits, or is told to come again, and others do not. Who has not
//! been recognised is known by their address; who has, by the companies they see, and among all who see the same by name.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use super::guesses::network;
use super::{Actor, AdminError};
use crate::shares::{Shares, Taken};

/// Requests of people and programs that are served at a time. They read the database over a few connections, as couriers
/// that lag do: so many wait for one a moment, thousands would wait for minutes.
const REQUESTS: usize = 64;
/// Passwords looked at, or waiting for it.
const PASSWORDS: usize = 32;
/// Handshakes with a provider, and looks at whether a webhook can be reached: each may take many seconds.
const TRIALS: usize = 8;
const REACHES: usize = 16;
/// Of either, for who has none.
const BEYOND: usize = 48;

/// Who shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Whoever comes from there; of IPv6 the whole network of one site.
    Address(Option<IpAddr>),
    /// All who see the same companies.
    Companies(u64),
}

/// A caller, for what is shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct By {
    pub group: Group,
    /// One of those.
    pub member: u64,
}

impl By {
    pub fn address(address: Option<IpAddr>) -> Self {
        Self { group: Group::Address(network(address)), member: 0 }
    }

    pub fn actor(actor: &Actor) -> Self {
        Self { group: Group::Companies(hash(&actor.companies)), member: hash(&actor.name) }
    }
}

/// What was taken of something shared; its drop gives it back.
pub type Turn = Taken<Group, u64>;

/// See the module. One per process.
#[derive(Debug)]
pub struct Turns {
    requests: Shares<Group, u64>,
    pub(super) passwords: Shares<Group, u64>,
    pub(super) trials: Shares<Group, u64>,
    pub(super) reaches: Shares<Group, u64>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            requests: Shares::of(REQUESTS),
            passwords: Shares::of(PASSWORDS),
            trials: Shares::with_one_for_each(TRIALS, BEYOND),
            reaches: Shares::with_one_for_each(REACHES, BEYOND),
        }
    }
}

impl Turns {
    /// A turn to be served; to be kept until the answer is there.
    pub async fn request(&self, by: By) -> Turn {
        self.requests.take(by.group, by.member, 1).await
    }
}

/// A place of which there are few, or the word that there is none just now.
pub(super) fn place(shares: &Shares<Group, u64>, actor: &Actor) -> Result<Turn, AdminError> {
    let by = By::actor(actor);
    let busy = || AdminError::TooManyTries { wait: Duration::from_secs(2) };
    shares.try_take(by.group, by.member, 1).ok_or_else(busy)
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Role;
    use crate::domain::CompanyId;

    fn actor(name: &str, companies: Option<&[i64]>) -> Actor {
        let companies = companies.map(|ids| ids.iter().map(|id| CompanyId(*id)).collect());
        Actor { name: name.into(), role: Role::Operator, companies, address: None }
    }

    #[test]
    fn one_who_tries_without_end_leaves_places_for_others() {
        let turns = Turns::default();
        for shares in [&turns.trials, &turns.reaches, &turns.passwords] {
            let take = |actor: &Actor| place(shares, actor);
            let ana = actor("user_1 Ana", Some(&[1]));
            let taken: Vec<_> = std::iter::from_fn(|| take(&ana).ok()).take(100).collect();
            assert!((2..100).contains(&taken.len()), "{}", taken.len());
            for other in [actor("user_2 Bia", Some(&[1])), actor("user_3 Rui", Some(&[2])), actor("x", None)]
            {
                drop(take(&other).expect("a place for each other"));
            }
            drop(taken);
            drop(take(&ana).expect("given back"));
        }
    }

    #[tokio::test]
    async fn thousands_of_requests_of_one_delay_no_other_caller() {
        let turns = Turns::default();
        let hog = By::actor(&actor("api-key:1 CRM", Some(&[1])));
        let mut held = Vec::new();
        while let Ok(turn) = tokio::time::timeout(Duration::from_millis(10), turns.request(hog)).await {
            held.push(turn);
        }
        assert!((8..REQUESTS / 2).contains(&held.len()), "{}", held.len());
        for other in [
            By::actor(&actor("api-key:2 BI", Some(&[1]))),
            By::actor(&actor("user_3 Rui", Some(&[2]))),
            By::address(Some([192, 0, 2, 1].into())),
        ] {
            let turn = tokio::time::timeout(Duration::from_secs(1), turns.request(other)).await;
            drop(turn.expect("served at once"));
        }
    }
}
