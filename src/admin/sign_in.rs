//! Signing in to the panel: a login and a password become a token that the browser keeps.
//!
//! What must hold here: the store holds the token's SHA-256 only; every sign-in makes a new one and ends the one that
//! the browser came with; guesses are counted ([`guesses`](super::guesses)) before they are looked at; a wrong login and a
//! wrong password are the same answer after the same time; whatever is streamed to a browser ends with its sign-in.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;
use tracing::warn;

use super::guesses::{Guess, Guesses};
use super::passwords::Hashing;
use super::recognition::Notes;
use super::sources::random_text;
use super::turns::{By, Turns};
use super::{Actor, Admin, AdminError, Role, audit};
use crate::domain::{Timestamp, UserId};
use crate::secrets::Secret;
use crate::store::{AuditEntry, NewSignIn, SignedIn, User};
use crate::texts::msg;

/// Without a request for so long a browser is signed out.
pub const IDLE: Duration = Duration::from_hours(12);
/// After so long a browser is signed out whatever it does.
pub const LONGEST: Duration = Duration::from_hours(7 * 24);
/// For so long it is known whose a sign-in was that has ended by itself.
const KNOWN: Duration = LONGEST;
/// A browser's last request is written down this often.
const SEEN_EVERY: Duration = Duration::from_mins(1);
/// Changes of users that a listener may be behind.
const CHANGES: usize = 64;

/// What signing in needs to remember. One per process.
#[derive(Debug)]
pub struct Access {
    pub(super) hashing: Hashing,
    /// What callers share.
    pub turns: Turns,
    pub(super) guesses: Guesses,
    has_users: AtomicBool,
    /// Users whose rights or sign-ins have just changed.
    changes: broadcast::Sender<UserId>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            hashing: Hashing::default(),
            turns: Turns::default(),
            guesses: Guesses::default(),
            has_users: AtomicBool::new(false),
            changes: broadcast::channel(CHANGES).0,
        }
    }
}

/// The browser that asks.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    pub address: Option<IpAddr>,
    /// Its own words about itself.
    pub agent: Option<String>,
    /// The token it came with, if any.
    pub token: Option<Secret>,
    /// What it keeps of earlier sign-ins.
    pub notes: Notes,
}

/// What a browser that has just been signed in is to keep.
#[derive(Debug)]
pub struct SignedInBrowser {
    pub token: Secret,
    /// For the next sign-in.
    pub notes: Notes,
}

/// Someone whose browser is signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    pub user: User,
    pub actor: Actor,
}

impl Admin {
    /// Whether somebody can sign in.
    pub async fn has_users(&self) -> Result<bool, AdminError> {
        // Strangers ask for this: once there is somebody it is known, as the last administrator cannot be removed.
        let known = &self.access.has_users;
        if !known.load(Ordering::Relaxed) && !self.store.users(UserId(0), 1).await?.is_empty() {
            known.store(true, Ordering::Relaxed);
        }
        Ok(known.load(Ordering::Relaxed))
    }

    /// Signs a browser in; what it is to keep from now on.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &Secret,
        browser: &Browser,
    ) -> Result<SignedInBrowser, AdminError> {
        let login = login.trim().to_lowercase();
        let guess = match browser.notes.of(&self.store, &login, Timestamp::now()) {
            Some(browser) => Guess::Known { browser },
            None => Guess::Login { address: browser.address, login: hash(&login) },
        };
        self.access.guesses.take(&guess)?;
        let found = self.store.user_by_login(&login).await?;
        let (user, hash) = found.map_or((None, None), |(user, hash)| (Some(user), Some(hash)));
        let right = self.access.is_right(By::address(browser.address), password, hash).await?;
        let target = user.as_ref().map(|user| user.id);
        let Some(user) = user.filter(|_| right) else {
            // Without the login: people type their password there.
            warn!(
                address = browser.address.map(display),
                "a sign-in with a wrong login or password was refused"
            );
            self.note_refused("password", target, browser.address).await;
            return Err(AdminError::Unauthenticated);
        };
        // Said only to who knows the password.
        if user.disabled {
            warn!(user = %user.id, address = browser.address.map(display), "a sign-in of a disabled user was refused");
            return Err(disabled());
        }
        self.access.guesses.was_right(&guess);
        self.open(&user, browser).await
    }

    /// Writes a wrong guess down, unless there have been too many of late. What was typed is not written: people type
    /// their password as their login.
    pub(super) async fn note_refused(&self, of: &'static str, user: Option<UserId>, address: Option<IpAddr>) {
        if !self.access.guesses.may_note() {
            return;
        }
        let by = Actor { address, ..Actor::nobody() };
        let target = user.map_or_else(String::new, |user| user.to_string());
        let written = self.journal.control(move |tx| {
            Box::pin(async move {
                let entry = audit(&by, "user.refused", None, target, &json!({ "wrong": of }));
                tx.audit(&AuditEntry { target: entry.target.filter(|target| !target.is_empty()), ..entry })
                    .await
            })
        });
        // The answer is the same whether or not this works.
        if let Err(error) = written.await {
            warn!(%error, "a refused guess could not be written down");
        }
    }

    /// Signs a user in whose identity has been proven.
    pub(super) async fn open(&self, user: &User, browser: &Browser) -> Result<SignedInBrowser, AdminError> {
        let actor = actor_of(user, browser.address)?;
        let token = Secret::new(random_text(43));
        let (id, browser, made) = (user.id, browser.clone(), hash(token.expose()));
        let replaced = browser.token.as_ref().map(|token| hash(token.expose()));
        let now = Timestamp::now();
        let ended = match &replaced {
            Some(replaced) => self.store.signed_in(replaced).await?.map(|found| found.user.id),
            None => None,
        };
        let notes = browser.notes.with(&self.store, &user.login, now);
        let opened = self.journal.control(move |tx| {
            Box::pin(async move {
                let address = browser.address.map(|address| address.to_string());
                // Disabled or deleted while the password was looked at.
                if tx.user(id).await?.is_none_or(|user| user.disabled) {
                    return Ok(false);
                }
                tx.clear_signed_in(before(now, KNOWN), before(now, IDLE + KNOWN)).await?;
                let new = NewSignIn {
                    hash: &made,
                    user: id,
                    now,
                    ends_at: now.plus(LONGEST),
                    address: address.as_deref(),
                    agent: browser.agent.as_deref(),
                };
                tx.sign_in(&new, replaced.as_ref()).await?;
                tx.audit(&audit(&actor, "user.sign_in", None, id.to_string(), &json!({}))).await?;
                Ok(true)
            })
        });
        if !opened.await? {
            return Err(disabled());
        }
        if let Some(ended) = ended {
            self.access.changed(ended);
        }
        Ok(SignedInBrowser { token, notes })
    }

    /// Who a browser's token belongs to. Unknown and expired ones are the same error.
    pub async fn visitor(&self, token: &Secret, address: Option<IpAddr>) -> Result<Visitor, AdminError> {
        let (hash, now) = (hash(token.expose()), Timestamp::now());
        let found = self.store.signed_in(&hash).await?;
        let alive =
            |found: &SignedIn| now < found.ends_at && now.since(found.seen_at) < IDLE && !found.user.disabled;
        let Some(found) = found.filter(alive) else { return Err(AdminError::Unauthenticated) };
        if now.since(found.seen_at) >= SEEN_EVERY {
            let journal = self.journal.clone();
            // Nobody waits for this; a browser that it is lost for is written down with its next request.
            tokio::spawn(async move {
                let noted =
                    journal.control(move |tx| Box::pin(async move { tx.note_seen(&hash, now).await }));
                if let Err(error) = noted.await {
                    warn!(%error, "a browser's last request could not be written down");
                }
            });
        }
        let actor = actor_of(&found.user, address)?;
        Ok(Visitor { user: found.user, actor })
    }

    /// Whose a browser's token is or was, also of a sign-in that has ended by itself of late. It lets nobody in.
    pub async fn whose(&self, token: &Secret) -> Option<UserId> {
        let found = self.store.signed_in(&hash(token.expose())).await.ok().flatten();
        found.filter(|found| !found.user.disabled).map(|found| found.user.id)
    }

    /// Users whose rights or sign-ins have just changed: what is being streamed to them has to end.
    pub fn access_changes(&self) -> broadcast::Receiver<UserId> {
        self.access.changes.subscribe()
    }

    /// Ends a browser's token.
    pub async fn sign_out(&self, actor: &Actor, user: UserId, token: &Secret) -> Result<(), AdminError> {
        let (by, hash) = (actor.clone(), hash(token.expose()));
        let ended = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.sign_out(&hash).await?;
                tx.audit(&audit(&by, "user.sign_out", None, user.to_string(), &json!({}))).await
            })
        });
        ended.await?;
        self.access.changed(user);
        Ok(())
    }
}

impl Access {
    /// Tells whoever still serves this user to ask again who they are.
    pub(super) fn changed(&self, user: UserId) {
        // Nobody listening is no failure.
        let _ = self.changes.send(user);
    }

    /// Whether a password is the one behind `hash`, as [`Hashing::is_right`], within the caller's share of that.
    pub(super) async fn is_right(
        &self,
        by: By,
        password: &Secret,
        hash: Option<String>,
    ) -> Result<bool, AdminError> {
        let _turn = self.turns.passwords.try_take(by.group, by.member, 1).ok_or_else(busy)?;
        self.hashing.is_right(password, hash).await
    }

    /// The hash of a new password, as [`Hashing::hash`], within the caller's share of that.
    pub(super) async fn hash(&self, by: By, password: &Secret) -> Result<String, AdminError> {
        let _turn = self.turns.passwords.try_take(by.group, by.member, 1).ok_or_else(busy)?;
        self.hashing.hash(password).await
    }
}

/// How the audit log names a user, and what they may do.
pub(super) fn actor_of(user: &User, address: Option<IpAddr>) -> Result<Actor, AdminError> {
    let unknown = || AdminError::Internal(format!("{} has no role of ours", user.id));
    Ok(Actor {
        name: format!("{} {}", user.id, user.name),
        role: Role::parse(&user.role).ok_or_else(unknown)?,
        companies: user.companies.clone(),
        address,
    })
}

fn busy() -> AdminError {
    AdminError::Unavailable { reason: "too many passwords are looked at just now".into() }
}

fn disabled() -> AdminError {
    AdminError::Conflict(msg("conflict-disabled"))
}

fn before(now: Timestamp, by: Duration) -> Timestamp {
    Timestamp(now.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
}

pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
