//! What a webhook is to be: what is stored with what an input changes. Every door saves what was made here, and the panel's
//! preview shows it.
//!
//! What must hold here: nothing that is stored goes to another server without being typed again. A changed scheme, host or port
//! asks for the bearer token and the headers, and hidden values of the address are not put back; the signing secret, which is
//! never sent, stays.

use super::AdminError;
use super::fault::{Fault, Faults, FieldFault};
use super::place::Place;
use super::webhook_input::{Judged, WebhookInput};
use crate::domain::{MaskedUrl, Origin, WebhookSettings, Wishes};
use crate::secrets::Secret;
use crate::store::Credentials;

/// A webhook as it is stored: the address among the settings is the shown one, and the credentials hold the whole of it where
/// the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub settings: WebhookSettings,
    pub wishes: Wishes,
    pub credentials: Credentials,
}

impl Wanted {
    /// What is stored, or a new webhook, with what the input changes. Every fault of every field is told.
    pub fn with(input: &WebhookInput, stored: Option<&Wanted>) -> Result<Self, Vec<FieldFault>> {
        let before = stored.cloned().map(|stored| Judged {
            address: stored.address().to_owned(),
            settings: stored.settings,
            wishes: stored.wishes,
        });
        let mut faults = Faults::default();
        let Judged { settings, address, wishes } = input.judge(before, &mut faults);
        if let Some(stored) = stored
            && Origin::of(stored.address()) != Origin::of(&address)
        {
            ask_again(input, &stored.credentials, &mut faults);
        }
        faults.done()?;
        let before = stored.map(|stored| stored.credentials.clone()).unwrap_or_default();
        let credentials = input.credentials(&before).unwrap_or(before);
        Ok(Self { settings, wishes, credentials }.at(&address))
    }

    /// What an input comes to, unless something of it is wrong or has to be asked about: then all of that is told at once.
    pub fn unless_asked(
        judged: Result<Self, Vec<FieldFault>>,
        asked: Vec<FieldFault>,
    ) -> Result<Self, AdminError> {
        match judged {
            Ok(wanted) if asked.is_empty() => Ok(wanted),
            Ok(_) => Err(AdminError::Invalid(asked)),
            Err(faults) => Err(AdminError::Invalid(faults.into_iter().chain(asked).collect())),
        }
    }

    /// With this address, the whole of which is kept apart where it is not all shown.
    pub fn at(mut self, whole: &str) -> Self {
        self.settings.url = MaskedUrl::of(whole);
        self.credentials.url = (whole != self.settings.url.as_str()).then(|| Secret::new(whole));
        self
    }

    /// The whole address.
    pub fn address(&self) -> &str {
        self.credentials.address(self.settings.url.as_str())
    }
}

/// Faults for what would go along to another server.
fn ask_again(input: &WebhookInput, stored: &Credentials, faults: &mut Faults) {
    if stored.bearer.is_some() && input.bearer.is_none() {
        faults.add("bearer", Fault::SecretAgain);
    }
    for name in stored.headers.keys() {
        let typed = input.headers.as_ref().is_some_and(|headers| headers.contains_key(name));
        let kept = input.headers.is_none() || input.keep_headers.contains(name);
        if kept && !typed {
            faults.add(Place::from("headers").key(name), Fault::SecretAgain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Wanted {
        let input = r#"{"name":"a","url":"https://a.example/hook?code=SECRET","events":["*"],"bearer":"b-token",
            "secret":"a secret","headers":{"X-Key":"h-value"}}"#;
        Wanted::with(&serde_json::from_str(input).expect("an input"), None).expect("right")
    }

    fn with(input: &str) -> Result<Wanted, Vec<(String, &'static str)>> {
        let input: WebhookInput = serde_json::from_str(input).expect("an input");
        let faults =
            |faults: Vec<FieldFault>| faults.into_iter().map(|f| (f.field, f.fault.code())).collect();
        Wanted::with(&input, Some(&stored())).map_err(faults)
    }

    #[test]
    fn the_settings_show_an_address_and_the_credentials_hold_it() {
        let stored = stored();
        assert_eq!(stored.settings.url.as_str(), "https://a.example/hook?code=…");
        assert_eq!(stored.address(), "https://a.example/hook?code=SECRET");
        assert_eq!(with("{}"), Ok(stored.clone()));
        assert_eq!(with(r#"{"url":"https://a.example/hook?code=…"}"#), Ok(stored));
        let plain = with(r#"{"url":"https://a.example/other"}"#).expect("the same server");
        assert_eq!((plain.address(), &plain.credentials.url), ("https://a.example/other", &None));
        let other = with(r#"{"url":"https://a.example/other?code=…"}"#).expect("the same server");
        assert_eq!(other.address(), "https://a.example/other?code=SECRET");
    }

    #[test]
    fn nothing_stored_goes_to_another_server_untyped() {
        let again = |field: &str| (field.to_owned(), "secret_again");
        for url in ["https://b.example/", "http://a.example/", "https://a.example:8443/"] {
            let moved = with(&format!(r#"{{"url":"{url}"}}"#));
            assert_eq!(moved, Err(vec![again("bearer"), again("headers.X-Key")]), "{url}");
            let masked = with(&format!(r#"{{"url":"{url}?code=…","bearer":null,"headers":{{}}}}"#));
            assert_eq!(masked, Err(vec![("url".into(), "hidden")]), "{url}");
        }
        let typed = r#"{"url":"https://b.example/","bearer":"new","headers":{"X-Other":"1"}}"#;
        let moved = with(typed).expect("all of it was typed");
        assert_eq!(moved.credentials.bearer, Some(Secret::new("new")));
        assert_eq!(moved.credentials.headers.keys().collect::<Vec<_>>(), ["X-Other"]);
        assert_eq!(moved.credentials.signing, stored().credentials.signing, "it is not sent");
        let mut kept: WebhookInput =
            serde_json::from_str(r#"{"url":"https://b.example/","bearer":null,"headers":{}}"#)
                .expect("an input");
        kept.keep_headers = vec!["X-Key".into()];
        let faults = Wanted::with(&kept, Some(&stored())).expect_err("it would go along");
        assert_eq!(faults[0].field, "headers.X-Key");
    }
}
