//! The token in the header: issued by us, sent by Tellicon.

use rand::{CryptoRng, RngExt};

use crate::domain::Lang;
use crate::secrets::Secret;
use crate::texts::{Message, msg};

/// The name of the header as HTTP libraries store it; documented as `authTokenTellicon`.
pub const AUTH_HEADER: &str = "authtokentellicon";

/// Characters of a token, no more and no less.
pub const TOKEN_LENGTH: usize = 24;

/// Why a text cannot be a Tellicon token. Never shows the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum TokenShapeError {
    Length(usize),
    Characters,
}

impl TokenShapeError {
    /// One sentence for people.
    pub fn message(self) -> Message {
        match self {
            Self::Length(given) => {
                let length = msg("tellicon-token-length").with("length", TOKEN_LENGTH);
                length.with("given", given.to_string())
            }
            Self::Characters => msg("tellicon-token-characters"),
        }
    }
}

/// A new token of letters and digits.
pub fn issue_token(random: &mut impl CryptoRng) -> Secret {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut character = || char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())]);
    Secret::new((0..TOKEN_LENGTH).map(|_| character()).collect::<String>())
}

/// Checks a token that a person chose.
pub fn check_token(token: &str) -> Result<(), TokenShapeError> {
    let length = token.chars().count();
    if length != TOKEN_LENGTH {
        return Err(TokenShapeError::Length(length));
    }
    if token.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(()) } else { Err(TokenShapeError::Characters) }
}

/// The token of a request's header, if it can be one at all. `None` is answered like a wrong token: 401.
pub fn presented_token(header: Option<&[u8]>) -> Option<&str> {
    let token = std::str::from_utf8(header?).ok()?;
    check_token(token).is_ok().then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_24_visible_characters() {
        assert_eq!(check_token("abcdefghijklmnopqrstuvwx"), Ok(()));
        assert_eq!(check_token("short"), Err(TokenShapeError::Length(5)));
        assert_eq!(check_token("abcdefghijklmnopqrstuvwxy"), Err(TokenShapeError::Length(25)));
        assert_eq!(check_token("abcdefghijk mnopqrstuvwx"), Err(TokenShapeError::Characters));
        assert_eq!(check_token("abcdefghijkçmnopqrstuvwx"), Err(TokenShapeError::Characters));
    }

    #[test]
    fn issued_tokens_are_tokens_and_differ() {
        let mut random = rand::rng();
        let (one, other) = (issue_token(&mut random), issue_token(&mut random));
        assert_eq!(check_token(one.expose()), Ok(()));
        assert_ne!(one, other);
    }

    #[test]
    fn absent_and_malformed_headers_present_nothing() {
        assert_eq!(presented_token(None), None);
        assert_eq!(presented_token(Some(b"")), None);
        assert_eq!(presented_token(Some(b"\xff\xff")), None);
        assert_eq!(presented_token(Some(b"abcdefghijklmnopqrstuvwx")), Some("abcdefghijklmnopqrstuvwx"));
    }
}
