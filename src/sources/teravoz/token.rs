//! The token in the address: made by us, repeated by Teravoz with every post.

use rand::{CryptoRng, RngExt};

use crate::secrets::Secret;
use crate::sources::settings::SettingFault;
use crate::texts::msg;

/// The key of the address's query.
pub const KEY: &str = "token";

/// Characters of a token: who guesses has to guess them all.
pub const LEAST: usize = 24;
pub const MOST: usize = 64;
/// Of a token that is made here.
const ISSUED: usize = 32;

/// A new token of letters and digits.
pub fn issue(random: &mut impl CryptoRng) -> Secret {
    const CHARACTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut character = || char::from(CHARACTERS[random.random_range(0..CHARACTERS.len())]);
    Secret::new((0..ISSUED).map(|_| character()).collect::<String>())
}

/// Checks a token that a person chose. The refusal does not show it.
pub fn judge(raw: &str) -> Result<String, SettingFault> {
    let token = raw.trim();
    let given = token.chars().count();
    let message = if !(LEAST..=MOST).contains(&given) {
        msg("teravoz-token-length").with("least", LEAST).with("most", MOST).with("given", given.to_string())
    } else if !token.bytes().all(stands_in_a_query) {
        msg("teravoz-token-characters")
    } else {
        return Ok(token.to_owned());
    };
    Err(SettingFault::Own { code: "token_shape", message })
}

/// Whether nobody on the way spells it otherwise (RFC 3986, section 2.3).
fn stands_in_a_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The token that a request shows, if it can be one at all.
pub fn presented(shown: Option<&[u8]>) -> Option<&str> {
    let token = std::str::from_utf8(shown?).ok()?;
    let may_be = (LEAST..=MOST).contains(&token.len()) && token.bytes().all(stands_in_a_query);
    may_be.then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "aB3dE5gH7jK9mN1pQ3sT5vX7";

    #[test]
    fn a_token_stands_in_an_address_as_it_is() {
        assert_eq!(judge(&format!(" {TOKEN}\n")).as_deref(), Ok(TOKEN));
        let longest = TOKEN.repeat(3);
        for wrong in ["", "short", &longest, "aB3dE5gH7jK9mN1pQ3sT5vX&", "aB3dE5gH7jK9mN1pQ3sT5vç7"] {
            let Err(SettingFault::Own { code: "token_shape", .. }) = judge(wrong) else {
                panic!("{wrong} is taken")
            };
            assert_eq!(presented(Some(wrong.as_bytes())), None);
        }
    }

    #[test]
    fn issued_tokens_are_tokens_and_differ() {
        let mut random = rand::rng();
        let (one, other) = (issue(&mut random), issue(&mut random));
        assert_eq!(judge(one.expose()).as_deref(), Ok(one.expose()));
        assert_ne!(one, other);
    }

    #[test]
    fn an_address_without_a_token_presents_none() {
        assert_eq!(presented(None), None);
        assert_eq!(presented(Some(b"\xff\xff")), None);
        assert_eq!(presented(Some(TOKEN.as_bytes())), Some(TOKEN));
    }
}
