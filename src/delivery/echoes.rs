//! What an answer repeats of the request's own secrets.
//!
//! What must hold here: nobody reads in an answer that is shown or kept what they may not read where it is stored. Servers
//! write the address that was asked for into redirects and error pages, and some repeat every header. (A value that comes
//! back written in another way, as base64 or in pieces, is not recognised.)

use bytes::Bytes;
use memchr::memmem;
use url::Url;

use crate::secrets::Secret;
use crate::store::Credentials;

/// Shorter values are no secrets, and stand in too many answers by chance.
const SHORTEST: usize = 6;
/// As hidden values of an address are shown.
const HIDDEN: &str = "…";

/// The secrets that go out with a webhook's requests.
pub struct Echoes(Vec<Secret>);

impl Echoes {
    /// Of the address's query, the bearer token and the headers. (What signs is never sent.)
    pub fn of(url: &Url, credentials: &Credentials) -> Self {
        let pieces = url.query().into_iter().flat_map(|query| query.split('&'));
        let written = pieces.map(|piece| piece.split_once('=').map_or(piece, |(_, value)| value).to_owned());
        let decoded = url.query_pairs().map(|(_, value)| value.into_owned());
        let of_address = written.chain(decoded).map(Secret::new);
        Self::of_secrets(
            of_address.chain(credentials.bearer.clone()).chain(credentials.headers.values().cloned()),
        )
    }

    /// Of these themselves.
    pub fn of_secrets(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut all: Vec<_> = secrets.into_iter().collect();
        all.retain(|secret| secret.expose().len() >= SHORTEST);
        // Of two that begin alike the longer is looked for first.
        all.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        all.dedup_by(|one, other| one.expose() == other.expose());
        Self(all)
    }

    /// The answer without them.
    pub fn hidden_in(&self, answer: Bytes) -> Bytes {
        self.0.iter().fold(answer, |answer, secret| replaced(answer, secret.expose().as_bytes()))
    }
}

fn replaced(answer: Bytes, secret: &[u8]) -> Bytes {
    let mut found = memmem::find_iter(&answer, secret).peekable();
    if found.peek().is_none() {
        drop(found);
        return answer;
    }
    let (mut hidden, mut from) = (Vec::with_capacity(answer.len()), 0);
    for at in found {
        hidden.extend_from_slice(&answer[from..at]);
        hidden.extend_from_slice(HIDDEN.as_bytes());
        from = at + secret.len();
    }
    hidden.extend_from_slice(&answer[from..]);
    hidden.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_as_a_secret_is_hidden_in_the_answer() {
        let url =
            Url::parse("https://a.example/hook?code=abc%2Fdef%3D&empresa=1&bare-secret-key").expect("a URL");
        let credentials = Credentials {
            bearer: Some("bearer-token".into()),
            headers: [("X-Key".to_owned(), "bearer-token-2".into()), ("X-Short".to_owned(), "12345".into())]
                .into(),
            ..Credentials::default()
        };
        let echoes = Echoes::of(&url, &credentials);
        for (answer, hidden) in [
            (
                "Moved to <a href=\"/hook?code=abc%2Fdef%3D&amp;empresa=1\">",
                "Moved to <a href=\"/hook?code=…&amp;empresa=1\">",
            ),
            ("abc/def= and abc/def= bare-secret-key", "… and … …"),
            (
                "Authorization: Bearer bearer-token, X-Key: bearer-token-2",
                "Authorization: Bearer …, X-Key: …",
            ),
            ("12345 and empresa=1 stay", "12345 and empresa=1 stay"),
            ("", ""),
        ] {
            assert_eq!(echoes.hidden_in(Bytes::copy_from_slice(answer.as_bytes())), hidden);
        }
    }
}
