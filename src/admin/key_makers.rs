//! Who made an API key, and whether they could still: a key goes on working without them, so people are told, and may revoke
//! it.

use std::collections::HashMap;

use serde::Serialize;

use super::api_keys::{governs, state};
use super::sign_in::actor_of;
use super::users::require_all;
use super::{Actor, Admin, AdminError, ApiKeyView, Role};
use crate::domain::{ApiKeyId, Timestamp, UserId};
use crate::store::ApiKey;

/// Keys read at once.
const AT_ONCE: u32 = 500;

/// How it is with whoever made a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MakerState {
    /// They may make such a key today.
    Active,
    /// A user who may not sign in now.
    Disabled,
    /// A user who is no more.
    Deleted,
    /// A user or key that may do less today than the key they made.
    Restricted,
    /// A key that is revoked or expired.
    Ended,
}

impl MakerState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::Restricted => "restricted",
            Self::Ended => "ended",
        }
    }
}

/// A maker as they are now.
#[derive(Debug, Clone)]
enum Maker {
    /// The command line, which is nobody's.
    Program,
    Gone(MakerState),
    There(Actor),
}

/// The makers that were looked at, by the name that a key has of them.
#[derive(Debug, Default)]
pub(super) struct Makers(HashMap<String, Maker>);

impl Makers {
    /// How it is with the maker of a key; `None` where that is the program itself.
    pub async fn of(&mut self, admin: &Admin, key: &ApiKey) -> Result<Option<MakerState>, AdminError> {
        if !self.0.contains_key(&key.created_by) {
            let maker = admin.maker(&key.created_by).await?;
            self.0.insert(key.created_by.clone(), maker);
        }
        Ok(match self.0.get(&key.created_by) {
            None | Some(Maker::Program) => None,
            Some(Maker::Gone(state)) => Some(*state),
            Some(Maker::There(actor)) => {
                let may = actor.role == Role::Administrator && governs(actor, key.companies.as_deref());
                Some(if may { MakerState::Active } else { MakerState::Restricted })
            }
        })
    }
}

impl Admin {
    /// `user_3 Ana` and `api-key:3 CRM` are what keys have of their makers.
    async fn maker(&self, name: &str) -> Result<Maker, AdminError> {
        let first = name.split(' ').next().unwrap_or_default();
        if let Ok(user) = first.parse::<UserId>() {
            return Ok(match self.store.user(user).await? {
                None => Maker::Gone(MakerState::Deleted),
                Some(user) if user.disabled => Maker::Gone(MakerState::Disabled),
                Some(user) => Maker::There(actor_of(&user, None)?),
            });
        }
        let Some(id) = first.strip_prefix("api-key:").and_then(|id| id.parse().ok()) else {
            return Ok(Maker::Program);
        };
        let key = self.store.api_key(ApiKeyId(id)).await?;
        Ok(match key.filter(|key| state(key, Timestamp::now()) == "active") {
            None => Maker::Gone(MakerState::Ended),
            Some(key) => Maker::There(Actor {
                name: name.to_owned(),
                role: Role::parse(&key.role).unwrap_or(Role::Reader),
                companies: key.companies,
                address: None,
            }),
        })
    }

    /// The keys that a user has made and that work now.
    pub async fn keys_made_by(&self, actor: &Actor, user: UserId) -> Result<Vec<ApiKeyView>, AdminError> {
        require_all(actor)?;
        let (name, mut made, mut cursor) = (user.to_string(), Vec::new(), None);
        loop {
            let page = self.api_keys(actor, cursor.as_deref(), AT_ONCE).await?;
            let is_theirs = |key: &ApiKeyView| {
                key.state == "active" && key.created_by.split(' ').next() == Some(name.as_str())
            };
            made.extend(page.items.into_iter().filter(is_theirs));
            match page.next {
                Some(next) => cursor = Some(next),
                None => return Ok(made),
            }
        }
    }

    /// Revokes the keys that a user has made; how many they were.
    pub async fn revoke_keys_made_by(&self, actor: &Actor, user: UserId) -> Result<usize, AdminError> {
        let made = self.keys_made_by(actor, user).await?;
        for key in &made {
            let id = key.id.parse().map_err(|_| AdminError::not_found("api key", &key.id))?;
            self.revoke_api_key(actor, id).await?;
        }
        Ok(made.len())
    }
}
