//! The code that creates the first administrator: it stands in the log, for who runs the program to read.
//!
//! What must hold here: it follows from the database's own key and the day (UTC), and nothing of it is kept. So a restart
//! writes the same one, and an address that somebody was sent stays good; what stands in an old log is worth nothing: a
//! code is good on its day and the next. When there is somebody who can sign in, there is none.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use tracing::warn;

use super::guesses::Guess;
use super::{Admin, AdminError, Fault};
use crate::domain::Timestamp;
use crate::secrets::Secret;
use crate::store::Store;

/// Without the letters that people take for one another.
const LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 12;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// The code of the day before is good too.
const GOOD_DAYS: i64 = 2;
/// One that is not older than this is told that its time is over, and not that it is wrong.
const KNOWN_DAYS: i64 = 60;

impl Admin {
    /// The code for the first administrator while there is nobody yet.
    pub async fn setup_code(&self) -> Result<Option<Secret>, AdminError> {
        if self.has_users().await? {
            return Ok(None);
        }
        Ok(Some(of_day(&self.store, day(Timestamp::now()))))
    }

    /// Whether this is the code.
    pub(super) async fn check_setup_code(
        &self,
        given: &str,
        address: Option<IpAddr>,
    ) -> Result<(), AdminError> {
        let guess = Guess::Setup { address };
        self.access.guesses.take(&guess)?;
        let today = day(Timestamp::now());
        let Some(age) = (0..KNOWN_DAYS).find(|age| is_same(&of_day(&self.store, today - age), given)) else {
            warn!(address = address.map(tracing::field::display), "a wrong setup code was refused");
            self.note_refused("setup_code", None, address).await;
            return Err(AdminError::invalid("code", Fault::CodeWrong));
        };
        self.access.guesses.was_right(&guess);
        if age >= GOOD_DAYS {
            return Err(AdminError::invalid("code", Fault::CodeOver));
        }
        Ok(())
    }
}

fn day(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY_MICROS)
}

fn of_day(store: &Store, day: i64) -> Secret {
    let bytes = store.lookup_hash("setup code", &day.to_string(), &Secret::new(""));
    let letters = bytes.iter().take(LENGTH).enumerate().map(|(at, byte)| {
        let letter = char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
        if at > 0 && at.is_multiple_of(4) { format!("-{letter}") } else { letter.to_string() }
    });
    Secret::new(letters.collect::<String>())
}

/// Hashes are compared, so that the time tells nothing of how much of it was right.
fn is_same(code: &Secret, given: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let hash = |text: &str| Sha256::digest(plain(text).to_ascii_uppercase());
    hash(code.expose()) == hash(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_however_it_is_typed() {
        let code = Secret::new("ABCD-EFGH-2345");
        for given in ["ABCD-EFGH-2345", "abcdefgh2345", " ABCD EFGH 2345 "] {
            assert!(is_same(&code, given), "{given}");
        }
        for given in ["", "ABCD-EFGH-234", "ABCD-EFGH-2346"] {
            assert!(!is_same(&code, given), "{given}");
        }
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        assert_eq!([-1, 0, DAY_MICROS - 1, DAY_MICROS].map(|at| day(Timestamp(at))), [-1, 0, 0, 1]);
    }
}
