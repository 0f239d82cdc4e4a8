//! Values replaced by a mask, in place; every other byte stays.

use std::borrow::Borrow;

use ahash::AHashSet;
use bytes::Bytes;

use super::scan::{skip_space, string_end, value_end};
use super::text::decode;

/// What stands where a value was.
pub const MASK: &str = "\"***\"";

/// So many keys are compared with one by one; of more a set is made.
const FEW_KEYS: usize = 8;

/// Keys whose values a person or a log does not see, in lower case: usual names for what is secret.
const SECRET_KEYS: &[&str] = &[
    "access_token",
    "api_key",
    "api_token",
    "apikey",
    "authorization",
    "auth_token",
    "authtoken",
    "bearer",
    "client_secret",
    "password",
    "private_key",
    "refresh_token",
    "secret",
    "senha",
    "token",
    "webhook_secret",
    "x-api-key",
];

/// Whether a key's value is a secret by its name, in any letter case; `others` are names that only somebody's payloads have.
pub fn is_secret_key(key: &str, others: &[&str]) -> bool {
    SECRET_KEYS.iter().chain(others).any(|secret| secret.eq_ignore_ascii_case(key))
}

/// The text with the value of every listed key replaced by [`MASK`], wherever it stands and whatever it is. Without a
/// match it is the same bytes.
pub fn redact(json: &Bytes, keys: &[impl Borrow<str>]) -> Bytes {
    if keys.is_empty() {
        return json.clone();
    }
    if keys.len() <= FEW_KEYS {
        return replaced(json, |key| keys.iter().any(|wanted| wanted.borrow() == key));
    }
    let keys: AHashSet<&str> = keys.iter().map(Borrow::borrow).collect();
    replaced(json, |key| keys.contains(key))
}

/// The text as people and logs may see it: values of secret-looking keys ([`is_secret_key`]) replaced.
pub fn masked_for_display(json: &Bytes, others: &[&str]) -> Bytes {
    replaced(json, |key| is_secret_key(key, others))
}

fn replaced(json: &Bytes, is_wanted: impl Fn(&str) -> bool) -> Bytes {
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(quote) = json[at..].iter().position(|byte| *byte == b'"') {
        let open = at + quote;
        let Some((end, _)) = string_end(json, open) else { break };
        let colon = skip_space(json, end);
        // In JSON a colon outside a string stands behind a key and nowhere else, so no nesting need be tracked.
        if json.get(colon) != Some(&b':') || !is_wanted(&decode(&json[open..end])) {
            at = end;
            continue;
        }
        let start = skip_space(json, colon + 1);
        // A value without an end (the text is broken) is masked to the end of the text: it may still be a secret.
        at = value_end(json, start).unwrap_or(json.len());
        out.extend_from_slice(&json[copied..start]);
        out.extend_from_slice(MASK.as_bytes());
        copied = at;
    }
    if copied == 0 {
        return json.clone();
    }
    out.extend_from_slice(&json[copied..]);
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use super::super::validate;
    use super::*;

    fn redacted(json: &str, keys: &[&str]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        String::from_utf8(redact(&Bytes::copy_from_slice(json.as_bytes()), &keys).to_vec()).expect("text")
    }

    #[test]
    fn only_the_values_of_listed_keys_change() {
        let json =
            r#"{ "phone" :  "5511", "b":[{"phone":{"x":["}"]}},"phone"],"\u0070hone":1.0 , "c":"phone"}"#;
        let expected =
            r#"{ "phone" :  "***", "b":[{"phone":"***"},"phone"],"\u0070hone":"***" , "c":"phone"}"#;
        assert_eq!(redacted(json, &["phone", "x"]), expected);
        assert_eq!(redacted(json, &["Phone"]), json);
        let many = ["phone", "q", "w", "e", "r", "t", "y", "u", "i", "o"];
        assert_eq!(redacted(json, &many), redacted(json, &many[..1]));
        assert_eq!(redacted(r#"{"a":null}"#, &["a"]), r#"{"a":"***"}"#);
    }

    #[test]
    fn a_broken_text_leaks_nothing_behind_a_listed_key() {
        assert_eq!(redacted(r#"{"a":"sec"#, &["a"]), r#"{"a":"***""#);
        assert_eq!(redacted(r#"{"a":{"b":"sec"#, &["a"]), r#"{"a":"***""#);
    }

    #[test]
    fn secrets_of_the_provider_are_masked() {
        let json = Bytes::from_static(br#"{"agent":{"api_token":"T0K3N","Extension_Password":"p","id":1}}"#);
        let shown = masked_for_display(&json, &["extension_password"]);
        assert_eq!(&*shown, br#"{"agent":{"api_token":"***","Extension_Password":"***","id":1}}"#);
        assert!(is_secret_key("Authorization", &[]));
        assert!(!is_secret_key("agent", &[]));
    }

    proptest::proptest! {
        #[test]
        fn without_keys_it_is_the_identity(bytes: Vec<u8>) {
            let json = Bytes::from(bytes);
            proptest::prop_assert_eq!(redact(&json, &[""; 0]), json);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, key: String) {
            let _ = redact(&Bytes::from(bytes), &[key]);
        }

        #[test]
        fn well_formed_text_stays_well_formed(text in r#"[\[\]{}",:\\a1 ]{0,14}"#) {
            let json = Bytes::from(text);
            if validate(&json).is_ok() {
                proptest::prop_assert!(validate(&redact(&json, &["a".to_owned(), "1".to_owned()])).is_ok());
            }
        }
    }
}
