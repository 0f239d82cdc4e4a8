//! Extractors as permissions: a handler's signature says who may call it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use std::sync::Arc;

use super::body::{Language, Peer};
use super::problem::Problem;
use crate::admin::{Actor, Admin, AdminError, By, Role, Turn};
use crate::domain::Lang;

/// Anyone with a valid API key, and the language they speak.
pub struct Reader(pub Caller);
/// May connect, pause, resend, replay and test.
pub struct Operator(pub Caller);
/// May create, change and delete.
pub struct Administrator(pub Caller);

/// Who calls, and in which language to answer.
pub struct Caller {
    pub actor: Actor,
    pub lang: Lang,
    /// Kept until the answer is there.
    _turn: Turn,
}

/// What a handler gives back.
pub type Answer<T> = Result<axum::Json<T>, Problem>;

impl Caller {
    /// An operation's outcome as an answer in the caller's language.
    pub fn answer<T>(&self, outcome: Result<T, AdminError>) -> Answer<T> {
        outcome.map(axum::Json).map_err(|error| Problem { error, lang: self.lang })
    }

    /// An outcome that has no content, as a status.
    pub fn done(&self, outcome: Result<(), AdminError>, status: StatusCode) -> Result<StatusCode, Problem> {
        outcome.map(|()| status).map_err(|error| Problem { error, lang: self.lang })
    }
}

async fn caller(parts: &mut Parts, admin: &Arc<Admin>, role: Role) -> Result<Caller, Problem> {
    let Ok(Language(lang)) = Language::from_request_parts(parts, admin).await;
    let Ok(Peer(address)) = Peer::from_request_parts(parts, admin).await;
    let bearer = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    let turns = &admin.access.turns;
    let authenticated = match bearer {
        Some(key) => {
            let _turn = turns.request(By::address(address)).await;
            admin.authenticate(key, address).await
        }
        None => Err(AdminError::Unauthenticated),
    };
    let actor = authenticated.and_then(|actor| actor.require(role).map(|()| actor));
    let actor = actor.map_err(|error| Problem { error, lang })?;
    let turn = turns.request(By::actor(&actor)).await;
    Ok(Caller { actor, lang, _turn: turn })
}

macro_rules! permission {
    ($extractor:ident, $role:expr) => {
        impl FromRequestParts<Arc<Admin>> for $extractor {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, admin: &Arc<Admin>) -> Result<Self, Problem> {
                caller(parts, admin, $role).await.map($extractor)
            }
        }
    };
}

permission!(Reader, Role::Reader);
permission!(Operator, Role::Operator);
permission!(Administrator, Role::Administrator);
