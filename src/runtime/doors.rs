//! Which webhook source a presented secret belongs to, for the providers' doors.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use tokio::sync::watch;

use super::refused::{InARow, MeantFor, Refusals, Refused};
use crate::domain::{CompanyId, Provider, SourceId, SourceState, SourceStatus, Timestamp};
use crate::secrets::Secret;
use crate::sources::{Account, Declined, Shown, TokenIn};
use crate::store::Store;

/// Replaced, for one company or for all, whenever what is wanted changes; cheap to clone.
#[derive(Clone)]
pub struct Doors {
    store: Store,
    table: Arc<RwLock<Table>>,
    /// When each open door was last used.
    heard: Arc<Mutex<HashMap<SourceId, Timestamp>>>,
    refused: Arc<Refused>,
    listening: watch::Sender<Vec<Listening>>,
}

/// A source that wants an address for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    pub address: SocketAddr,
    pub company: CompanyId,
    pub source: SourceId,
    pub provider: Provider,
    /// What its own paths begin with, as if they stood in every path of the address.
    pub path_key: String,
}

/// Tokens stand here only as their keyed hashes, so looking one up takes the same time whether it is nearly right or
/// not, and a dump of this memory holds none.
#[derive(Default)]
struct Table {
    /// Whether the sources were read at all since the start.
    known: bool,
    by_token: HashMap<[u8; 32], (Account, TokenIn)>,
    /// Tokens that a second source has too, with its company: who shows one may mean either.
    doubled: Vec<([u8; 32], CompanyId)>,
    by_path: HashMap<String, OwnPath>,
    /// Every source, also those that are switched off.
    all: Vec<There>,
    listening: Vec<Listening>,
    /// Every open door, and since when it has been open in this process.
    open: HashMap<SourceId, (CompanyId, Timestamp)>,
}

#[derive(Clone)]
struct There {
    provider: Provider,
    account: Account,
    token_name: &'static str,
    token_in: TokenIn,
    /// It asks for no token.
    is_open: bool,
}

/// A source behind its own path; no hash where it asks for no token.
#[derive(Clone)]
struct OwnPath {
    provider: Provider,
    account: Account,
    token_name: &'static str,
    token_in: TokenIn,
    token: Option<[u8; 32]>,
}

/// Whom a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Account(Account),
    Nobody,
    /// There are several, and nothing says which of them is meant.
    Several,
}

impl From<Option<Account>> for Found {
    fn from(account: Option<Account>) -> Self {
        account.map_or(Found::Nobody, Found::Account)
    }
}

impl Table {
    /// Of sources that were read, without any yet.
    fn read() -> Self {
        Self { known: true, ..Self::default() }
    }

    /// The doors of every other company.
    fn without(&self, company: CompanyId) -> Self {
        let others = |account: &Account| account.company.id() != company;
        let by_token = self.by_token.iter().filter(|(_, (account, _))| others(account));
        let by_path = self.by_path.iter().filter(|(_, own)| others(&own.account));
        let doubled = self.doubled.iter().filter(|(_, owner)| *owner != company);
        let all = self.all.iter().filter(|there| others(&there.account));
        let listening = self.listening.iter().filter(|listening| listening.company != company);
        let open = self.open.iter().filter(|(_, (owner, _))| *owner != company);
        Self {
            known: self.known,
            by_token: by_token.map(|(hash, found)| (*hash, found.clone())).collect(),
            by_path: by_path.map(|(key, own)| (key.clone(), own.clone())).collect(),
            doubled: doubled.copied().collect(),
            all: all.cloned().collect(),
            listening: listening.cloned().collect(),
            open: open.map(|(source, since)| (*source, *since)).collect(),
        }
    }
}

/// A webhook source as the doors need it.
pub struct Door {
    pub account: Account,
    pub provider: Provider,
    /// What the provider's tokens are called, and where a request shows this one's.
    pub token_name: &'static str,
    pub token_in: TokenIn,
    /// The last part of its own path, `/in/<key>/…`.
    pub path_key: String,
    /// `None` for one that asks for none.
    pub token: Option<Secret>,
    /// A token that another source has already works only on the source's own path.
    pub by_token: bool,
    /// Of a source that is switched off nothing is taken; that it is there is known all the same.
    pub connect: bool,
    /// An address for its front ends alone.
    pub listen: Option<SocketAddr>,
}

impl Doors {
    pub fn new(store: Store) -> Self {
        Self {
            store,
            table: Arc::default(),
            heard: Arc::default(),
            refused: Arc::default(),
            listening: watch::Sender::default(),
        }
    }

    /// From now on exactly these doors are open, of one company or of all; returns how many of them were opened, and how many
    /// others closed.
    pub fn replace(&self, doors: impl IntoIterator<Item = Door>, only: Option<CompanyId>) -> usize {
        let now = Timestamp::now();
        let (mut table, before) = {
            let present = self.read();
            (only.map_or_else(Table::read, |company| present.without(company)), present.open.clone())
        };
        for door in doors {
            let (company, source) = (door.account.company.id(), door.account.source);
            let Door { account, provider, token_name, token_in, .. } = door;
            let token = door.token.map(|token| self.hash(provider, token_name, &token));
            table.all.push(There {
                provider,
                account: account.clone(),
                token_name,
                token_in: token_in.clone(),
                is_open: token.is_none(),
            });
            if let Some(hash) = token.filter(|_| !door.by_token) {
                table.doubled.push((hash, company));
            }
            if !door.connect {
                continue;
            }
            table.listening.extend(door.listen.map(|address| Listening {
                address,
                company,
                source,
                provider,
                path_key: door.path_key.clone(),
            }));
            let since = before.get(&source).map_or(now, |(_, since)| *since);
            table.open.insert(source, (company, since));
            if let Some(hash) = token.filter(|_| door.by_token) {
                table.by_token.insert(hash, (account.clone(), token_in.clone()));
            }
            table.by_path.insert(door.path_key, OwnPath { provider, account, token_name, token_in, token });
        }
        self.heard().retain(|source, _| table.open.contains_key(source));
        self.refused.keep(|source| table.all.iter().any(|there| there.account.source == source));
        let closed = before.keys().filter(|source| !table.open.contains_key(source)).count();
        let opened = table.open.keys().filter(|source| !before.contains_key(source)).count();
        table.listening.sort_unstable_by_key(|listening| listening.source);
        self.listening.send_if_modified(|listening| {
            let is_new = *listening != table.listening;
            if is_new {
                listening.clone_from(&table.listening);
            }
            is_new
        });
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        opened + closed
    }

    /// From now on nobody is told that a token is wrong: the doors are another process's.
    pub fn close(&self) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Table::default();
    }

    /// The addresses that sources want for themselves, as they change.
    pub fn listening(&self) -> watch::Receiver<Vec<Listening>> {
        self.listening.subscribe()
    }

    /// A provider has used this door.
    pub fn note_event(&self, source: SourceId, at: Timestamp) {
        self.heard().insert(source, at);
        self.refused.taken(source);
    }

    /// A post to a source was not taken.
    pub fn note_refused(&self, source: SourceId, why: &Declined) {
        self.refused.note(MeantFor::Source(source), why.clone(), Timestamp::now());
    }

    /// A post was not taken because nobody's token was shown: on a source's own path it was meant for that one, else for the only
    /// one of its provider, if there is but one.
    pub fn note_unknown(&self, provider: Provider, own_path: Option<&str>, why: &Declined) {
        if *why == Declined::NotYet {
            return;
        }
        let meant_for = {
            let table = self.read();
            let own = own_path.and_then(|key| table.by_path.get(key)).filter(|own| own.provider == provider);
            let mut there = table.all.iter().filter(|there| there.provider == provider);
            let only = there.next().filter(|_| there.next().is_none());
            let source = own.map(|own| own.account.source).or(only.map(|only| only.account.source));
            source.map_or(MeantFor::Provider(provider), MeantFor::Source)
        };
        self.refused.note(meant_for, why.clone(), Timestamp::now());
    }

    /// The posts that were not taken since then; `None` where nothing is known of any.
    pub fn refused_since(&self, meant_for: MeantFor, since: Timestamp) -> Option<Refusals> {
        self.refused.since(meant_for, since)
    }

    /// Posts that are refused one after the other, now.
    pub fn refused_in_a_row(&self, meant_for: MeantFor, now: Timestamp) -> Option<InARow> {
        self.refused.in_a_row(meant_for, now)
    }

    /// The same of what may be for any source of its provider.
    pub fn refused_of_nobody(&self, now: Timestamp) -> Vec<(Provider, InARow)> {
        let of = |provider| Some((provider, self.refused.in_a_row(MeantFor::Provider(provider), now)?));
        self.refused.providers().into_iter().filter_map(of).collect()
    }

    /// The companies with a source of such a provider, also one that is switched off.
    pub fn companies_with(&self, is_meant: impl Fn(Provider) -> bool) -> BTreeSet<CompanyId> {
        let table = self.read();
        table
            .all
            .iter()
            .filter(|there| is_meant(there.provider))
            .map(|there| there.account.company.id())
            .collect()
    }

    /// Every open door's company and status.
    pub fn statuses(&self) -> Vec<(CompanyId, SourceId, SourceStatus)> {
        let table = self.read();
        let heard = self.heard();
        let status = |(source, (company, since)): (&SourceId, &(CompanyId, Timestamp))| {
            let last_event_at = heard.get(source).copied();
            let state = SourceState::Connected;
            (
                *company,
                *source,
                SourceStatus { state, since: *since, last_event_at, ..SourceStatus::default() },
            )
        };
        table.open.iter().map(status).collect()
    }

    /// `None` while it is not open.
    pub fn status(&self, source: SourceId) -> Option<SourceStatus> {
        let (_, since) = *self.read().open.get(&source)?;
        let last_event_at = self.heard().get(&source).copied();
        let state = SourceState::Connected;
        Some(SourceStatus { state, since, last_event_at, ..SourceStatus::default() })
    }

    /// False right after the start, when no token can be told from a wrong one yet, and while another process has the
    /// database.
    pub fn are_known(&self) -> bool {
        self.read().known
    }

    /// The source of this provider whose token a request shows (`shown`) where that source has it. Without one the only source that
    /// there is, if it asks for none: where there are others, one of those may have been meant and the token forgotten.
    pub fn by_token(&self, provider: Provider, shown: impl Fn(&TokenIn) -> Shown) -> Found {
        let table = self.read();
        let there: Vec<_> = table.all.iter().filter(|there| there.provider == provider).collect();
        let mut is_silent = true;
        for (at, one) in there.iter().enumerate() {
            // Most sources show theirs in the same place.
            if there[..at].iter().any(|before| before.token_in == one.token_in) {
                continue;
            }
            let token = match shown(&one.token_in) {
                Shown::Nothing => continue,
                Shown::Unusable => None,
                Shown::Token(token) => Some(token),
            };
            is_silent = false;
            let hash = token.map(|token| self.hash(provider, one.token_name, &token));
            if hash.is_some_and(|hash| table.doubled.iter().any(|(doubled, _)| *doubled == hash)) {
                return Found::Several;
            }
            let found = hash.and_then(|hash| table.by_token.get(&hash));
            if let Some((account, _)) = found.filter(|(_, token_in)| *token_in == one.token_in) {
                return Found::Account(account.clone());
            }
        }
        match there[..] {
            [one] if is_silent && one.is_open => {
                Some(one.account.clone()).filter(|account| table.open.contains_key(&account.source)).into()
            }
            [_, _, ..] if is_silent && there.iter().any(|there| there.is_open) => Found::Several,
            _ => Found::Nobody,
        }
    }

    /// The source whose own path this is, if its token was shown (`shown`). Where none is asked for, whatever is shown is passed over:
    /// the path alone says who is meant.
    pub fn by_path(&self, key: &str, provider: Provider, shown: impl Fn(&TokenIn) -> Shown) -> Found {
        let table = self.read();
        let Some(own) = table.by_path.get(key).filter(|own| own.provider == provider) else {
            return Found::Nobody;
        };
        let fits = |token: [u8; 32]| match shown(&own.token_in) {
            Shown::Token(shown) => self.hash(provider, own.token_name, &shown) == token,
            Shown::Nothing | Shown::Unusable => false,
        };
        Some(own.account.clone()).filter(|_| own.token.is_none_or(fits)).into()
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self) -> MutexGuard<'_, HashMap<SourceId, Timestamp>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hash(&self, provider: Provider, name: &str, token: &Secret) -> [u8; 32] {
        self.store.lookup_hash(provider.as_str(), name, token)
    }
}
