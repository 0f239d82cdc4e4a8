//! What a person may say of a contact point, and how it becomes one.
//!
//! What must hold here: a secret is kept only where it still belongs: an address that comes back as it was shown is the stored one,
//! and a token stays with its service, which never changes.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::bounds::{Version, WebUrl};
use super::credentials::made_secret;
use super::fault::{Expected, Fault, Faults};
use super::needed::Needs;
use super::place::Place;
use super::webhook_input::HeaderText;
use crate::domain::bounds::{List, Name};
use crate::domain::contact_point::{
    ChannelKind, ChannelSettings, EmailAddress, EmailAddresses, SecretUrl, TelegramChat, TelegramToken,
    TelegramTopic,
};
use crate::domain::{CompanyId, Lang, MaskedUrl, ValueFault, WebhookUrl};
use crate::secrets::{Secret, SigningText};
use crate::store::{Credentials, SigningSecret};

type AddressText = WebUrl<{ WebhookUrl::LONGEST }>;

/// The fields of a contact point. `name` and `kind` are needed, and what the service asks for: `to` for `email`; `token` and `chat` for
/// `telegram`; `url` for every other.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPointInput {
    /// The company whose it is; absent or `null` for one of the whole installation, which only who sees all companies can make. It
    /// does not change.
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    /// At most 120 characters.
    #[schema(value_type = Option<Name>, inline)]
    pub name: Option<String>,
    /// The language of what is sent, `pt-BR` or `en`; that of whoever makes it, if not said.
    #[schema(value_type = Option<Lang>, inline)]
    pub lang: Option<String>,
    /// Over which service; it does not change.
    #[schema(value_type = Option<ChannelKind>, inline)]
    pub kind: Option<String>,
    /// Of `email`: 1 to 20 addresses.
    #[schema(value_type = Option<EmailAddresses>, inline)]
    pub to: Option<Vec<String>>,
    /// Of `telegram`: the number of a chat, or the `@name` of a public group or channel.
    #[schema(value_type = Option<TelegramChat>, inline)]
    pub chat: Option<String>,
    /// Of `telegram`: a topic of the group; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<TelegramTopic>, inline)]
    pub thread: Option<Option<i64>>,
    /// Of `telegram`: the robot's token; kept as a secret.
    #[schema(value_type = Option<TelegramToken>, inline)]
    pub token: Option<Secret>,
    /// Of `slack`, `teams`, `google_chat`, `discord`: the whole address of the incoming webhook, kept as a secret and shown as
    /// `https://hooks.slack.com/…`. Of `webhook`: where events are sent; values of its query are kept as secrets. One that comes back
    /// as it was shown stays as it is.
    #[schema(value_type = Option<AddressText>, inline)]
    pub url: Option<String>,
    /// Of `webhook`: what signs. One is made if it is not said, and shown in the answer only.
    #[schema(value_type = Option<HeaderText>, inline)]
    pub secret: Option<Secret>,
    /// Which saved state the caller edited; refused when someone else changed it meanwhile.
    #[schema(value_type = Option<Version>, inline)]
    pub version: Option<i64>,
}

#[expect(clippy::option_option, reason = "absent, null and a value are three things here")]
fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Needs for ContactPointInput {
    const FIELDS: &'static [&'static str] = &["name", "kind"];

    fn has(&self, field: &str) -> bool {
        match field {
            "name" => self.name.is_some(),
            "kind" => self.kind.is_some(),
            _ => true,
        }
    }
}

/// A contact point as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedPoint {
    pub name: String,
    pub lang: Lang,
    pub channel: ChannelSettings,
    pub credentials: Credentials,
}

/// What may be saved.
pub(super) struct CheckedPoint {
    pub wanted: WantedPoint,
    /// The signing secret that was made here, for whoever has to be told.
    pub made: Option<String>,
}

impl ContactPointInput {
    /// What is stored, or a new one in the language `usual`, with what is right of this. Every fault of every field is noted.
    pub(super) fn check(
        &self,
        stored: Option<&WantedPoint>,
        usual: Lang,
        faults: &mut Faults,
    ) -> Option<CheckedPoint> {
        if stored.is_none() {
            self.check_needed(faults);
        }
        let name = match (&self.name, stored) {
            (Some(raw), _) => faults.check("name", Name::check(raw)),
            (None, stored) => stored.map(|stored| stored.name.clone()),
        };
        let lang = match &self.lang {
            Some(raw) => faults.check("lang", lang(raw)),
            None => Some(stored.map_or(usual, |stored| stored.lang)),
        };
        let kind = self.kind(stored, faults)?;
        self.refuse_others(kind, faults);
        let mut credentials = stored.map(|stored| stored.credentials.clone()).unwrap_or_default();
        let before = stored.map(|stored| &stored.channel);
        let channel = match kind {
            ChannelKind::Email => self.email(before, faults),
            ChannelKind::Telegram => self.telegram(before, &mut credentials, faults),
            ChannelKind::Webhook => self.webhook(before, &mut credentials, faults),
            _ => self.secret_url(kind, before, &mut credentials, faults),
        };
        let made = (kind == ChannelKind::Webhook && credentials.signing.is_empty()).then(made_secret);
        if let Some(made) = &made {
            let secret = Secret::new(made.as_str());
            credentials.signing = vec![SigningSecret { secret, not_after: None }];
        }
        let wanted = WantedPoint { name: name?, lang: lang?, channel: channel?, credentials };
        Some(CheckedPoint { wanted, made })
    }

    fn kind(&self, stored: Option<&WantedPoint>, faults: &mut Faults) -> Option<ChannelKind> {
        let one_of = |allowed: String| Fault::Value(ValueFault::NotOne { allowed });
        let given = match &self.kind {
            Some(raw) => {
                let kind = ChannelKind::parse(raw).ok_or_else(|| one_of(ChannelKind::words()));
                Some(faults.check("kind", kind)?)
            }
            None => None,
        };
        match (given, stored.map(|stored| stored.channel.kind())) {
            (Some(given), Some(kind)) if given != kind => {
                faults.add("kind", one_of(kind.as_str().to_owned()));
                None
            }
            (given, stored) => given.or(stored),
        }
    }

    /// What is asked for by other services only.
    fn refuse_others(&self, kind: ChannelKind, faults: &mut Faults) {
        let is_url = !matches!(kind, ChannelKind::Email | ChannelKind::Telegram);
        let given = [
            ("to", self.to.is_some(), kind == ChannelKind::Email),
            ("chat", self.chat.is_some(), kind == ChannelKind::Telegram),
            ("thread", self.thread.flatten().is_some(), kind == ChannelKind::Telegram),
            ("token", self.token.is_some(), kind == ChannelKind::Telegram),
            ("url", self.url.is_some(), is_url),
            ("secret", self.secret.is_some(), kind == ChannelKind::Webhook),
        ];
        for (field, _, _) in given.into_iter().filter(|(_, given, belongs)| *given && !belongs) {
            faults.add(field, Fault::Unknown);
        }
    }

    fn email(&self, before: Option<&ChannelSettings>, faults: &mut Faults) -> Option<ChannelSettings> {
        let Some(raw) = &self.to else { return kept(before, "to", faults) };
        let is_of_length = faults.check("to", EmailAddresses::check(raw.len())).is_some();
        let mut to: Vec<EmailAddress> = Vec::new();
        let mut all_right = is_of_length;
        for (at, raw) in raw.iter().take(EmailAddresses::MOST).enumerate() {
            match faults.check(Place::from("to").at(at), EmailAddress::parse(raw)) {
                Some(address) if !to.contains(&address) => to.push(address),
                Some(_) => {}
                None => all_right = false,
            }
        }
        let to = List::new(to).ok().filter(|_| all_right)?;
        Some(ChannelSettings::Email { to })
    }

    fn telegram(
        &self,
        before: Option<&ChannelSettings>,
        credentials: &mut Credentials,
        faults: &mut Faults,
    ) -> Option<ChannelSettings> {
        match &self.token {
            Some(token) => {
                if let Some(token) = faults.check("token", TelegramToken::check(token.expose())) {
                    credentials.bearer = Some(Secret::new(token));
                }
            }
            None if credentials.bearer.is_none() => faults.add("token", Fault::Value(ValueFault::Missing)),
            None => {}
        }
        let stored = match before {
            Some(ChannelSettings::Telegram { chat, thread }) => Some((chat.clone(), *thread)),
            _ => None,
        };
        let chat = match (&self.chat, &stored) {
            (Some(raw), _) => faults.check("chat", TelegramChat::parse(raw)),
            (None, Some((chat, _))) => Some(chat.clone()),
            (None, None) => faults.check("chat", Err(ValueFault::Missing)),
        };
        let thread = match self.thread {
            Some(Some(number)) => Some(faults.check("thread", TelegramTopic::new(number))?),
            Some(None) => None,
            None => stored.and_then(|(_, thread)| thread),
        };
        Some(ChannelSettings::Telegram { chat: chat?, thread })
    }

    fn webhook(
        &self,
        before: Option<&ChannelSettings>,
        credentials: &mut Credentials,
        faults: &mut Faults,
    ) -> Option<ChannelSettings> {
        if let Some(secret) = &self.secret
            && let Some(text) = faults.check("secret", SigningText::parse(secret.expose()))
        {
            let secret = text.secret().clone();
            credentials.signing = vec![SigningSecret { secret, not_after: None }];
        }
        let Some(raw) = &self.url else { return kept(before, "url", faults) };
        let stored = before.and_then(ChannelSettings::shown_url).map(|shown| credentials.address(shown));
        let whole = faults.check("url", WebhookUrl::parse(raw, stored))?;
        let url = MaskedUrl::of(whole.expose());
        credentials.url = (whole.expose() != url.as_str()).then(|| Secret::new(whole.expose()));
        Some(ChannelSettings::Webhook { url })
    }

    fn secret_url(
        &self,
        kind: ChannelKind,
        before: Option<&ChannelSettings>,
        credentials: &mut Credentials,
        faults: &mut Faults,
    ) -> Option<ChannelSettings> {
        let Some(raw) = &self.url else { return kept(before, "url", faults) };
        let shown = before.and_then(ChannelSettings::shown_url);
        let is_kept = shown.is_some_and(|shown| SecretUrl::of_shown(shown).is_shown_as(raw));
        if is_kept {
            return before.cloned();
        }
        let whole = faults.check("url", WebhookUrl::parse(raw, None))?;
        // One that was shown elsewhere and cut, which leads nowhere.
        if raw.contains('…') || raw.to_ascii_uppercase().contains("%E2%80%A6") {
            faults.add("url", Fault::Hidden { key: String::new() });
            return None;
        }
        let url = SecretUrl::of(whole.expose());
        credentials.url = Some(Secret::new(whole.expose()));
        match kind {
            ChannelKind::Slack => Some(ChannelSettings::Slack { url }),
            ChannelKind::Teams => Some(ChannelSettings::Teams { url }),
            ChannelKind::GoogleChat => Some(ChannelSettings::GoogleChat { url }),
            ChannelKind::Discord => Some(ChannelSettings::Discord { url }),
            ChannelKind::Email | ChannelKind::Telegram | ChannelKind::Webhook => None,
        }
    }
}

/// What is stored stays; of a new one it is missing.
fn kept(
    before: Option<&ChannelSettings>,
    field: &'static str,
    faults: &mut Faults,
) -> Option<ChannelSettings> {
    if before.is_none() {
        faults.add(field, Fault::Value(ValueFault::Missing));
    }
    before.cloned()
}

fn lang(raw: &str) -> Result<Lang, Fault> {
    let all = [Lang::Pt, Lang::En];
    let allowed = || all.map(Lang::tag).join(", ");
    let found = all.into_iter().find(|lang| lang.tag() == raw);
    found.ok_or_else(|| Fault::Value(ValueFault::NotOne { allowed: allowed() }))
}

/// The company that a new one belongs to.
pub(super) fn company(input: &ContactPointInput, faults: &mut Faults) -> Option<CompanyId> {
    let raw = input.company_id.as_deref()?;
    let fault = Fault::Malformed { expected: Expected::CompanyId };
    faults.check("company_id", raw.parse().map_err(|_| fault))
}

#[cfg(test)]
mod tests {
    use super::super::fault::FieldFault;
    use super::*;

    fn check(json: &str, stored: Option<&WantedPoint>) -> Result<CheckedPoint, Vec<(String, &'static str)>> {
        let input: ContactPointInput = serde_json::from_str(json).expect("the fields' types fit");
        let mut faults = Faults::default();
        let checked = input.check(stored, Lang::Pt, &mut faults);
        let told = |faults: Vec<FieldFault>| {
            faults.into_iter().map(|it| (it.field, it.fault.code())).collect::<Vec<_>>()
        };
        faults.done().map_err(told)?;
        Ok(checked.expect("without a fault there is one"))
    }

    fn wrong(json: &str, stored: Option<&WantedPoint>) -> Vec<(String, &'static str)> {
        check(json, stored).map(|_| ()).expect_err("it is wrong")
    }

    fn at<const N: usize>(faults: [(&str, &'static str); N]) -> Vec<(String, &'static str)> {
        faults.into_iter().map(|(field, code)| (field.to_owned(), code)).collect()
    }

    const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

    #[test]
    fn each_service_asks_for_its_own_and_every_wrong_field_is_named() {
        assert_eq!(wrong("{}", None), at([("name", "missing"), ("kind", "missing")]));
        assert_eq!(wrong(r#"{"name":"a","kind":"sms"}"#, None), at([("kind", "not_one_of")]));
        assert_eq!(wrong(r#"{"name":"a","kind":"email"}"#, None), at([("to", "missing")]));
        assert_eq!(
            wrong(
                r#"{"name":"","lang":"de","kind":"email","to":["a@b.co","x","y@"],"url":"https://a.example"}"#,
                None
            ),
            at([
                ("name", "missing"),
                ("lang", "not_one_of"),
                ("url", "unknown_field"),
                ("to[1]", "not_an_email"),
                ("to[2]", "not_an_email")
            ])
        );
        assert_eq!(
            wrong(r#"{"name":"a","kind":"telegram","thread":0}"#, None),
            at([("token", "missing"), ("chat", "missing"), ("thread", "out_of_range")])
        );
        assert_eq!(
            wrong(r#"{"name":"a","kind":"slack","url":"x","secret":"s"}"#, None),
            at([("secret", "unknown_field"), ("url", "not_a_url")])
        );
    }

    #[test]
    fn secrets_are_kept_apart_from_what_is_shown() {
        let slack = r#"{"name":"a","kind":"slack","url":"https://hooks.slack.com/services/T/B/SECRET"}"#;
        let slack = check(slack, None).expect("right").wanted;
        assert_eq!(slack.channel.shown_url(), Some("https://hooks.slack.com/…"));
        let whole = slack.credentials.url.as_ref().map(Secret::expose);
        assert_eq!(whole, Some("https://hooks.slack.com/services/T/B/SECRET"));

        let same =
            check(r#"{"name":"b","url":"https://hooks.slack.com/…"}"#, Some(&slack)).expect("right").wanted;
        assert_eq!((same.name.as_str(), &same.credentials), ("b", &slack.credentials));
        assert_eq!(wrong(r#"{"url":"https://other.example/…"}"#, Some(&slack)), at([("url", "hidden")]));
        assert_eq!(wrong(r#"{"kind":"teams"}"#, Some(&slack)), at([("kind", "not_one_of")]));

        let robot = format!(r#"{{"name":"a","kind":"telegram","chat":"-5","thread":3,"token":"{TOKEN}"}}"#);
        let robot = check(&robot, None).expect("right").wanted;
        let moved = check(r#"{"chat":"@plantao","thread":null}"#, Some(&robot)).expect("right").wanted;
        assert_eq!(moved.credentials.bearer.as_ref().map(Secret::expose), Some(TOKEN));
        let chat = TelegramChat::parse("@plantao").expect("a chat");
        assert_eq!(moved.channel, ChannelSettings::Telegram { chat, thread: None });
    }

    #[test]
    fn a_webhook_signs_from_the_beginning() {
        let url = r#"{"name":"a","kind":"webhook","url":"https://a.example/x?code=SECRET"}"#;
        let made = check(url, None).expect("right");
        let secret = made.made.expect("one was made");
        assert_eq!(made.wanted.credentials.signing[0].secret.expose(), secret);
        let kept = check(r#"{"url":"https://a.example/y?code=…"}"#, Some(&made.wanted)).expect("right");
        assert!(kept.made.is_none());
        assert_eq!(kept.wanted.credentials.signing, made.wanted.credentials.signing);
        assert_eq!(
            kept.wanted.credentials.url.as_ref().map(Secret::expose),
            Some("https://a.example/y?code=SECRET")
        );
        let own = check(r#"{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}"#, Some(&made.wanted))
            .expect("right");
        assert_eq!(
            own.wanted.credentials.signing[0].secret.expose(),
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        );
    }
}
