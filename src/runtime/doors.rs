//! Which webhook source a presented secret belongs to, for the providers' doors.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::Provider;
use crate::secrets::Secret;
use crate::sources::tellicon::{AUTH_HEADER, Account};
use crate::store::Store;

/// Replaced whole whenever what is wanted changes; cheap to clone.
#[derive(Clone)]
pub struct Doors {
    store: Store,
    table: Arc<RwLock<Table>>,
}

/// Tokens stand here only as their keyed hashes, so looking one up takes the same time whether it is nearly right or
/// not, and a dump of this memory holds none.
#[derive(Default)]
struct Table {
    by_token: HashMap<[u8; 32], Account>,
    by_path: HashMap<String, (Account, [u8; 32])>,
}

/// A webhook source as the doors need it.
pub struct Door {
    pub account: Account,
    /// The last part of its own path, `/in/<key>/…`.
    pub path_key: String,
    pub token: Secret,
    /// A token that is short or not unique works only on the source's own path.
    pub by_token: bool,
}

impl Doors {
    pub fn new(store: Store) -> Self {
        Self { store, table: Arc::default() }
    }

    /// From now on exactly these doors are open.
    pub fn replace(&self, doors: impl IntoIterator<Item = Door>) {
        let mut table = Table::default();
        for door in doors {
            let hash = self.hash(&door.token);
            if door.by_token {
                table.by_token.insert(hash, door.account);
            }
            table.by_path.insert(door.path_key, (door.account, hash));
        }
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    pub fn tellicon_by_token(&self, token: &str) -> Option<Account> {
        let hash = self.hash(&Secret::from(token));
        self.table.read().unwrap_or_else(PoisonError::into_inner).by_token.get(&hash).copied()
    }

    pub fn tellicon_by_path(&self, key: &str, token: &str) -> Option<Account> {
        let hash = self.hash(&Secret::from(token));
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_path.get(key).filter(|(_, wanted)| *wanted == hash).map(|(account, _)| *account)
    }

    fn hash(&self, token: &Secret) -> [u8; 32] {
        self.store.lookup_hash(Provider::Tellicon.as_str(), AUTH_HEADER, token)
    }
}
