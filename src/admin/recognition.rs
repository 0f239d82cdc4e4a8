//! Browsers in which a login was signed in before: a signed note that the browser keeps for long, so that its tries are its
//! own and no stranger can use them up.
//!
//! What must hold here: the note opens nothing, it only counts guesses apart; it is for one login, cannot be made without the
//! database's keys, and ends. It names nobody: of the login it holds a keyed hash, mixed with a random part.

use std::time::Duration;

use super::guesses::Digest;
use super::sign_in::hash;
use super::sources::random_text;
use crate::domain::Timestamp;
use crate::secrets::Secret;
use crate::store::Store;

/// How long a note is good for after the last sign-in.
pub const REMEMBERED_FOR: Duration = Duration::from_hours(180 * 24);
/// Logins that one browser keeps notes of.
const MOST: usize = 4;
const RANDOM: usize = 16;

/// What a browser keeps: notes joined by dots, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes(Vec<String>);

impl Notes {
    /// Reads what a browser sent; what is no note is left out.
    pub fn parse(text: &str) -> Self {
        let is_note = |note: &&str| {
            (1..=120).contains(&note.len()) && note.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        Self(text.split('.').filter(is_note).take(MOST).map(str::to_owned).collect())
    }

    pub fn text(&self) -> Secret {
        Secret::new(self.0.join("."))
    }

    /// What guesses of this login are counted by in this browser, if it was signed in here before.
    pub fn of(&self, store: &Store, login: &str, now: Timestamp) -> Option<Digest> {
        let found = self.0.iter().find(|note| is_good(store, note, login, now))?;
        Some(hash(found))
    }

    /// With a new note of this login, which takes the place of an older one.
    #[must_use]
    pub fn with(&self, store: &Store, login: &str, now: Timestamp) -> Self {
        let (random, ends) = (random_text(RANDOM), now.plus(REMEMBERED_FOR).unix_seconds());
        let signed = signature(store, login, &random, &ends.to_string());
        let others = self.0.iter().filter(|note| !is_good(store, note, login, now)).cloned();
        let notes = std::iter::once(format!("{random}-{ends}-{signed}")).chain(others);
        Self(notes.take(MOST).collect())
    }
}

fn is_good(store: &Store, note: &str, login: &str, now: Timestamp) -> bool {
    let mut parts = note.splitn(3, '-');
    let (Some(random), Some(ends), Some(signed)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let lasts = ends.parse::<i64>().is_ok_and(|ends| now.unix_seconds() < ends);
    // Hashes are compared, so that the time tells nothing of how much of it was right.
    lasts && hash(signed) == hash(&signature(store, login, random, ends))
}

fn signature(store: &Store, login: &str, random: &str, ends: &str) -> String {
    let said = Secret::new(format!("{random} {ends} {login}"));
    hex::encode(&store.lookup_hash("signed in before", "", &said)[..16])
}
