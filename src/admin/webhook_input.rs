//! What a person may say of a webhook, and how it becomes a webhook's settings, wishes and credentials.
//!
//! The same input serves creation (from the defaults) and change (from what is stored): a field that is absent stays
//! as it is, `null` clears what may be empty.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::bounds::{self, Version, WebUrl};
use super::fault::{Fault, Faults, FieldFault, name};
use super::needed::Needs;
use super::place::Place;
use crate::domain::bounds::{Line, Name};
use crate::domain::webhook::{
    AddedHeaders, Concurrency, EventTypes, LONGEST_HEADER_VALUE, Pause, Pauses, Rate, Redacted, RuleAt,
    Timeout, header_faults, rule_faults,
};
use crate::domain::{Format, Pattern, Rule, ValueFault, WebhookSettings, WebhookUrl, Wishes};
use crate::secrets::{BearerToken, LONGEST_CREDENTIAL, Secret, SigningText};

type AddressText = WebUrl<{ WebhookUrl::LONGEST }>;
/// What a header can carry.
pub(super) type HeaderText = Line<{ LONGEST_CREDENTIAL }>;
type Headers = bounds::Headers<{ AddedHeaders::MOST }, { LONGEST_HEADER_VALUE }>;

/// The fields of a webhook, each optional.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// At most 120 characters.
    #[schema(value_type = Option<Name>, inline)]
    pub name: Option<String>,
    /// `http` or `https`; must not lead to an internal address unless an administrator allowed the network. Values of its query
    /// are kept as secrets and shown as `?code=…`; one that comes back so stays as it is. At another scheme, host or port what is
    /// stored does not go along: `bearer`, `headers` and hidden values are asked for again (`secret_again`, `hidden`).
    #[schema(value_type = Option<AddressText>, inline)]
    pub url: Option<String>,
    /// Event types: exact names, prefixes such as `call-*`, or `*`.
    #[schema(value_type = Option<EventTypes>, inline)]
    pub events: Option<Vec<String>>,
    /// Conditions by event type, at most 200 in all; all of a type's must hold. `*` stands for every type without an entry of its own.
    pub rules: Option<BTreeMap<String, Vec<Rule>>>,
    /// `ramal`, `3c-native`, `socket2webhook` or `cloudevents`.
    #[schema(value_type = Option<Format>)]
    pub format: Option<String>,
    /// Keys whose values are replaced by `"***"` in what is sent, at most 200.
    #[schema(value_type = Option<Redacted>, inline)]
    pub redact: Option<Vec<String>>,
    /// Requests a second at most; `null` is unlimited.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Rate>, inline)]
    pub rate_per_second: Option<Option<u32>>,
    /// Requests at once, 1 to 512.
    #[schema(value_type = Option<Concurrency>, inline)]
    pub concurrency: Option<u16>,
    /// The whole exchange in seconds, 1 to 60.
    #[schema(value_type = Option<Timeout>, inline)]
    pub timeout_seconds: Option<u16>,
    /// Order per call, chat or agent.
    pub ordered: Option<bool>,
    /// Pauses between tries in seconds, 1 to 20 of them, each 1 to 86,400.
    #[schema(value_type = Option<Pauses>, inline)]
    pub retry_seconds: Option<Vec<u32>>,
    /// Sent as `Authorization: Bearer …`; `null` removes it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<HeaderText>, inline)]
    pub bearer: Option<Option<Secret>>,
    /// The key of both signatures; `null` removes it. To change it without a break use `rotate-secret`. Behind `whsec_` it is base64;
    /// without it the text itself is the key, also of `webhook-signature`: libraries of Standard Webhooks decode base64 all the
    /// same, so a secret that is base64 is best given as `whsec_…`, here and there.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<HeaderText>, inline)]
    pub secret: Option<Option<Secret>>,
    /// Custom headers; their values are kept as secrets.
    #[schema(value_type = Option<Headers>, inline)]
    pub headers: Option<BTreeMap<String, Secret>>,
    /// Stored headers that stay beside those given, for a form that knows their masks only. Not the API's.
    #[serde(skip)]
    #[schema(ignore)]
    pub keep_headers: Vec<String>,
    /// What a form says that could not be read as its field. Not the API's, which is refused while it is read.
    #[serde(skip)]
    #[schema(ignore)]
    pub unread: Vec<FieldFault>,
    /// Which saved state the caller edited; refused when someone else changed it meanwhile.
    #[schema(value_type = Option<Version>, inline)]
    pub version: Option<i64>,
}

#[expect(clippy::option_option, reason = "absent, null and a value are three things here")]
/// Tells an absent field (`None`) from `null` (`Some(None)`).
fn nullable<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

impl Needs for WebhookInput {
    const FIELDS: &'static [&'static str] = &["name", "url", "events"];

    fn has(&self, field: &str) -> bool {
        match field {
            "name" => self.name.is_some(),
            "url" => self.url.is_some(),
            "events" => self.events.is_some(),
            _ => true,
        }
    }
}

impl WebhookInput {
    /// Applies the input to settings that hold the whole address; every fault of every field is told.
    pub fn apply(&self, settings: &mut WebhookSettings, wishes: &mut Wishes) -> Result<(), Vec<FieldFault>> {
        let mut faults = Faults::default();
        faults.extend(self.unread.clone());
        self.apply_settings(settings, &mut faults);
        self.apply_wishes(wishes, &mut faults);
        self.check_secrets(&mut faults);
        faults.done()
    }

    fn apply_settings(&self, settings: &mut WebhookSettings, faults: &mut Faults) {
        if let Some(raw) = &self.name
            && let Some(name) = faults.check("name", name(raw))
        {
            settings.name = name;
        }
        if let Some(raw) = &self.url {
            let stored = Some(settings.url.as_str()).filter(|stored| !stored.is_empty());
            if let Some(url) = faults.check("url", WebhookUrl::parse(raw, stored).map_err(Fault::from)) {
                url.expose().clone_into(&mut settings.url);
            }
        }
        if let Some(concurrency) = self.concurrency
            && faults.check("concurrency", Concurrency::check(concurrency)).is_some()
        {
            settings.concurrency = concurrency;
        }
        if let Some(rate) = self.rate_per_second
            && faults.check("rate_per_second", rate.map_or(Ok(1), Rate::check)).is_some()
        {
            settings.rate_per_second = rate;
        }
        if let Some(timeout) = self.timeout_seconds
            && faults.check("timeout_seconds", Timeout::check(timeout)).is_some()
        {
            settings.timeout_seconds = timeout;
        }
        if let Some(ordered) = self.ordered {
            settings.ordered = ordered;
        }
        if let Some(pauses) = &self.retry_seconds {
            faults.check("retry_seconds", Pauses::check(pauses.len()));
            for (at, pause) in pauses.iter().enumerate() {
                faults.check(Place::from("retry_seconds").at(at), Pause::check(*pause));
            }
            settings.retry_seconds.clone_from(pauses);
        }
    }

    fn apply_wishes(&self, wishes: &mut Wishes, faults: &mut Faults) {
        if let Some(events) = &self.events {
            wishes.events = patterns(events, faults);
        }
        if let Some(rules) = &self.rules {
            for (at, fault) in rule_faults(rules) {
                faults.add(rule_place(at), fault.into());
            }
            wishes.rules.clone_from(rules);
        }
        if let Some(raw) = &self.format {
            match Format::parse(raw) {
                Some(format) => wishes.format = format,
                None => {
                    let allowed = Format::WORDS.join(", ");
                    faults.add("format", Fault::Value(ValueFault::NotOne { allowed }));
                }
            }
        }
        if let Some(redact) = &self.redact {
            faults.check("redact", Redacted::check(redact.len()));
            for (at, key) in redact.iter().enumerate().take(Redacted::MOST) {
                faults.check(Place::from("redact").at(at), name(key).map(|_| ()));
            }
            wishes.redact.clone_from(redact);
        }
    }

    fn check_secrets(&self, faults: &mut Faults) {
        if let Some(Some(bearer)) = &self.bearer {
            faults.check("bearer", BearerToken::parse(bearer.expose()).map_err(Fault::from));
        }
        if let Some(Some(secret)) = &self.secret {
            faults.check("secret", SigningText::parse(secret.expose()).map_err(Fault::from));
        }
        let headers = self.headers.iter().flatten();
        let headers: Vec<_> = headers.map(|(name, value)| (name.as_str(), value.expose())).collect();
        for (name, fault) in header_faults(headers.into_iter()) {
            faults.add(header_place(name), fault.into());
        }
    }
}

/// A header, or all of them.
pub(super) fn header_place(name: Option<&str>) -> Place {
    let all = Place::from("headers");
    name.map_or_else(|| all.clone(), |name| all.clone().key(name))
}

fn rule_place(at: RuleAt<'_>) -> Place {
    let all = Place::from("rules");
    match at {
        RuleAt::All => all,
        RuleAt::Type(of) => all.key(of),
        RuleAt::Part { of, index, part } => all.key(of).at(index).key(part),
    }
}

fn patterns(events: &[String], faults: &mut Faults) -> Vec<Pattern> {
    faults.check("events", EventTypes::check(events.len()));
    events
        .iter()
        .enumerate()
        .take(EventTypes::MOST)
        .filter_map(|(at, text)| {
            faults.check(Place::from("events").at(at), text.parse::<Pattern>().map_err(ValueFault::from))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(text: &str) -> Result<(WebhookSettings, Wishes), Vec<String>> {
        let input: WebhookInput = serde_json::from_str(text).expect("the fields' types fit");
        let (mut settings, mut wishes) = (WebhookSettings::new("a", "https://a.example/"), Wishes::default());
        match input.apply(&mut settings, &mut wishes) {
            Ok(()) => Ok((settings, wishes)),
            Err(faults) => Err(faults.into_iter().map(|fault| fault.field).collect()),
        }
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = r#"{"name":"","url":"ftp://x/","events":["a*b","ok"],"rules":{"x":[{"path":"a..b","operator":"less_than"}]},
            "format":"xml","rate_per_second":0,"concurrency":0,"timeout_seconds":61,"retry_seconds":[0],
            "headers":{"Host":"x"},"bearer":"a\nb"}"#;
        let faults = apply(wrong).expect_err("wrong");
        assert_eq!(
            faults,
            [
                "name",
                "url",
                "concurrency",
                "rate_per_second",
                "timeout_seconds",
                "retry_seconds[0]",
                "events[0]",
                "rules.x[0].path",
                "rules.x[0].value",
                "format",
                "bearer",
                "headers.Host"
            ]
        );
    }

    #[test]
    fn what_is_gone_through_for_every_event_is_bounded() {
        let rule = r#"{"path":"a","operator":"exists"}"#;
        let of_one = |n| format!(r#"{{"rules":{{"*":[{}]}}}}"#, vec![rule; n].join(","));
        let of_each = |n: usize| {
            let types: Vec<_> = (0..n).map(|n| format!(r#""call-{n}":[{rule}]"#)).collect();
            format!(r#"{{"rules":{{{}}}}}"#, types.join(","))
        };
        let redact = |n| format!(r#"{{"redact":[{}]}}"#, vec![r#""phone""#; n].join(","));
        let events = |n| format!(r#"{{"events":[{}]}}"#, vec![r#""call-*""#; n].join(","));
        for within in [of_one(200), of_each(200), redact(200), events(500)] {
            apply(&within).expect("as many as there may be");
        }
        for (beyond, field) in [
            (of_one(20_000), "rules"),
            (of_each(201), "rules"),
            (redact(201), "redact"),
            (events(501), "events"),
        ] {
            assert_eq!(apply(&beyond).expect_err("too many"), [field]);
        }
        let long = format!(
            r#"{{"rules":{{"*":[{{"path":"a","operator":"contains","value":"{}"}}]}}}}"#,
            "x".repeat(1_025)
        );
        assert_eq!(apply(&long).expect_err("too long"), ["rules.*[0].value"]);
    }

    #[test]
    fn absent_fields_stay_and_null_clears() {
        let (settings, wishes) = apply(r#"{"rate_per_second":null,"events":["call-*"]}"#).expect("right");
        assert_eq!(settings, WebhookSettings::new("a", "https://a.example/"));
        assert_eq!(wishes.events, [Pattern::Prefix("call-".into())]);
    }
}
