//! Sources: accounts at providers. What to run is written here; `runtime` runs it.

use rand::RngExt;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};

use super::afresh::afresh;
use super::bounds::{Clearable, Name, Version, text, url};
use super::fault::{Expected, Fault, Faults};
use super::needed::Needs;
use super::{
    Actor, Admin, AdminError, GapView, Page, Role, SourceView, StatusView, after, audit, line_status, refused,
};
use crate::domain::{
    CompanyId, Day, Lang, Origin, Provider, SessionId, SourceId, SourceState, Timestamp, words_schema,
};
use crate::secrets::Secret;
use crate::sources::tellicon::{AUTH_HEADER, check_token};
use crate::sources::threecplus::settings::{
    ExtraQuery, MAX_URL_LENGTH, SocketSettings, SocketUrl, SourceToken, TOKEN_LENGTH,
};
use crate::store::{SaveSource, Source};

/// A number that 3C Plus gave, or a name of another provider's; an empty text clears it.
type ProvidersId = Clearable<Name>;
type LastDay = Clearable<Day>;

/// The providers that a source can be of.
pub(super) const SERVED: [Provider; 2] = [Provider::Threecplus, Provider::Tellicon];
struct ServedProvider;

impl PartialSchema for ServedProvider {
    fn schema() -> RefOr<Schema> {
        words_schema(SERVED.map(Provider::as_str))
    }
}

impl ToSchema for ServedProvider {}

struct Token;

impl PartialSchema for Token {
    fn schema() -> RefOr<Schema> {
        text(*TOKEN_LENGTH.start(), *TOKEN_LENGTH.end()).pattern(Some(r"^\S+$")).into()
    }
}

impl ToSchema for Token {}

struct SocketUrlText;

impl PartialSchema for SocketUrlText {
    fn schema() -> RefOr<Schema> {
        url(r"^([Hh][Tt][Tt][Pp]|[Ww][Ss])[Ss]?://[^\s?]+$", MAX_URL_LENGTH).into()
    }
}

impl ToSchema for SocketUrlText {}

/// The fields of a source. For a new one `provider` and, but for Tellicon, `token` are needed.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInput {
    /// `threecplus` or `tellicon`; cannot be changed later.
    #[schema(value_type = Option<ServedProvider>)]
    pub provider: Option<String>,
    /// The company's id at the provider ("ID 3C Plus"); events that carry another are marked.
    #[schema(value_type = Option<ProvidersId>, inline)]
    pub account: Option<String>,
    /// 3C Plus: the API token. Tellicon: 24 characters, made here when absent.
    #[schema(value_type = Option<Token>, inline)]
    pub token: Option<Secret>,
    /// 3C Plus: where the socket is (`https://socket.3c.plus`).
    #[schema(value_type = Option<SocketUrlText>, inline)]
    pub socket_url: Option<String>,
    /// 3C Plus: needed with an agent's token.
    #[schema(value_type = Option<ProvidersId>, inline)]
    pub agent_id: Option<String>,
    /// The token's last day, `2026-12-31`, of which the company is reminded; an empty text clears it.
    #[schema(value_type = Option<LastDay>, inline)]
    pub token_expires_on: Option<String>,
    /// Whether it should be connected.
    pub connect: Option<bool>,
    /// Which saved state the caller edited.
    #[schema(value_type = Option<Version>, inline)]
    pub version: Option<i64>,
}

impl Needs for SourceInput {
    const FIELDS: &'static [&'static str] = &["provider"];

    fn has(&self, field: &str) -> bool {
        match field {
            "provider" => self.provider.is_some(),
            _ => true,
        }
    }
}

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

/// A source's input, checked.
pub(super) struct Checked {
    account: Option<String>,
    pub config: SocketSettings,
    pub token: Option<Secret>,
    connect: bool,
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
        Ok(rows.into_iter().map(|source| self.source_view(lang, source)).collect())
    }

    pub async fn source(&self, actor: &Actor, lang: Lang, id: SourceId) -> Result<SourceView, AdminError> {
        Ok(self.source_view(lang, self.stored_source(actor, id).await?))
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
        let provider = before.provider;
        if input.provider.as_deref().is_some_and(|given| given != provider.as_str()) {
            return Err(AdminError::invalid("provider", Fault::NotOne { allowed: provider.to_string() }));
        }
        // What the settings file says was right when it was written: a start is not refused for a day that passed.
        let days = if provisioned == Some(true) { Days::Any } else { Days::Current };
        let checked = check(provider, input, Some(&before), days)?;
        if checked.config.socket_url != socket_settings(&before).socket_url {
            self.check_socket(provider, &checked).await?;
        }
        let (by, provisioned) = (actor.clone(), provisioned.unwrap_or(before.provisioned));
        let version = input.version.unwrap_or(before.version);
        if version == before.version
            && provisioned == before.provisioned
            && self.is_unchanged(&before, &checked).await?
        {
            return Ok(self.source_view(lang, before));
        }
        let saved = self.change(move |tx| {
            Box::pin(async move {
                let config = json!(checked.config).to_string();
                let source =
                    tx.save_source(id, version, &save(provider, &checked, &config, provisioned)).await?;
                let detail = json!({ "before": described(&before), "after": described(&source) });
                tx.audit(&audit(&by, "source.update", Some(source.company), id.to_string(), &detail)).await?;
                Ok(source)
            })
        });
        let source = saved.await.map_err(refused("token"))?;
        self.settled().await;
        Ok(self.source_view(lang, source))
    }

    pub async fn delete_source(&self, actor: &Actor, id: SourceId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_source(actor, id).await?;
        let by = actor.clone();
        let deleted = self.change(move |tx| {
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
        let state = self.runtime.source_status(id).state;
        let hastens = connect && matches!(state, SourceState::Waiting | SourceState::Refused);
        if source.connect != connect || hastens {
            let by = actor.clone();
            let changed = self.change(move |tx| {
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
        if connect {
            self.runtime.nudge(id);
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
    async fn is_unchanged(&self, stored: &Source, checked: &Checked) -> Result<bool, AdminError> {
        let same_token = match &checked.token {
            None => true,
            token => *token == self.store.source_secret(stored.id).await?,
        };
        Ok(same_token
            && checked.account == stored.account
            && checked.connect == stored.connect
            && checked.config == socket_settings(stored))
    }

    /// A source that the caller may see.
    pub(super) async fn stored_source(&self, actor: &Actor, id: SourceId) -> Result<Source, AdminError> {
        let source = self.store.source(id).await?.filter(|source| actor.sees(source.company));
        source.ok_or_else(|| AdminError::not_found("source", id))
    }

    pub(super) fn source_view(&self, lang: Lang, source: Source) -> SourceView {
        let threecplus = source.provider == Provider::Threecplus;
        let config = socket_settings(&source);
        let status = self.runtime.source_status(source.id);
        let heard = status.session.as_ref().and_then(|session| self.runtime.heard(session.id));
        let agent_id =
            config.query.pairs().find(|(key, _)| *key == "agent_id").map(|(_, value)| value.to_owned());
        SourceView {
            id: source.id.to_string(),
            company_id: source.company.to_string(),
            provider: source.provider.as_str(),
            account: source.account,
            socket_url: threecplus.then(|| config.socket_url.to_string()),
            agent_id,
            token_mask: source.secret_mask,
            token_expires_on: config.token_expires_on.map(|day| day.to_string()),
            path: source.path_key.map(|key| format!("/in/{key}")),
            connect: source.connect,
            provisioned: source.provisioned,
            status: line_status::view(source.provider, &status, heard, lang),
            version: source.version,
            created_at: source.created_at.to_string(),
            token: None,
        }
    }
}

/// What is stored of a socket source's settings; what cannot be read is as if nothing had been set.
pub(super) fn socket_settings(source: &Source) -> SocketSettings {
    serde_json::from_str(&source.config).unwrap_or_default()
}

/// Which days a token may end on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Days {
    Any,
    /// Today, the days to come, and the one that is stored.
    Current,
}

/// Checks every field, on top of what is stored. A stored token does not go to another server: there it is asked for again.
pub(super) fn check(
    provider: Provider,
    input: &SourceInput,
    stored: Option<&Source>,
    days: Days,
) -> Result<Checked, AdminError> {
    let mut faults = Faults::default();
    let mut config = stored.map(socket_settings).unwrap_or_default();
    // 3C Plus numbers its companies and agents. What is stored already stays valid.
    let id = |raw: &str, known: Option<&str>| match provider {
        Provider::Threecplus if known != Some(raw) => digits(raw),
        _ => super::fault::name(raw),
    };
    if let Some(raw) = &input.socket_url {
        let url = match raw.trim() {
            "" => Err(Fault::Missing),
            _ => raw.parse::<SocketUrl>().map_err(|error| Fault::Source { error }),
        };
        config.socket_url = faults.check("socket_url", url).unwrap_or_default();
    }
    if let Some(agent) = input.agent_id.as_deref().map(str::trim) {
        let mut pairs: std::collections::BTreeMap<String, String> = config.query.clone().into();
        let known = pairs.remove("agent_id");
        if !agent.is_empty()
            && let Some(agent) = faults.check("agent_id", id(agent, known.as_deref()))
        {
            pairs.insert("agent_id".into(), agent);
        }
        let query = ExtraQuery::try_from(pairs).map_err(|error| Fault::Source { error });
        config.query = faults.check("agent_id", query).unwrap_or_default();
    }
    match input.token_expires_on.as_deref().map(str::trim) {
        None => {}
        Some("") => config.token_expires_on = None,
        Some(raw) => {
            let day = last_day(raw, config.token_expires_on, days);
            config.token_expires_on = faults.check("token_expires_on", day);
        }
    }
    let token = input.token.as_ref().and_then(|raw| {
        let checked = match provider {
            Provider::Tellicon => check_token(raw.expose().trim())
                .map(|()| Secret::new(raw.expose().trim()))
                .map_err(|error| Fault::TokenShape { error }),
            _ => SourceToken::parse(raw.expose())
                .map(|token| token.secret().clone())
                .map_err(|error| Fault::Source { error }),
        };
        faults.check("token", checked)
    });
    let account = match input.account.as_deref().map(str::trim) {
        None => stored.and_then(|source| source.account.clone()),
        Some("") => None,
        Some(raw) => {
            let known = stored.and_then(|source| source.account.as_deref());
            faults.check("account", id(raw, known))
        }
    };
    if let Some(stored) = stored
        && provider == Provider::Threecplus
        && input.token.is_none()
        && !stored.secret_mask.is_empty()
        && Origin::of(socket_settings(stored).socket_url.as_str()) != Origin::of(config.socket_url.as_str())
    {
        faults.add("token", Fault::SecretAgain);
    }
    faults.done().map_err(AdminError::Invalid)?;
    // A door is open unless someone closes it; a socket waits for someone to press connect.
    let usual = stored.map_or(provider != Provider::Threecplus, |source| source.connect);
    let connect = input.connect.unwrap_or(usual);
    Ok(Checked { account, config, token, connect })
}

/// An id that 3C Plus gave.
fn digits(raw: &str) -> Result<String, Fault> {
    let id = super::fault::name(raw)?;
    if id.bytes().all(|byte| byte.is_ascii_digit()) { Ok(id) } else { Err(Fault::NotDigits) }
}

fn last_day(raw: &str, known: Option<Day>, days: Days) -> Result<Day, Fault> {
    let day: Day = raw.parse().map_err(|_| Fault::Malformed { expected: Expected::Date })?;
    let may_be_over = days == Days::Any || known == Some(day);
    if may_be_over || day.end() > Timestamp::now() { Ok(day) } else { Err(Fault::DayPast) }
}

pub(super) fn save<'a>(
    provider: Provider,
    checked: &'a Checked,
    config: &'a str,
    provisioned: bool,
) -> SaveSource<'a> {
    SaveSource {
        account: checked.account.as_deref(),
        config,
        secret: checked.token.as_ref(),
        header: (provider == Provider::Tellicon).then_some(AUTH_HEADER),
        connect: checked.connect,
        provisioned,
    }
}

/// A source for the audit log.
pub(super) fn described(source: &Source) -> serde_json::Value {
    json!({
        "provider": source.provider, "account": source.account, "config": source.config,
        "token": source.secret_mask, "connect": source.connect,
    })
}

/// Letters and digits from a cryptographically secure generator.
pub(super) fn random_text(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}
