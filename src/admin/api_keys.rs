//! API keys: made, listed, proven, revoked. A key is 32 random letters and digits after `rml_`; the store holds its
//! SHA-256.
//!
//! What must hold here: nobody makes, sees or revokes a key that may do more than they may themselves.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tracing::warn;
use utoipa::ToSchema;

use super::fault::{Expected, Fault, Faults, FieldFault, name, time};
use super::key_makers::{MakerState, Makers};
use super::needed::Needs;
use super::place::Place;
use super::sources::random_text;
use super::{Actor, Admin, AdminError, Page, Role, after, audit};
use crate::domain::bounds::{List, Name};
use crate::domain::{ApiKeyId, CompanyId, Timestamp, ValueFault};
use crate::secrets::Secret;
use crate::store::{ApiKey, NewApiKey as Row, StoreError, Tx};

/// What every key begins with, so that a leaked one is recognised.
const PREFIX: &str = "rml_";
/// So many characters of a key are shown to tell keys apart.
const SHOWN: usize = 10;

type Companies = List<CompanyId, 1, 1_000>;

/// A key to be made. `name` and `role` are needed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyInput {
    /// What the key is for, at most 120 characters.
    #[schema(value_type = Option<Name>, inline)]
    pub name: Option<String>,
    /// `reader`, `operator` or `administrator`, each with what those before it may do.
    #[schema(value_type = Option<Role>)]
    pub role: Option<String>,
    /// The companies it may see and touch, by id; absent is all.
    #[schema(value_type = Option<Companies>, inline)]
    pub companies: Option<Vec<String>>,
    /// ISO 8601; absent is never.
    #[schema(value_type = Option<Timestamp>)]
    pub expires_at: Option<String>,
}

/// A key as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKeyView {
    /// `key_3`.
    #[schema(value_type = ApiKeyId)]
    pub id: String,
    pub name: String,
    /// How the key begins.
    pub prefix: String,
    /// `active`, `expired` or `revoked`.
    pub state: &'static str,
    #[schema(value_type = Role)]
    pub role: String,
    /// The companies it may see and touch; absent is all.
    #[schema(value_type = Option<Vec<CompanyId>>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub companies: Option<Vec<String>>,
    pub created_by: String,
    /// How it is with whoever made it: `active`, `disabled`, `deleted`, `restricted` (may do less today than the key) or `ended`
    /// (a key that was revoked or has expired). Absent where that was the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub created_by_state: Option<MakerState>,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub expires_at: Option<String>,
    /// Some seconds behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub last_used_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub revoked_at: Option<String>,
    /// The key itself: only in the answer to the request that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Needs for ApiKeyInput {
    const FIELDS: &'static [&'static str] = &["name", "role"];

    fn has(&self, field: &str) -> bool {
        match field {
            "name" => self.name.is_some(),
            "role" => self.role.is_some(),
            _ => true,
        }
    }
}

/// A key's input, checked, and the key that was drawn for it.
struct Checked {
    name: String,
    role: Role,
    companies: Option<Vec<CompanyId>>,
    expires_at: Option<Timestamp>,
    key: Secret,
}

impl Admin {
    /// Who a key belongs to. Unknown, revoked and expired ones are the same error.
    pub async fn authenticate(&self, key: &str, address: Option<IpAddr>) -> Result<Actor, AdminError> {
        if !key.starts_with(PREFIX) {
            return Err(AdminError::Unauthenticated);
        }
        let now = Timestamp::now();
        let found = self.store.api_key_by_hash(&hash(key)).await?;
        let Some(found) = found.filter(|key| state(key, now) == "active") else {
            warn!(address = address.map(display), "a request with an unknown API key was refused");
            return Err(AdminError::Unauthenticated);
        };
        let role = Role::parse(&found.role).ok_or(AdminError::Unauthenticated)?;
        self.runtime.note_key_use(found.id, now);
        Ok(Actor {
            name: format!("api-key:{} {}", found.id.0, found.name),
            role,
            companies: found.companies,
            address,
        })
    }

    /// Keys by id, revoked ones included.
    pub async fn api_keys(
        &self,
        actor: &Actor,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<ApiKeyView>, AdminError> {
        actor.require(Role::Administrator)?;
        let (mut after, now) = (after(cursor, 0)?, Timestamp::now());
        let (wanted, mut seen) = (limit as usize + 1, Vec::new());
        // A caller who sees few of many keys gets full pages all the same.
        loop {
            let rows = self.store.api_keys(ApiKeyId(after), limit + 1).await?;
            let (read, last) = (rows.len(), rows.last().map(|row| row.id.0));
            seen.extend(rows.into_iter().filter(|row| governs(actor, row.companies.as_deref())));
            match last {
                Some(last) if read == wanted && seen.len() < wanted => after = last,
                _ => break,
            }
        }
        let (mut makers, mut states) = (Makers::default(), HashMap::new());
        for key in &seen {
            states.insert(key.id, makers.of(self, key).await?);
        }
        let maker = |key: &ApiKey| states.get(&key.id).copied().flatten();
        Ok(Page::of(seen, limit, |row| row.id.0.to_string(), |row| view(maker(&row), row, now)))
    }

    pub async fn api_key(&self, actor: &Actor, id: ApiKeyId) -> Result<ApiKeyView, AdminError> {
        let key = self.stored_key(actor, id).await?;
        Ok(view(Makers::default().of(self, &key).await?, key, Timestamp::now()))
    }

    pub async fn create_api_key(&self, actor: &Actor, input: &ApiKeyInput) -> Result<ApiKeyView, AdminError> {
        actor.require(Role::Administrator)?;
        let checked = check(input).map_err(AdminError::Invalid)?;
        if checked.companies.is_none() && actor.companies.is_some() {
            return Err(AdminError::invalid("companies", Fault::Value(ValueFault::Missing)));
        }
        let mut faults = Faults::default();
        for (at, company) in checked.companies.iter().flatten().enumerate() {
            if !actor.sees(*company) || self.store.company(*company).await?.is_none() {
                faults.add(Place::from("companies").at(at), Fault::NoSuch);
            }
        }
        if checked.expires_at.is_some_and(|at| at <= Timestamp::now()) {
            faults.add("expires_at", Fault::Past);
        }
        faults.done().map_err(AdminError::Invalid)?;
        let (by, key) = (actor.clone(), checked.key.clone());
        let created = self.journal.control(move |tx| Box::pin(async move { write(tx, &by, &checked).await }));
        let view = self.api_key(actor, created.await?).await?;
        Ok(ApiKeyView { key: Some(key.expose().to_owned()), ..view })
    }

    /// From now on the key opens nothing; it stays in the list.
    pub async fn revoke_api_key(&self, actor: &Actor, id: ApiKeyId) -> Result<ApiKeyView, AdminError> {
        let before = self.stored_key(actor, id).await?;
        if before.revoked_at.is_none() {
            let by = actor.clone();
            let revoked = self.journal.control(move |tx| {
                Box::pin(async move {
                    tx.revoke_api_key(id, Timestamp::now()).await?;
                    let detail = json!({ "name": before.name, "prefix": before.prefix });
                    tx.audit(&audit(&by, "api_key.revoke", None, id.to_string(), &detail)).await
                })
            });
            revoked.await?;
        }
        self.api_key(actor, id).await
    }

    /// A key that the caller may see.
    async fn stored_key(&self, actor: &Actor, id: ApiKeyId) -> Result<ApiKey, AdminError> {
        actor.require(Role::Administrator)?;
        let key = self.store.api_key(id).await?.filter(|key| governs(actor, key.companies.as_deref()));
        key.ok_or_else(|| AdminError::not_found("api key", id))
    }
}

/// Makes a key in a transaction of the caller's: the command line has no running program to ask. Its companies need not
/// exist yet.
pub async fn create(tx: &mut Tx<'_>, actor: &Actor, input: &ApiKeyInput) -> Result<Secret, CreateKeyError> {
    let checked = check(input).map_err(AdminError::Invalid)?;
    write(tx, actor, &checked).await?;
    Ok(checked.key)
}

async fn write(tx: &mut Tx<'_>, actor: &Actor, checked: &Checked) -> Result<ApiKeyId, StoreError> {
    let row = Row {
        name: &checked.name,
        hash: &hash(checked.key.expose()),
        prefix: &checked.key.expose()[..SHOWN],
        role: checked.role.as_str(),
        companies: checked.companies.as_deref(),
        created_by: &actor.name,
        expires_at: checked.expires_at,
    };
    let id = tx.create_api_key(&row, Timestamp::now()).await?;
    let detail = json!({
        "name": checked.name, "role": checked.role, "companies": checked.companies.as_deref().map(shown),
        "expires_at": checked.expires_at.map(|at| at.to_string()),
    });
    tx.audit(&audit(actor, "api_key.create", None, id.to_string(), &detail)).await?;
    Ok(id)
}

fn check(input: &ApiKeyInput) -> Result<Checked, Vec<FieldFault>> {
    let mut faults = Faults::default();
    let called =
        faults.check("name", input.name.as_deref().map_or(Err(Fault::Value(ValueFault::Missing)), name));
    let role = match input.role.as_deref() {
        None => Err(Fault::Value(ValueFault::Missing)),
        Some(text) => Role::parse(text).ok_or_else(|| {
            Fault::Value(ValueFault::NotOne { allowed: "reader, operator, administrator".into() })
        }),
    };
    let role = faults.check("role", role);
    let companies = input.companies.as_ref().map(|companies| {
        if companies.is_empty() {
            faults.add("companies", Fault::NoCompany);
        }
        let company =
            |text: &String| text.parse().map_err(|_| Fault::Malformed { expected: Expected::CompanyId });
        let companies = companies.iter().enumerate();
        companies
            .filter_map(|(at, text)| faults.check(Place::from("companies").at(at), company(text)))
            .collect()
    });
    let expires_at = input.expires_at.as_deref().and_then(|text| faults.check("expires_at", time(text)));
    faults.done()?;
    Ok(Checked {
        name: called.unwrap_or_default(),
        role: role.unwrap_or(Role::Reader),
        companies,
        expires_at,
        key: Secret::new(format!("{PREFIX}{}", random_text(32))),
    })
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

/// Whether a key for these companies reaches no further than the caller.
pub(super) fn governs(actor: &Actor, companies: Option<&[CompanyId]>) -> bool {
    match companies {
        None => actor.companies.is_none(),
        Some(companies) => companies.iter().all(|company| actor.sees(*company)),
    }
}

pub(super) fn state(key: &ApiKey, now: Timestamp) -> &'static str {
    match key {
        ApiKey { revoked_at: Some(_), .. } => "revoked",
        ApiKey { expires_at: Some(at), .. } if *at <= now => "expired",
        _ => "active",
    }
}

fn shown(companies: &[CompanyId]) -> Vec<String> {
    companies.iter().map(ToString::to_string).collect()
}

fn view(maker: Option<MakerState>, key: ApiKey, now: Timestamp) -> ApiKeyView {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string());
    ApiKeyView {
        id: key.id.to_string(),
        state: state(&key, now),
        name: key.name,
        prefix: key.prefix,
        role: key.role,
        companies: key.companies.as_deref().map(shown),
        created_by: key.created_by,
        created_by_state: maker,
        created_at: key.created_at.to_string(),
        expires_at: time(key.expires_at),
        last_used_at: time(key.last_used_at),
        revoked_at: time(key.revoked_at),
        key: None,
    }
}
