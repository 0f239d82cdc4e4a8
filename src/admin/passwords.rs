//! Passwords: what is one, and their Argon2id hashes.
//!
//! What must hold here: a hash is computed away from the threads that serve, at most two at a time (each takes 19 MiB);
//! how many wait is bounded by who asks ([`super::turns`]); a login that nobody has costs the same time as one with a wrong password.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use super::sources::random_text;
use super::{AdminError, Fault};
use crate::domain::ValueFault;
use crate::secrets::Secret;

/// Characters of the shortest password.
const SHORTEST: usize = 10;
/// Characters of the longest: hashing takes its time whatever the length, reading it should not.
const LONGEST: usize = 200;
/// Hashes computed at once.
const AT_ONCE: usize = 2;

/// Computes hashes, a few at a time.
#[derive(Debug, Clone)]
pub struct Hashing {
    running: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { running: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Hashing {
    /// The hash of a password in its PHC form.
    pub async fn hash(&self, password: &Secret) -> Result<String, AdminError> {
        let password = password.clone();
        self.run(move || {
            Argon2::default()
                .hash_password(password.expose().as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| AdminError::Internal(format!("a password could not be hashed: {error}")))
        })
        .await?
    }

    /// Whether the password is the one behind `hash`. Without a hash it takes as long and is not.
    pub async fn is_right(&self, password: &Secret, hash: Option<String>) -> Result<bool, AdminError> {
        static NOBODYS: LazyLock<String> = LazyLock::new(|| {
            let hash = Argon2::default().hash_password(random_text(16).as_bytes());
            hash.map(|hash| hash.to_string()).unwrap_or_default()
        });
        let password = password.clone();
        self.run(move || {
            let known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODYS.clone());
            let right = PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default().verify_password(password.expose().as_bytes(), &hash).is_ok()
            });
            right && known
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AdminError> {
        let running = self.running.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            let _running = running;
            work()
        });
        done.await.map_err(|error| AdminError::Internal(format!("a password was not looked at: {error}")))
    }
}

/// Whether a text can be the password of someone who signs in as `login`.
pub fn acceptable(password: &Secret, login: &str) -> Result<(), Fault> {
    let text = password.expose();
    let length = text.chars().count();
    let mut different: Vec<char> = text.chars().collect();
    different.sort_unstable();
    different.dedup();
    match length {
        0 => Err(Fault::Value(ValueFault::Missing)),
        _ if length < SHORTEST => Err(Fault::PasswordShort { min: SHORTEST }),
        _ if length > LONGEST => Err(Fault::Value(ValueFault::TooLong { max: LONGEST })),
        _ if text.to_lowercase().contains(login) => Err(Fault::PasswordHoldsLogin),
        _ if different.len() < 5 => Err(Fault::PasswordEasy),
        _ => Ok(()),
    }
}

/// A password for somebody else to begin with.
pub fn made() -> Secret {
    Secret::new(random_text(16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        let judged = |text: &str| acceptable(&Secret::new(text), "ana");
        assert_eq!(judged(""), Err(Fault::Value(ValueFault::Missing)));
        assert_eq!(judged("curta-9-c"), Err(Fault::PasswordShort { min: 10 }));
        assert_eq!(judged("aaaaaaaaaaaa"), Err(Fault::PasswordEasy));
        for holds in ["xyz-Ana-1234", "senha bem comprida ana"] {
            assert_eq!(judged(holds), Err(Fault::PasswordHoldsLogin), "{holds}");
        }
        assert_eq!(judged(&"é1x9-".repeat(41)), Err(Fault::Value(ValueFault::TooLong { max: 200 })));
        assert_eq!(judged("cavalo bateria grampo"), Ok(()));
    }

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let hashing = Hashing::default();
        let password = Secret::new("cavalo bateria grampo");
        let hash = hashing.hash(&password).await.expect("hashes");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(hashing.is_right(&password, Some(hash.clone())).await.expect("looks"));
        assert!(!hashing.is_right(&Secret::new("outra"), Some(hash)).await.expect("looks"));
        assert!(!hashing.is_right(&password, None).await.expect("looks"));
    }
}
