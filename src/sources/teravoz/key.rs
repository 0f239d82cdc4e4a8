//! The key in the address, if a source has one: chosen by a person, repeated by Teravoz with every post.

use crate::sources::settings::SettingFault;
use crate::texts::msg;

/// Where it stands in the address's query.
pub const KEY: &str = "key";

/// Characters of a key.
pub const LEAST: usize = 8;
pub const MOST: usize = 64;

/// Checks a key; an empty one takes the stored one away. The refusal does not show it.
pub fn judge(raw: &str) -> Result<String, SettingFault> {
    let key = raw.trim();
    let given = key.chars().count();
    let message = if key.is_empty() {
        return Ok(String::new());
    } else if !(LEAST..=MOST).contains(&given) {
        msg("teravoz-key-length").with("least", LEAST).with("most", MOST).with("given", given.to_string())
    } else if !key.bytes().all(stands_in_a_query) {
        msg("teravoz-key-characters")
    } else {
        return Ok(key.to_owned());
    };
    Err(SettingFault::Own { code: "token_shape", message })
}

/// Whether nobody on the way spells it otherwise (RFC 3986, section 2.3).
fn stands_in_a_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The key that a request shows, if it can be one at all.
pub fn presented(shown: Option<&[u8]>) -> Option<&str> {
    let key = std::str::from_utf8(shown?).ok()?;
    let may_be = (LEAST..=MOST).contains(&key.len()) && key.bytes().all(stands_in_a_query);
    may_be.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aB3d~_.-";

    #[test]
    fn a_key_stands_in_an_address_as_it_is() {
        assert_eq!(judge(&format!(" {KEY}\n")).as_deref(), Ok(KEY));
        assert_eq!(judge(" ").as_deref(), Ok(""), "it is taken away");
        let longest = KEY.repeat(9);
        for wrong in ["curta", &longest, "aB3dE5gH&", "aB3dE5gHç", "a b c d e f"] {
            let Err(SettingFault::Own { code: "token_shape", .. }) = judge(wrong) else {
                panic!("{wrong} is taken")
            };
            assert_eq!(presented(Some(wrong.as_bytes())), None);
        }
    }

    #[test]
    fn an_address_without_a_key_presents_none() {
        assert_eq!(presented(None), None);
        assert_eq!(presented(Some(b"")), None);
        assert_eq!(presented(Some(b"\xff\xff\xff\xff\xff\xff\xff\xff")), None);
        assert_eq!(presented(Some(KEY.as_bytes())), Some(KEY));
    }
}
