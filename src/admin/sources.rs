//! Sources: accounts at providers. What to run is written here; `runtime` runs it.

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::afresh::afresh;
use super::fault::{Fault, Faults};
use super::{
    Actor, Admin, AdminError, GapView, Page, Role, SourceInput, SourceView, StatusView, after, audit,
    line_status, refused,
};
use crate::domain::{CompanyId, Lang, SessionId, SourceId, SourceState, Timestamp, ValueFault};
use crate::runtime::SourceStand;
use crate::secrets::Secret;
use crate::sources::settings::{Checked, Days, Given, Server, SettingFault};
use crate::sources::{self as providers, Definition, Endpoint, TokenIn};
use crate::store::{SaveSource, Source};

/// A socket source's connection, from its beginning to its end.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// The provider's socket id.
    pub socket_id: String,
    pub token_mask: String,
    #[schema(value_type = Timestamp)]
    pub started_at: String,
    /// Absent while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub ended_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
}

/// A source's input, checked, with what its provider is.
pub(super) struct Wanted {
    pub provider: &'static dyn Definition,
    pub checked: Checked,
    pub connect: bool,
}

impl Admin {
    pub async fn sources(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
    ) -> Result<Vec<SourceView>, AdminError> {
        self.company(actor, company).await?;
        let rows = self.store.sources(company).await?;
        let mut stands = self.runtime.directory().sources(&rows).await?;
        let view = |source: Source| {
            let stand = stands.remove(&source.id).unwrap_or_default();
            self.source_view(lang, source, &stand)
        };
        Ok(rows.into_iter().map(view).collect())
    }

    pub async fn source(&self, actor: &Actor, lang: Lang, id: SourceId) -> Result<SourceView, AdminError> {
        self.seen_source(lang, self.stored_source(actor, id).await?).await
    }

    pub async fn update_source(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
        input: &SourceInput,
    ) -> Result<SourceView, AdminError> {
        self.change_source(actor, lang, id, input, None).await
    }

    /// As [`Admin::update_source`]; `provisioned` is changed when given.
    pub(super) async fn change_source(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
        input: &SourceInput,
        provisioned: Option<bool>,
    ) -> Result<SourceView, AdminError> {
        afresh(input.version, || self.change_source_as_read(actor, lang, id, input, provisioned)).await
    }

    async fn change_source_as_read(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
        input: &SourceInput,
        provisioned: Option<bool>,
    ) -> Result<SourceView, AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_source(actor, id).await?;
        if input.provider.as_deref().is_some_and(|given| given != before.provider.as_str()) {
            return Err(AdminError::invalid(
                "provider",
                Fault::Value(ValueFault::NotOne { allowed: before.provider.to_string() }),
            ));
        }
        // What the settings file says was right when it was written: a start is not refused for a day that passed.
        let days = if provisioned == Some(true) { Days::Any } else { Days::Current };
        let wanted = check(served(&before)?, input, Some(&before), days)?;
        if wanted.server() != server(&before) {
            self.check_server(&wanted).await?;
        }
        let (by, provisioned) = (actor.clone(), provisioned.unwrap_or(before.provisioned));
        let version = input.version.unwrap_or(before.version);
        if version == before.version
            && provisioned == before.provisioned
            && self.is_unchanged(&before, &wanted).await?
        {
            return self.seen_source(lang, before).await;
        }
        let saved = self.change(before.company, move |tx| {
            Box::pin(async move {
                let source = tx.save_source(id, version, &wanted.save(provisioned)).await?;
                let detail = json!({ "before": described(&before), "after": described(&source) });
                tx.audit(&audit(&by, "source.update", Some(source.company), id.to_string(), &detail)).await?;
                Ok(source)
            })
        });
        let source = saved.await.map_err(refused("token"))?;
        self.settled().await;
        self.seen_source(lang, source).await
    }

    pub async fn delete_source(&self, actor: &Actor, id: SourceId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_source(actor, id).await?;
        let by = actor.clone();
        let deleted = self.change(before.company, move |tx| {
            Box::pin(async move {
                tx.delete_source(id, Timestamp::now()).await?;
                let entry =
                    audit(&by, "source.delete", Some(before.company), id.to_string(), &described(&before));
                tx.audit(&entry).await
            })
        });
        deleted.await?;
        self.settled().await;
        Ok(())
    }

    /// Connect or disconnect. Connecting what waits between two tries tries at once.
    pub async fn want_connection(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
        connect: bool,
    ) -> Result<StatusView, AdminError> {
        actor.require(Role::Operator)?;
        let source = self.stored_source(actor, id).await?;
        let state = self.runtime.directory().source(&source).await?.status.state;
        let hastens = connect && matches!(state, SourceState::Waiting | SourceState::Refused);
        if source.connect != connect || hastens {
            let by = actor.clone();
            let changed = self.change(source.company, move |tx| {
                Box::pin(async move {
                    tx.want_connection(id, connect).await?;
                    let action = if connect { "source.connect" } else { "source.disconnect" };
                    let detail = json!({ "before": { "connect": source.connect, "state": state.as_str() } });
                    tx.audit(&audit(&by, action, Some(source.company), id.to_string(), &detail)).await
                })
            });
            changed.await?;
            self.settled().await;
        }
        if connect && let Ok(owned) = self.runtime.directory().owned(source.company) {
            self.runtime.nudge(&owned, id);
        }
        Ok(self.source(actor, lang, id).await?.status)
    }

    pub async fn gaps(
        &self,
        actor: &Actor,
        id: SourceId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<GapView>, AdminError> {
        self.stored_source(actor, id).await?;
        let rows = self.store.gaps(id, after(cursor, i64::MAX)?, limit + 1).await?;
        Ok(Page::of(
            rows,
            limit,
            |gap| gap.id.to_string(),
            |gap| GapView {
                started_at: gap.started_at.to_string(),
                ended_at: gap.ended_at.map(|at| at.to_string()),
                reason: gap.reason,
                detail: gap.detail,
            },
        ))
    }

    pub async fn sessions(
        &self,
        actor: &Actor,
        id: SourceId,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<SessionView>, AdminError> {
        self.stored_source(actor, id).await?;
        let rows = self.store.sessions(id, SessionId(after(cursor, i64::MAX)?), limit + 1).await?;
        Ok(Page::of(
            rows,
            limit,
            |session| session.id.0.to_string(),
            |session| SessionView {
                socket_id: session.socket_id,
                token_mask: session.token_mask,
                started_at: session.started_at.to_string(),
                ended_at: session.ended_at.map(|at| at.to_string()),
                end_reason: session.end_reason,
            },
        ))
    }

    /// Whether saving this would change nothing: the settings file says the same at every start.
    async fn is_unchanged(&self, stored: &Source, wanted: &Wanted) -> Result<bool, AdminError> {
        let Wanted { provider, checked, connect } = wanted;
        let same_token = match &checked.token {
            None => true,
            Some(token) if token.expose().is_empty() => stored.secret_mask.is_empty(),
            token => *token == self.store.source_secret(stored.id).await?,
        };
        let same_secrets = checked.secrets.is_empty() || {
            let kept = self.store.source_secrets(stored.id).await?;
            let said = |name: &str| kept.get(name).map_or("", Secret::expose);
            checked.secrets.iter().all(|(name, secret)| said(name) == secret.expose())
        };
        // Earlier versions may have spelled the same settings otherwise.
        let as_stored = provider.check(&Given::default(), Some(stored), Days::Any);
        let same_settings = as_stored
            .is_ok_and(|stored| checked.account == stored.account && checked.config == stored.config);
        Ok(same_token && same_secrets && same_settings && *connect == stored.connect)
    }

    /// A source that the caller may see.
    pub(super) async fn stored_source(&self, actor: &Actor, id: SourceId) -> Result<Source, AdminError> {
        let source = self.store.source(id).await?.filter(|source| actor.sees(source.company));
        source.ok_or_else(|| AdminError::not_found("source", id))
    }

    /// A source with how it stands now.
    pub(super) async fn seen_source(&self, lang: Lang, source: Source) -> Result<SourceView, AdminError> {
        let stand = self.runtime.directory().source(&source).await?;
        Ok(self.source_view(lang, source, &stand))
    }

    pub(super) fn source_view(&self, lang: Lang, source: Source, stand: &SourceStand) -> SourceView {
        let provider = providers::find(source.provider);
        let status = &stand.status;
        let heard = status.session.as_ref().and_then(|session| self.runtime.heard(session.id));
        let settings = provider.map(|provider| provider.shown(&source.config)).unwrap_or_default();
        let endpoint = provider.and_then(|provider| provider.way_in().endpoint());
        let open = endpoint.is_some_and(Endpoint::may_be_open) && source.secret_mask.is_empty();
        let ways = endpoint.map(Endpoint::ways).unwrap_or_default();
        let own = |key: &String| ways.iter().map(|way| format!("/in/{key}/{}", way.path)).collect();
        let mut paths: Vec<String> = source.path_key.as_ref().map(own).unwrap_or_default();
        let other_paths = paths.split_off(paths.len().min(1));
        SourceView {
            id: source.id.to_string(),
            company_id: source.company.to_string(),
            provider: source.provider.as_str(),
            account: source.account,
            settings: settings.into_iter().collect(),
            token_mask: source.secret_mask,
            secret_masks: source.secret_masks,
            open,
            path: paths.pop(),
            token_header: endpoint.and_then(|endpoint| header(endpoint, &source.config)).filter(|_| !open),
            other_paths,
            connect: source.connect,
            provisioned: source.provisioned,
            status: line_status::view(source.provider, source.connect, stand, heard, lang),
            version: source.version,
            created_at: source.created_at.to_string(),
            token: None,
        }
    }
}

/// The header in which a source's provider shows its token, if it does so in one.
fn header(endpoint: &dyn Endpoint, config: &str) -> Option<String> {
    match endpoint.token_in(config) {
        TokenIn::Header(name) => Some(name.into_owned()),
        TokenIn::Query(_) => None,
    }
}

/// The provider of a stored source, which a later version may have made.
pub(super) fn served(source: &Source) -> Result<&'static dyn Definition, AdminError> {
    let known = providers::find(source.provider);
    known.ok_or_else(|| {
        AdminError::invalid("provider", Fault::Value(ValueFault::NotOne { allowed: served_ids().join(", ") }))
    })
}

/// The providers that a source can be of.
pub(super) fn served_ids() -> Vec<&'static str> {
    providers::PROVIDERS.iter().map(|provider| provider.identity().id.as_str()).collect()
}

/// Where a stored source connects to.
pub(super) fn server(source: &Source) -> Option<Server> {
    providers::find(source.provider)?.server(&source.config)
}

/// Checks every field, on top of what is stored.
pub(super) fn check(
    provider: &'static dyn Definition,
    input: &SourceInput,
    stored: Option<&Source>,
    days: Days,
) -> Result<Wanted, AdminError> {
    let checked = provider.check(&input.given, stored, days).map_err(|found| {
        let mut faults = Faults::default();
        found.into_iter().for_each(|(field, fault)| faults.add(field, fault.into()));
        AdminError::Invalid(faults.into())
    })?;
    let mut faults = Faults::default();
    passed_over(provider, input).for_each(|(field, fault)| faults.add(field, fault.into()));
    faults.done().map_err(AdminError::Invalid)?;
    // A door is open unless someone closes it; a line waits for someone to press connect.
    let usual = stored.map_or(provider.way_in().endpoint().is_some(), |source| source.connect);
    Ok(Wanted { provider, checked, connect: input.connect.unwrap_or(usual) })
}

/// What is wrong with fields of other providers: they are passed over, and have to be what the document says of them all the same.
fn passed_over(
    provider: &dyn Definition,
    input: &SourceInput,
) -> impl Iterator<Item = (&'static str, SettingFault)> {
    let is_own = |name: &str| provider.fields().iter().any(|field| field.name == name);
    let others = input.given.iter().filter(move |(name, _)| !is_own(name));
    others.filter_map(|(name, value)| {
        let of = providers::PROVIDERS.iter().flat_map(|provider| provider.fields());
        let mut judged = of.filter(|field| field.name == name).map(|field| (field.judge)(value.expose()));
        let first = judged.next()?;
        first
            .or_else(|fault| judged.find(Result::is_ok).unwrap_or(Err(fault)))
            .err()
            .map(|fault| (name, fault))
    })
}

impl Wanted {
    /// Where it would connect to.
    pub fn server(&self) -> Option<Server> {
        self.provider.server(&self.checked.config)
    }

    /// As it is written down.
    pub fn save(&self, provisioned: bool) -> SaveSource<'_> {
        SaveSource {
            account: self.checked.account.as_deref(),
            config: &self.checked.config,
            secret: self.checked.token.as_ref(),
            secrets: &self.checked.secrets,
            token_name: self.provider.way_in().endpoint().map(Endpoint::token_name),
            connect: self.connect,
            provisioned,
        }
    }
}

/// A source for the audit log.
pub(super) fn described(source: &Source) -> serde_json::Value {
    json!({
        "provider": source.provider, "account": source.account, "config": source.config,
        "token": source.secret_mask, "secrets": source.secret_masks, "connect": source.connect,
    })
}

/// Letters and digits from a cryptographically secure generator.
pub(super) fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
