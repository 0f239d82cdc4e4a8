//! One message to one contact point, and what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::LONGEST;
use super::channels::{self, discord, email, google_chat, slack, teams, telegram, webhook};
use super::contact_point::{Channel, ContactPoint};
use super::failure::Failure;
use super::mail::MailServer;
use super::message::Message;
use super::smtp::{self, Handed, NotHanded};
use crate::delivery::Echoes;
use crate::delivery::headers::{CONTENT_TYPE, common};
use crate::delivery::signature::Signer;
use crate::domain::contact_point::{EmailAddress, SecretUrl};
use crate::domain::{CompanyId, Timestamp, shown};
use crate::net::{Answer, Dialer, ErrorKind, Guard, Headers, HttpClient, PoolLimits, Target};
use crate::secrets::{Secret, mask};
use crate::store::{Credentials, SigningSecret};

/// What is kept of what was asked and of what was answered, in bytes.
const ASKED_BYTES: usize = 32 * 1024;
const ANSWERED_BYTES: usize = 4 * 1024;

/// What messages are sent with. One per process; a clone shares its connections.
#[derive(Clone)]
pub struct Senders {
    http: HttpClient,
    guard: Arc<Guard>,
    /// For the mail server, which may be at any address.
    mail_dialer: Dialer,
    mail: Option<Arc<MailServer>>,
    telegram: Arc<str>,
    panel: Option<Arc<str>>,
}

/// What the settings say of it.
#[derive(Debug, Clone)]
pub struct SenderOptions {
    pub mail: Option<MailServer>,
    /// Where robots are spoken to: `https://api.telegram.org`, or a server of one's own.
    pub telegram_api: String,
    /// Where people open the panel.
    pub panel_url: Option<String>,
}

impl Senders {
    pub fn new(dialer: &Dialer, options: SenderOptions) -> Self {
        Self {
            http: HttpClient::new(dialer, PoolLimits { idle: 16, ..PoolLimits::default() }),
            guard: dialer.guard.clone(),
            mail_dialer: dialer.to_named_server(),
            mail: options.mail.map(Arc::new),
            telegram: options.telegram_api.into(),
            panel: options.panel_url.map(Into::into),
        }
    }

    /// Where people open the panel, if the settings say it.
    pub fn panel_url(&self) -> Option<String> {
        self.panel.as_deref().map(str::to_owned)
    }

    /// Whether mail can go out at all.
    pub fn has_mail(&self) -> bool {
        self.mail.is_some()
    }

    /// Whether the mail server is there and takes user and password; `None` where the settings name none.
    pub async fn probe_mail(&self) -> Option<Result<(), Failure>> {
        let server = self.mail.as_ref()?;
        let probed = tokio::time::timeout(LONGEST, smtp::probe(server, &self.mail_dialer)).await;
        Some(match probed {
            Ok(probed) => probed.map_err(|error| error.why),
            Err(_) => Err(Failure::Net(ErrorKind::Timeout)),
        })
    }
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// It may be taken another time; `after` is what the service asks to wait, if it says so.
    Again {
        after: Option<Duration>,
        why: Failure,
    },
    /// It will not be taken until somebody changes something.
    Refused {
        why: Failure,
    },
}

/// What came of one message.
#[derive(Debug)]
pub struct Sent {
    pub outcome: Outcome,
    /// It was taken, but not by all of the addresses.
    pub note: Option<Failure>,
    pub exchange: Exchange,
    pub took: Duration,
}

/// What was said, for people to look at; nothing secret is in it.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// The address as it may be shown.
    pub to: String,
    pub request_headers: BTreeMap<String, String>,
    pub request: String,
    /// What HTTP, or the mail server, answered.
    pub status: Option<u16>,
    pub answer: Option<String>,
}

/// Sends it, each request of it within [`LONGEST`].
pub async fn send(senders: &Senders, point: &ContactPoint, message: &Message) -> Sent {
    let started = Instant::now();
    let deadline = started + LONGEST;
    let mut exchange = Exchange::default();
    let (outcome, note) = match &point.channel {
        Channel::Email { to } => by_mail(senders, point, message, to, deadline, &mut exchange).await,
        Channel::Webhook { url, signing } => {
            let outcome = events(senders, point, message, (url, signing), &mut exchange).await;
            (outcome, None)
        }
        channel => (post(senders, point, message, channel, deadline, &mut exchange).await, None),
    };
    Sent { outcome, note, exchange, took: started.elapsed() }
}

async fn by_mail(
    senders: &Senders,
    point: &ContactPoint,
    message: &Message,
    to: &[EmailAddress],
    deadline: Instant,
    exchange: &mut Exchange,
) -> (Outcome, Option<Failure>) {
    let Some(server) = &senders.mail else {
        return (Outcome::Refused { why: Failure::NoMailServer }, None);
    };
    exchange.to = to.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    exchange.request_headers.insert("SMTP".into(), server.to_string());
    let Some(mail) = email::mail(message, point.lang, server, to) else {
        return (Outcome::Refused { why: Failure::Unusable }, None);
    };
    exchange.request = bounded(&mail.shown, ASKED_BYTES);
    let echoes = Echoes::of_secrets(server.login.iter().map(|(_, password)| password.clone()));
    let mut answered = |words: &str| {
        exchange.status = words.get(..3).and_then(|code| code.parse().ok());
        exchange.answer = Some(said(words.as_bytes(), &echoes)).filter(|said| !said.is_empty());
    };
    let handing = smtp::hand(server, &senders.mail_dialer, &mail.bytes, to);
    match timeout_at(deadline, handing).await {
        Err(_) => (Outcome::Again { after: None, why: Failure::Net(ErrorKind::Timeout) }, None),
        Ok(Ok(Handed { answered: words, missed })) => {
            let missed = missed.map(|(missed, code)| {
                let whom: Vec<_> = missed.iter().map(EmailAddress::as_str).collect();
                answered(&format!("{words}\n{code}: {}", whom.join(", ")));
                Failure::Recipients(code)
            });
            if missed.is_none() {
                answered(&words);
            }
            (Outcome::Taken, missed)
        }
        Ok(Err(NotHanded { why, passing, answered: words })) => {
            answered(&words);
            let outcome =
                if passing { Outcome::Again { after: None, why } } else { Outcome::Refused { why } };
            (outcome, None)
        }
    }
}

/// To a service that takes a message as one request.
async fn post(
    senders: &Senders,
    point: &ContactPoint,
    message: &Message,
    channel: &Channel,
    deadline: Instant,
    exchange: &mut Exchange,
) -> Outcome {
    let lang = point.lang;
    let (url, body) = match channel {
        Channel::Telegram { token, chat, thread } => {
            let url = Secret::new(telegram::address(&senders.telegram, token.expose()));
            (url, telegram::body(message, lang, chat, *thread))
        }
        Channel::Slack { url } => (url.clone(), slack::body(message, lang)),
        Channel::Teams { url } => (url.clone(), teams::body(message, lang)),
        Channel::GoogleChat { url } => (url.clone(), google_chat::body(message, lang)),
        Channel::Discord { url } => (url.clone(), discord::body(message, lang)),
        // Each has its own way.
        Channel::Email { .. } | Channel::Webhook { .. } => return Outcome::Taken,
    };
    let request = Request { url: &url, is_secret: true, headers: no_more_headers, body: &body, deadline };
    let mut answer = match request.send(senders, point.company, exchange).await {
        Ok(answer) => answer,
        Err(outcome) => return outcome,
    };
    if let Channel::Telegram { .. } = channel
        && let Some(moved) = telegram::moved(&answer, &body)
    {
        answer = match (Request { body: &moved, ..request }).send(senders, point.company, exchange).await {
            Ok(answer) => answer,
            Err(outcome) => return outcome,
        };
    }
    let now = Timestamp::now();
    match channel {
        Channel::Telegram { .. } => telegram::judge(&answer, now),
        Channel::Teams { .. } => teams::judge(&answer, now),
        Channel::GoogleChat { .. } => google_chat::judge(&answer, now),
        Channel::Discord { .. } => discord::judge(&answer, now),
        _ => slack::judge(&answer, now),
    }
}

/// To a server of the customer's own: every incident by itself, one after the other. What is told of the whole is what came of the
/// worst of them; those that were taken are known there by their ids when all are sent again.
async fn events(
    senders: &Senders,
    point: &ContactPoint,
    message: &Message,
    (url, signing): (&Secret, &[SigningSecret]),
    exchange: &mut Exchange,
) -> Outcome {
    let Ok(signer) = Signer::new(signing) else {
        return Outcome::Refused { why: Failure::Unusable };
    };
    let mut worst = Outcome::Taken;
    for webhook::Event { id, body } in webhook::events(message) {
        let sign = |headers: &mut Headers, body: &[u8]| signer.sign(headers, &id, Timestamp::now(), body);
        let deadline = Instant::now() + LONGEST;
        let request = Request { url, is_secret: false, headers: sign, body: &body, deadline };
        let mut this = Exchange::default();
        let outcome = match request.send(senders, point.company, &mut this).await {
            Ok(answer) => channels::judged(&answer, Timestamp::now()),
            Err(outcome) => outcome,
        };
        if worst == Outcome::Taken {
            (worst, *exchange) = (outcome, this);
        } else if matches!((&worst, &outcome), (Outcome::Refused { .. }, Outcome::Again { .. })) {
            worst = outcome;
        }
        // A server that is silent, or asks for time, is not asked for the next one.
        if matches!(worst, Outcome::Again { .. }) {
            break;
        }
    }
    worst
}

fn no_more_headers(_: &mut Headers, _: &[u8]) {}

/// One request of HTTP.
struct Request<'a, F> {
    url: &'a Secret,
    /// The path is a secret too.
    is_secret: bool,
    /// What is added when the body is known.
    headers: F,
    body: &'a Value,
    deadline: Instant,
}

impl<F: Fn(&mut Headers, &[u8])> Request<'_, F> {
    async fn send(
        &self,
        senders: &Senders,
        company: Option<CompanyId>,
        exchange: &mut Exchange,
    ) -> Result<Answer, Outcome> {
        let url = self.url.expose();
        exchange.to = if self.is_secret { SecretUrl::of(url).as_str().to_owned() } else { shown(url) };
        let guard = match company {
            Some(company) => Arc::new(senders.guard.asking_for(company)),
            None => senders.guard.clone(),
        };
        let target = Target::parse(url, &guard)
            .map_err(|error| Outcome::Refused { why: Failure::Address(error.refusal) })?;
        let body = Bytes::from(self.body.to_string());
        let mut headers = common(target.headers(), &Credentials::default())
            .map_err(|_| Outcome::Refused { why: Failure::Unusable })?;
        headers.set(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        (self.headers)(&mut headers, &body);
        exchange.request_headers = shown_headers(&headers);
        exchange.request = bounded(&pretty(self.body), ASKED_BYTES);
        let left = self.deadline.saturating_duration_since(Instant::now());
        let answer = senders.http.send(&target, &headers, body, left).await.map_err(|error| {
            let why = Failure::Net(error.kind);
            // Whatever the name leads to: nobody but who set the address, or the guard, can change that.
            let refused = error.kind == ErrorKind::NotPermitted;
            if refused { Outcome::Refused { why } } else { Outcome::Again { after: None, why } }
        })?;
        exchange.status = Some(answer.status.as_u16());
        let echoes = Echoes::of_secrets(secrets_of(target.url(), self.is_secret));
        exchange.answer = Some(said(&answer.body, &echoes));
        Ok(answer)
    }
}

/// What of an address an answer must not repeat.
fn secrets_of(url: &Url, is_secret: bool) -> Vec<Secret> {
    let values = url.query_pairs().map(|(_, value)| value.into_owned());
    let raw = url.query().into_iter().flat_map(|query| query.split('&'));
    let raw = raw.map(|piece| piece.split_once('=').map_or(piece, |(_, value)| value).to_owned());
    let segments = url.path_segments().into_iter().flatten().filter(|_| is_secret).map(str::to_owned);
    // A robot's token stands behind `bot`.
    let tokens: Vec<_> = segments.collect();
    let bare = tokens.iter().filter_map(|segment| segment.strip_prefix("bot").map(str::to_owned));
    let bare: Vec<_> = bare.collect();
    values.chain(raw).chain(tokens).chain(bare).map(Secret::new).collect()
}

fn shown_headers(headers: &Headers) -> BTreeMap<String, String> {
    let text = |value: &HeaderValue| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if value.is_sensitive() { mask(&text) } else { text }
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn said(answer: &[u8], echoes: &Echoes) -> String {
    let hidden = echoes.hidden_in(Bytes::copy_from_slice(answer));
    bounded(&String::from_utf8_lossy(&hidden), ANSWERED_BYTES)
}

fn pretty(body: &Value) -> String {
    serde_json::to_string_pretty(body).unwrap_or_else(|_| body.to_string())
}

fn bounded(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(most)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_of_an_address_is_secret_is_in_no_answer() {
        for (url, answer, wanted) in [
            (
                "https://hooks.slack.com/services/T00000/B00000/of-twenty",
                "no /services/T00000/B00000/of-twenty",
                "no /…/…/…/…",
            ),
            ("https://api.telegram.org/bot11020:AAHdq/sendMessage", "token 11020:AAHdq", "token …"),
            (
                "https://chat.googleapis.com/v1/x?key=AIzaSy-1&token=abc%3Ddef%3Dg",
                "AIzaSy-1 abc=def=g abc%3Ddef%3Dg",
                "… … …",
            ),
        ] {
            let url = Url::parse(url).expect("a URL");
            assert_eq!(said(answer.as_bytes(), &Echoes::of_secrets(secrets_of(&url, true))), wanted);
        }
    }

    #[test]
    fn little_is_kept() {
        assert_eq!(bounded("é".repeat(9).as_str(), 5), "éé…");
        assert_eq!(said(&[b'x'; 9_000], &Echoes::of_secrets([])).len(), ANSWERED_BYTES + "…".len());
    }
}
