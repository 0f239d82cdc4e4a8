//! What a person may say of a webhook, and how it becomes a webhook's settings, wishes and credentials.
//!
//! The same input serves creation (from the defaults) and change (from what is stored): a field that is absent stays
//! as it is, `null` clears what may be empty.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::bounds::{self, Version, WebUrl};
use super::fault::{Fault, Faults, FieldFault};
use super::needed::Needs;
use super::place::Place;
use crate::domain::bounds::{Line, List, Name};
use crate::domain::webhook::{
    AddedHeaders, Concurrency, EventTypes, LONGEST_HEADER_VALUE, Pause, Pauses, Rate, Redacted, RuleAt,
    Rules, Timeout, header_faults,
};
use crate::domain::{Format, MaskedUrl, Pattern, Rule, ValueFault, WebhookSettings, WebhookUrl, Wishes};
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
    /// Event types that were written by hand: where no known one fits, whoever wrote them is asked. The API is not; it warns.
    #[serde(skip)]
    #[schema(ignore)]
    pub asked_about: Vec<String>,
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

/// What an input comes to, beside what is stored.
pub(super) struct Judged {
    pub settings: WebhookSettings,
    /// The whole of it; that of the settings is how it is shown.
    pub address: String,
    pub wishes: Wishes,
}

impl WebhookInput {
    /// What is stored, or a new webhook, with what is right of this. Every fault of every field is noted; only without any is the
    /// rest of use.
    pub(super) fn judge(&self, stored: Option<Judged>, faults: &mut Faults) -> Judged {
        if stored.is_none() {
            self.check_needed(faults);
        }
        faults.extend(self.unread.clone());
        let name = self.name.as_deref().and_then(|raw| faults.check("name", Name::new(raw)));
        let before = stored.as_ref().map(|stored| &*stored.address);
        let url = self.url.as_deref().and_then(|raw| faults.check("url", WebhookUrl::parse(raw, before)));
        let url = url.map(|url| url.expose().to_owned());
        let mut judged = match stored {
            Some(stored) => stored.with(name, url),
            // Without a name or an address, which is a fault, the rest is judged all the same.
            None => Judged::new(name.unwrap_or_else(nameless), url.unwrap_or_default()),
        };
        self.apply_settings(&mut judged.settings, faults);
        self.apply_wishes(&mut judged.wishes, faults);
        self.check_secrets(faults);
        judged
    }

    fn apply_settings(&self, settings: &mut WebhookSettings, faults: &mut Faults) {
        if let Some(number) = self.concurrency {
            faults.set(&mut settings.concurrency, "concurrency", Concurrency::new(number));
        }
        if let Some(rate) = self.rate_per_second {
            let rate = rate.map(Rate::new).transpose();
            faults.set(&mut settings.rate_per_second, "rate_per_second", rate);
        }
        if let Some(seconds) = self.timeout_seconds {
            faults.set(&mut settings.timeout_seconds, "timeout_seconds", Timeout::new(seconds));
        }
        if let Some(ordered) = self.ordered {
            settings.ordered = ordered;
        }
        if let Some(pauses) = &self.retry_seconds {
            let pause = |seconds: &u32| Pause::new(*seconds);
            if let Some(pauses) = all(faults, "retry_seconds", pauses, pause) {
                settings.retry_seconds = pauses;
            }
        }
    }

    fn apply_wishes(&self, wishes: &mut Wishes, faults: &mut Faults) {
        if let Some(events) = &self.events {
            let pattern = |text: &String| text.parse::<Pattern>().map_err(ValueFault::from);
            if let Some(events) = all(faults, "events", events, pattern) {
                wishes.events = events;
            }
        }
        if let Some(rules) = &self.rules {
            match Rules::new(rules) {
                Ok(rules) => wishes.rules = rules,
                Err(found) => {
                    for (at, fault) in found {
                        faults.add(rule_place(at), fault.into());
                    }
                }
            }
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
        if let Some(redact) = &self.redact
            && let Some(redact) = all(faults, "redact", redact, |key| Name::new(key))
        {
            wishes.redact = redact;
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

/// A list of which every item is right, and which is as long as it may be; each fault is noted at its place.
fn all<T, R, const MIN: usize, const MAX: usize>(
    faults: &mut Faults,
    field: &'static str,
    raw: &[R],
    judge: impl Fn(&R) -> Result<T, ValueFault>,
) -> Option<List<T, MIN, MAX>> {
    let is_of_length = faults.check(field, List::<T, MIN, MAX>::check(raw.len())).is_some();
    let judged: Vec<_> = raw.iter().take(MAX).enumerate().map(|(at, raw)| (at, judge(raw))).collect();
    let right: Vec<T> = judged
        .into_iter()
        .filter_map(|(at, judged)| faults.check(Place::from(field).at(at), judged))
        .collect();
    if is_of_length && right.len() == raw.len() { List::new(right).ok() } else { None }
}

impl Judged {
    fn new(name: Name, address: String) -> Self {
        let settings = WebhookSettings::new(name, MaskedUrl::of(&address));
        Self { settings, address, wishes: Wishes::default() }
    }

    fn with(mut self, name: Option<Name>, address: Option<String>) -> Self {
        if let Some(name) = name {
            self.settings.name = name;
        }
        if let Some(address) = address {
            self.settings.url = MaskedUrl::of(&address);
            self.address = address;
        }
        self
    }
}

fn nameless() -> Name {
    Name::new("?").expect("it is a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored() -> Judged {
        Judged::new(Name::new("a").expect("a name"), "https://a.example/".to_owned())
    }

    fn apply(text: &str) -> Result<(WebhookSettings, Wishes), Vec<String>> {
        let input: WebhookInput = serde_json::from_str(text).expect("the fields' types fit");
        let mut faults = Faults::default();
        let Judged { settings, wishes, .. } = input.judge(Some(stored()), &mut faults);
        let fields = |faults: Vec<FieldFault>| faults.into_iter().map(|fault| fault.field).collect();
        faults.done().map(|()| (settings, wishes)).map_err(fields)
    }

    #[test]
    fn a_new_one_needs_what_it_cannot_be_without_and_the_rest_is_judged_all_the_same() {
        let judged = |text: &str| {
            let mut faults = Faults::default();
            let judged =
                serde_json::from_str::<WebhookInput>(text).expect("an input").judge(None, &mut faults);
            (judged, Vec::from(faults).into_iter().map(|fault: FieldFault| fault.field).collect::<Vec<_>>())
        };
        let (_, faults) = judged(r#"{"name":"a","concurrency":0}"#);
        assert_eq!(faults, ["url", "events", "concurrency"]);
        let (right, faults) =
            judged(r#"{"name":" a ","url":"https://a.example/?code=SECRET","events":["*"]}"#);
        assert_eq!(faults, [""; 0]);
        assert_eq!((right.settings.name.as_str(), &*right.address), ("a", "https://a.example/?code=SECRET"));
        assert_eq!(right.settings.url.as_str(), "https://a.example/?code=…");
        assert_eq!(right.wishes, Wishes::default());
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
        assert_eq!(settings, stored().settings);
        assert_eq!(*wishes.events, [Pattern::Prefix("call-".into())]);
    }
}
