//! API keys: made, proven, revoked. A key is 32 random letters and digits after `rml_`; the store holds its SHA-256.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use tracing::warn;

use super::fault::{Faults, name};
use super::sources::random_text;
use super::{Actor, Admin, AdminError, Role, audit};
use crate::domain::{CompanyId, Timestamp};
use crate::secrets::Secret;
use crate::store::{ApiKey, NewApiKey as Row, StoreError, Tx};

/// What every key begins with, so that a leaked one is recognised.
const PREFIX: &str = "rml_";
/// So many characters of a key are shown to tell keys apart.
const SHOWN: usize = 10;

/// A key to be made.
#[derive(Debug, Deserialize)]
pub struct ApiKeyInput {
    pub name: String,
    pub role: Role,
    /// The companies it may see; `None` is all.
    pub companies: Option<Vec<CompanyId>>,
    pub expires_at: Option<Timestamp>,
}

/// A key that was made: shown once.
pub struct NewApiKey {
    pub id: i64,
    pub key: Secret,
}

impl Admin {
    /// Who a key belongs to. Unknown, revoked and expired ones are the same error.
    pub async fn authenticate(&self, key: &str, address: Option<IpAddr>) -> Result<Actor, AdminError> {
        if !key.starts_with(PREFIX) {
            return Err(AdminError::Unauthenticated);
        }
        let now = Timestamp::now();
        let found = self.store.api_key_by_hash(&hash(key)).await?;
        let valid = |key: &ApiKey| key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now);
        let Some(found) = found.filter(valid) else {
            warn!(?address, "a request with an unknown API key was refused");
            return Err(AdminError::Unauthenticated);
        };
        let role = Role::parse(&found.role).ok_or(AdminError::Unauthenticated)?;
        self.runtime.note_key_use(found.id, now);
        Ok(Actor {
            name: format!("api-key:{} {}", found.id, found.name),
            role,
            companies: found.companies,
            address,
        })
    }
}

/// Makes a key in a transaction of the caller's: the command line has no running program to ask.
pub async fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    input: &ApiKeyInput,
) -> Result<NewApiKey, CreateKeyError> {
    let mut faults = Faults::default();
    let checked = faults.check("name", name(&input.name));
    faults.done().map_err(AdminError::Invalid)?;
    let key = Secret::new(format!("{PREFIX}{}", random_text(32)));
    let row = Row {
        name: checked.as_deref().unwrap_or_default(),
        hash: &hash(key.expose()),
        prefix: &key.expose()[..SHOWN],
        role: input.role.as_str(),
        companies: input.companies.as_deref(),
        created_by: &actor.name,
        expires_at: input.expires_at,
    };
    let id = tx.create_api_key(&row, Timestamp::now()).await?;
    let detail = json!({ "name": input.name, "role": input.role, "companies": input.companies });
    tx.audit(&audit(actor, "api_key.create", None, format!("api-key:{id}"), &detail)).await?;
    Ok(NewApiKey { id, key })
}

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateKeyError {
    #[error(transparent)]
    Input(#[from] AdminError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
