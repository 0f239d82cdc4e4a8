//! The secret that Colmeia sends with every post, and the header that it stands in: both are chosen where the connection is made.

use std::borrow::Cow;

use http::HeaderName;
use rand::RngExt;
use rand::distr::Alphanumeric;

use crate::domain::ValueFault;
use crate::secrets::Secret;
use crate::sources::settings::SettingFault;
use crate::texts::msg;

/// The header of the documents' example.
pub const USUAL_HEADER: &str = "x-cbis-secret";

/// Characters of a secret, and of one that is made here.
pub const MOST: usize = 200;
const MADE: usize = 40;
/// Characters of a header's name.
pub const LONGEST_HEADER: usize = 64;

/// Headers that say something else in every request.
const TAKEN: &[&str] = &[
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Checks a secret. The refusal does not show it.
pub fn judge(raw: &str) -> Result<String, SettingFault> {
    let secret = raw.trim();
    let given = secret.chars().count();
    let message = if secret.is_empty() {
        return Err(ValueFault::Missing.into());
    } else if given > MOST {
        return Err(ValueFault::TooLong { max: MOST }.into());
    } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        msg("colmeia-secret-characters")
    } else {
        return Ok(secret.to_owned());
    };
    Err(SettingFault::Own { code: "token_shape", message })
}

/// Checks a header's name, and spells it as it is compared; an empty one is the usual one.
pub fn judge_header(raw: &str) -> Result<String, SettingFault> {
    let name = raw.trim();
    if name.is_empty() {
        return Ok(String::new());
    }
    if name.chars().count() > LONGEST_HEADER {
        return Err(ValueFault::TooLong { max: LONGEST_HEADER }.into());
    }
    let name = name.to_ascii_lowercase();
    let is_free = !TAKEN.contains(&name.as_str());
    if HeaderName::from_bytes(name.as_bytes()).is_err() || !is_free {
        return Err(SettingFault::Own { code: "header_name", message: msg("colmeia-header-name") });
    }
    Ok(name)
}

/// The secret that a request shows, if it can be one at all.
pub fn presented(shown: Option<&[u8]>) -> Option<&str> {
    let secret = std::str::from_utf8(shown?).ok()?;
    let may_be = (1..=MOST).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic());
    may_be.then_some(secret)
}

pub fn issue() -> Secret {
    let made: String = rand::rng().sample_iter(Alphanumeric).take(MADE).map(char::from).collect();
    made.into()
}

/// The header of a source with this setting.
pub fn header(setting: Option<String>) -> Cow<'static, str> {
    setting.map_or(Cow::Borrowed(USUAL_HEADER), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_what_a_header_can_hold() {
        assert_eq!(judge(" foobaz\n").as_deref(), Ok("foobaz"));
        assert!(judge(" ").is_err(), "it is always asked for");
        let longest = "x".repeat(MOST);
        assert_eq!(judge(&longest).as_deref(), Ok(&*longest));
        for wrong in ["a b", "senhaç", "a\tb", &format!("{longest}x")] {
            assert!(judge(wrong).is_err(), "{wrong}");
            assert_eq!(presented(Some(wrong.as_bytes())), None);
        }
        assert_eq!(presented(Some(b"foobaz")), Some("foobaz"));
        assert_eq!((presented(None), presented(Some(b""))), (None, None));
        let made = issue();
        assert_eq!(judge(made.expose()).as_deref(), Ok(made.expose()));
    }

    #[test]
    fn a_header_has_a_name_that_says_nothing_else() {
        assert_eq!(judge_header(" X-CBIS-Secret ").as_deref(), Ok("x-cbis-secret"));
        assert_eq!(judge_header("").as_deref(), Ok(""));
        assert_eq!(judge_header("Authorization").as_deref(), Ok("authorization"));
        for wrong in ["Content-Type", "host", "x secret", "x:secret", "cabeçalho"] {
            assert!(judge_header(wrong).is_err(), "{wrong}");
        }
    }
}
