//! The documented troubleshooting as checks that run when somebody asks: *Token inválido*, *URL não acessível*, *Eventos
//! não chegando*.
//!
//! What must hold here: it ends within [`LONGEST`] whatever the other sides do; nothing is sent anywhere but test
//! deliveries to webhooks that are active, a handshake with the token of each source that is not connected, and a question
//! about the token to the provider's API, all under the guard like any request and each to the stored address only; that it was
//! asked for is in the audit log; a check says what it saw, its words are the page's.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, future, stream};
use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::trial_event::placeholder;
use super::{
    Actor, Admin, AdminError, ConnectionTrialView, EventQuery, EventView, Role, SourceView, TestInput,
    TestView, WebhookStatusView, WebhookView, audit,
};
use crate::delivery::courier::{FailingReason, Health};
use crate::domain::{CompanyId, Lang, SourceId, Timestamp, WebhookId};
use crate::runtime::MeantFor;
use crate::sources::{Definition, TokenVerdict, find, named};

/// Handshakes and tests together; what has not ended by then is told as not ended.
pub const LONGEST: Duration = Duration::from_secs(20);
/// Webhooks tested at the same time.
const AT_ONCE: usize = 4;
/// Webhooks that one diagnosis tests.
const TESTED: usize = 12;
/// The newest events are looked at for the types that come.
const LOOKED_AT: u32 = 200;

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    Good,
    /// Not wrong, but it may be why something is missed.
    Notice,
    Bad,
}

/// One company, looked at from end to end, as far as that has got.
#[derive(Debug, Default)]
pub struct Diagnosis {
    pub lines: Vec<Look<SourceView, LineCheck>>,
    pub webhooks: Vec<Look<WebhookView, WebhookCheck>>,
    pub came: Option<Came>,
    /// What will be looked at is known.
    pub planned: bool,
}

/// Something that is being looked at, or that has been.
#[derive(Debug)]
pub enum Look<Subject, Check> {
    Awaited(Subject),
    Done(Check),
}

/// What came lately.
#[derive(Debug)]
pub struct Came {
    /// The newest event.
    pub newest: Option<EventView>,
    /// Types among the newest events, with how many there were of each.
    pub seen: BTreeMap<String, usize>,
}

impl Diagnosis {
    /// Something comes, as far as that is known.
    pub fn any_came(&self) -> bool {
        self.came.as_ref().is_some_and(|came| came.newest.is_some())
    }
}

/// One source: its line, and the handshake made just now.
#[derive(Debug)]
pub struct LineCheck {
    pub source: SourceView,
    /// `None` for a door, which nobody connects to, and when there was no time or place for one.
    pub trial: Option<ConnectionTrialView>,
    /// What the provider's API says of the token; `None` without a token or an API.
    pub api: Option<TokenVerdict>,
    /// Of a door that takes nothing now: how many posts it has refused, and how.
    pub refusing: Option<(u64, u16)>,
}

/// One webhook: the test, and what it wants of what comes.
#[derive(Debug)]
pub struct WebhookCheck {
    pub webhook: WebhookView,
    pub status: WebhookStatusView,
    pub outcome: Outcome,
    /// How many of the types seen it wants.
    pub wanted: usize,
    /// Whether rules may keep some of those back.
    pub filtered: bool,
    /// The test was accepted while what waits had not yet begun to go out: the server is back.
    pub returned: bool,
}

/// What became of a test delivery.
#[derive(Debug)]
pub enum Outcome {
    Tested(Box<TestView>),
    /// It is paused, or there are too many: nothing was sent.
    Paused,
    NotTested,
    /// Not ended within [`LONGEST`].
    Unended,
    /// Refused before anything was sent, as when the guard no longer permits the address.
    Refused(String),
}

impl Outcome {
    pub fn finding(&self) -> Finding {
        match self {
            Outcome::Tested(test) if test.delivered => Finding::Good,
            Outcome::Paused | Outcome::NotTested => Finding::Notice,
            Outcome::Tested(_) | Outcome::Unended | Outcome::Refused(_) => Finding::Bad,
        }
    }
}

impl LineCheck {
    /// The token and the connection, by the handshake made just now, else by the last one.
    pub fn finding(&self) -> Finding {
        let status = &self.source.status;
        if !self.is_served() || self.refusing.is_some() {
            return Finding::Bad;
        }
        match (&self.trial, status.state) {
            (Some(trial), _) if !trial.connected => Finding::Bad,
            (_, "connected") if status.foreign_company.is_none() => Finding::Good,
            (_, "connected" | "connecting" | "stopped") | (Some(_), _) => Finding::Notice,
            (None, _) => Finding::Bad,
        }
    }

    /// Whether this version knows the provider.
    pub fn is_served(&self) -> bool {
        named(self.source.provider).is_some()
    }

    /// What the API's verdict weighs beside the handshake, which decides whether events come.
    pub fn api_finding(&self, verdict: &TokenVerdict) -> Finding {
        match verdict {
            TokenVerdict::Valid => Finding::Good,
            TokenVerdict::Refused { .. } => Finding::Bad,
            TokenVerdict::AgentRole if self.finding() == Finding::Bad => Finding::Bad,
            TokenVerdict::AgentRole | TokenVerdict::Unclear { .. } | TokenVerdict::Unreached { .. } => {
                Finding::Notice
            }
        }
    }
}

impl WebhookCheck {
    /// Whether what comes goes on to it. `any` is whether anything comes.
    pub fn arrives(&self, any: bool) -> Finding {
        match self.status.health.as_str() {
            _ if self.returned => Finding::Notice,
            "failing" => Finding::Bad,
            "paused" => Finding::Notice,
            _ if any && self.wanted == 0 => Finding::Bad,
            "unstable" => Finding::Notice,
            // That rules keep something back is what they are for.
            _ => Finding::Good,
        }
    }
}

impl Admin {
    /// Looks at a company, and tells `found` of each check as it ends.
    pub async fn diagnose(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
        found: &Mutex<Diagnosis>,
    ) -> Result<(), AdminError> {
        actor.require(Role::Operator)?;
        let by = audit(actor, "company.diagnose", Some(company), company.to_string(), &json!({}));
        self.company(actor, company).await?;
        self.journal.control(move |tx| Box::pin(async move { tx.audit(&by).await })).await?;
        let ends = Instant::now() + LONGEST;
        let sources = self.sources(actor, lang, company).await?;
        let webhooks = self.webhooks(actor, company).await?;
        {
            let mut found = lock(found);
            found.lines = sources.iter().cloned().map(Look::Awaited).collect();
            found.webhooks = webhooks.iter().cloned().map(Look::Awaited).collect();
            found.planned = true;
        }
        let query = EventQuery { limit: Some(LOOKED_AT), ..EventQuery::default() };
        let events = self.search(actor, company, &query).await?.items;
        let mut seen = BTreeMap::new();
        for event in &events {
            *seen.entry(event.name.clone()).or_default() += 1;
        }
        lock(found).came = Some(Came { newest: events.into_iter().next(), seen: seen.clone() });
        future::try_join(
            Box::pin(self.try_all(actor, lang, sources, ends, found)),
            Box::pin(self.test_all(actor, lang, webhooks, &seen, ends, found)),
        )
        .await?;
        Ok(())
    }

    /// What becomes of the handshake of every source, and what the API says. One after the other: a trial takes one of few places.
    async fn try_all(
        &self,
        actor: &Actor,
        lang: Lang,
        sources: Vec<SourceView>,
        ends: Instant,
        found: &Mutex<Diagnosis>,
    ) -> Result<(), AdminError> {
        for (at, source) in sources.into_iter().enumerate() {
            let (mut trial, mut api) = (None, None);
            if named(source.provider).is_some_and(|provider| provider.way_in().line().is_some())
                && let Ok(id) = source.id.parse()
            {
                let trying = timeout_at(ends, self.try_source(actor, lang, id));
                let (tried, asked) = future::join(trying, self.ask_api(actor, id, ends)).await;
                api = asked?;
                trial = match tried {
                    Ok(Ok(told)) => Some(told),
                    // No place, no token, no time: what is known of the line is told.
                    Ok(Err(AdminError::TooManyTries { .. } | AdminError::Invalid(_))) | Err(_) => None,
                    Ok(Err(error)) => return Err(error),
                };
            }
            let refusing = self.refuses(&source);
            lock(found).lines[at] = Look::Done(LineCheck { source, trial, api, refusing });
        }
        Ok(())
    }

    fn refuses(&self, source: &SourceView) -> Option<(u64, u16)> {
        let meant_for = MeantFor::Source(source.id.parse().ok()?);
        let row = self.runtime.doors().refused_in_a_row(meant_for, Timestamp::now())?;
        source.connect.then(|| (row.count, row.last_why.status().as_u16()))
    }

    async fn ask_api(
        &self,
        actor: &Actor,
        id: SourceId,
        ends: Instant,
    ) -> Result<Option<TokenVerdict>, AdminError> {
        let source = self.stored_source(actor, id).await?;
        let Some(trial) = find(source.provider).and_then(Definition::trial) else {
            return Ok(None);
        };
        let Some(token) = self.store.source_secret(id).await? else { return Ok(None) };
        let asking = trial.ask(&self.provider, &source.config, &token);
        Ok(Some(timeout_at(ends, asking).await.unwrap_or(TokenVerdict::TIMEOUT)))
    }

    /// Tests every webhook, and looks at what it wants of what comes.
    async fn test_all(
        &self,
        actor: &Actor,
        lang: Lang,
        webhooks: Vec<WebhookView>,
        seen: &BTreeMap<String, usize>,
        ends: Instant,
        found: &Mutex<Diagnosis>,
    ) -> Result<(), AdminError> {
        let tests = webhooks.into_iter().enumerate().map(|(at, webhook)| async move {
            let outcome = self.outcome(actor, lang, (at, &webhook), ends).await?;
            let id = id_of(&webhook)?;
            let waits = Health::Failing { reason: FailingReason::NotAnswering };
            let accepted = outcome.finding() == Finding::Good;
            let row = self.stored_webhook(actor, id).await?;
            let stand = self.runtime.directory().webhook(&row).await?;
            let returned = accepted && stand.status.health == waits;
            let status = self.webhook_status(actor, lang, id).await?;
            let wanted = seen.keys().filter(|name| webhook.events.iter().any(|wants| wants.matches(name)));
            let (wanted, filtered) = (wanted.count(), !webhook.rules.is_empty());
            let check = WebhookCheck { webhook, status, outcome, wanted, filtered, returned };
            lock(found).webhooks[at] = Look::Done(check);
            Ok::<(), AdminError>(())
        });
        stream::iter(tests).buffer_unordered(AT_ONCE).try_collect::<()>().await
    }

    async fn outcome(
        &self,
        actor: &Actor,
        lang: Lang,
        (at, webhook): (usize, &WebhookView),
        ends: Instant,
    ) -> Result<Outcome, AdminError> {
        if webhook.state != "active" {
            return Ok(Outcome::Paused);
        }
        if at >= TESTED {
            return Ok(Outcome::NotTested);
        }
        // It is run often, by whoever looks for a fault: no event is sent again for it, and that it was looked at is in the log.
        let input = TestInput { payload: Some(placeholder()), ..TestInput::default() };
        let test = self.tested(actor, lang, id_of(webhook)?, &input, false);
        match timeout_at(ends, test).await {
            Ok(Ok(test)) => Ok(Outcome::Tested(Box::new(test))),
            Ok(Err(AdminError::Invalid(faults))) => {
                let faults: Vec<_> = faults.iter().map(|fault| fault.fault.text(lang)).collect();
                Ok(Outcome::Refused(faults.join(" ")))
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Ok(Outcome::Unended),
        }
    }
}

fn lock(found: &Mutex<Diagnosis>) -> MutexGuard<'_, Diagnosis> {
    // Every write is a single step: whole after any panic.
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

fn id_of(webhook: &WebhookView) -> Result<WebhookId, AdminError> {
    webhook.id.parse().map_err(|_| AdminError::not_found("webhook", &webhook.id))
}
