//! The audit log as administrators read it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::bounds::{Cursor, PageSize};
use super::fault::{Expected, Fault, Faults, time};
use super::users::require_all;
use super::{Actor, Admin, AdminError, Page, Role, after, page_size};
use crate::domain::{CompanyId, ContactId, ContactPointId, SourceId, Timestamp, UserId, WebhookId};
use crate::store::{AuditEntry, AuditFilter};

/// Everything that is written into the log.
pub const ACTIONS: &[&str] = &[
    "alert_rule.create",
    "alert_rule.update",
    "alert_rule.delete",
    "board.update",
    "call.action",
    "call.session_unmasked",
    "company.create",
    "company.update",
    "company.delete",
    "company.diagnose",
    "consumer.rebuild",
    "contact_point.create",
    "contact_point.update",
    "contact_point.delete",
    "contact_point.test",
    "contact.create",
    "contact.update",
    "contact.delete",
    "contact.import",
    "contact.export",
    "incident.acknowledge",
    "incident.note",
    "incident.silence",
    "incident.unsilence",
    "silence_alarm.update",
    "source.create",
    "source.update",
    "source.delete",
    "source.connect",
    "source.disconnect",
    "source.try",
    "webhook.create",
    "webhook.update",
    "webhook.delete",
    "webhook.pause",
    "webhook.resume",
    "webhook.try_now",
    "webhook.test",
    "webhook.resend",
    "webhook.discard",
    "webhook.skip",
    "webhook.rotate_secret",
    "quiet_hours.update",
    "replay.create",
    "replay.pause",
    "replay.resume",
    "replay.cancel",
    "event.payload",
    "user.sign_in",
    "user.sign_out",
    "user.refused",
    "user.create",
    "user.update",
    "user.delete",
    "user.disable",
    "user.enable",
    "user.password",
    "user.reset_password",
    "user.preferences",
    "api_key.create",
    "api_key.revoke",
];

/// Things of one name that a search of the log looks for.
const NAMESAKES: usize = 20;
/// Users, and keys, whose names are looked at.
const NAMED: u32 = 1_000;

/// Which lines to list; all that is given must hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Who: the whole name, its first word (`user_2`, `api-key:3`, `provisioning`), or a part of the name after that.
    pub actor: Option<String>,
    /// What was done: the whole action, or its family (`webhook.pause`, `webhook`).
    pub action: Option<String>,
    /// What it was done to: `webhook_4`, `evt_7_1024`, `key_3`; or a part of the name of companies, webhooks, users and
    /// keys that are there now.
    pub target: Option<String>,
    /// Of this company, `company_7`.
    #[param(value_type = Option<CompanyId>)]
    pub company: Option<String>,
    /// ISO 8601; at this time or later.
    #[param(value_type = Option<Timestamp>)]
    pub from: Option<String>,
    /// ISO 8601; before this time.
    #[param(value_type = Option<Timestamp>)]
    pub to: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

/// One change, and who made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    pub id: i64,
    #[schema(value_type = Timestamp)]
    pub at: String,
    /// `api-key:3 CRM`, `provisioning`, `command line`, …
    pub actor: String,
    /// The network address that the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `webhook.pause`, `source.create`, …
    pub action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What was before and after; secrets as masks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value, required = false)]
    pub detail: Option<Value>,
}

impl Admin {
    /// Newest first. Who may see only some companies sees only what was done to those.
    pub async fn audit_log(&self, actor: &Actor, query: &AuditQuery) -> Result<Page<AuditView>, AdminError> {
        actor.require(Role::Administrator)?;
        let (before, limit) = (after(query.cursor.as_deref(), i64::MAX)?, page_size(query.limit)?);
        let (filter, company) = filter(query)?;
        let companies = match (&company, &actor.companies) {
            (Some(company), _) => {
                actor.require_company(*company)?;
                vec![Some(*company)]
            }
            (None, Some(companies)) => companies.iter().copied().map(Some).collect(),
            (None, None) => vec![None],
        };
        let targets = self.targets(actor, filter.target).await?;
        let mut rows: Vec<AuditEntry> = Vec::new();
        for company in companies {
            for target in &targets {
                let filter = AuditFilter { company, target, ..filter };
                rows.extend(self.store.audit_log(&filter, before, limit + 1).await?);
            }
        }
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
        rows.truncate(limit as usize + 1);
        Ok(Page::of(rows, limit, |row| row.id.to_string(), view))
    }
}

impl Admin {
    /// The ids that are meant by an id, or by a part of a name.
    async fn targets(&self, actor: &Actor, text: &str) -> Result<Vec<String>, AdminError> {
        let is_id = text.contains('_') && text.ends_with(|last: char| last.is_ascii_digit());
        if text.is_empty() || is_id {
            return Ok(vec![text.to_owned()]);
        }
        let wanted = text.to_lowercase();
        let is_meant = |name: &str| name.to_lowercase().contains(&wanted);
        let mut found = Vec::new();
        let companies = self.companies(actor, None, NAMED).await?.items;
        found.extend(companies.into_iter().filter(|it| is_meant(&it.name)).map(|it| it.id));
        let webhooks = self.store.all_webhooks().await?.into_iter();
        let webhooks = webhooks.filter(|it| actor.sees(it.company) && is_meant(it.settings.name.as_str()));
        found.extend(webhooks.map(|it| it.id.to_string()));
        if actor.companies.is_none() {
            let users = self.store.users(UserId(0), NAMED).await?.into_iter();
            found.extend(users.filter(|it| is_meant(&it.name)).map(|it| it.id.to_string()));
        }
        let keys = self.api_keys(actor, None, NAMED).await?.items.into_iter();
        found.extend(keys.filter(|it| is_meant(&it.name)).map(|it| it.id));
        found.truncate(NAMESAKES);
        // What has no name, or none any more, may still be what stands there.
        Ok(if found.is_empty() { vec![text.to_owned()] } else { found })
    }
}

/// Who did something last, and when.
#[derive(Debug)]
pub struct LastChange {
    pub actor: String,
    pub at: Timestamp,
    action: String,
    id: i64,
}

impl Admin {
    /// Who last did one of these things to `target`, a part of this company if there is one; for everyone who sees that.
    async fn last_change(
        &self,
        actor: &Actor,
        company: Option<CompanyId>,
        target: &str,
        actions: &[&str],
    ) -> Result<Option<LastChange>, AdminError> {
        match company {
            Some(company) => actor.require_company(company)?,
            None => require_all(actor)?,
        }
        let mut last = None;
        for action in actions {
            let filter = AuditFilter {
                company,
                actor: "",
                action,
                target,
                from: Timestamp(i64::MIN),
                to: Timestamp(i64::MAX),
            };
            let found = self.store.audit_log(&filter, i64::MAX, 1).await?.into_iter().next();
            let found = found.map(|line| LastChange {
                actor: line.actor,
                at: line.at,
                action: line.action,
                id: line.id,
            });
            last = last.into_iter().chain(found).max_by_key(|change: &LastChange| change.id);
        }
        Ok(last)
    }

    /// Who paused a webhook, if it was a person; for one that is paused.
    pub async fn paused_by(
        &self,
        actor: &Actor,
        company: CompanyId,
        webhook: WebhookId,
    ) -> Result<Option<LastChange>, AdminError> {
        let both = ["webhook.pause", "webhook.resume"];
        let last = self.last_change(actor, Some(company), &webhook.to_string(), &both).await?;
        // After a resume it can only have been the courier itself.
        Ok(last.filter(|last| last.action == "webhook.pause"))
    }
}

/// What a form changes.
#[derive(Debug, Clone, Copy)]
pub enum Saved {
    Company(CompanyId),
    Source(CompanyId, SourceId),
    Webhook(CompanyId, WebhookId),
    Contact(CompanyId, ContactId),
    ContactPoint(Option<CompanyId>, ContactPointId),
    User(UserId),
    /// A company's board.
    Board(CompanyId),
}

impl Admin {
    /// Who saved this last, and when: for whose form came after that.
    pub async fn saved_by(&self, actor: &Actor, saved: Saved) -> Result<Option<LastChange>, AdminError> {
        // All that makes an older version stale.
        let (company, target, actions): (_, _, &[&str]) = match saved {
            Saved::Company(id) => (Some(id), id.to_string(), &["company.update"]),
            Saved::Board(id) => (Some(id), id.to_string(), &["board.update"]),
            Saved::Source(company, id) => (Some(company), id.to_string(), &["source.update"]),
            Saved::Webhook(company, id) => {
                (Some(company), id.to_string(), &["webhook.update", "webhook.rotate_secret"])
            }
            Saved::Contact(company, id) => (Some(company), id.to_string(), &["contact.update"]),
            Saved::ContactPoint(company, id) => (company, id.to_string(), &["contact_point.update"]),
            Saved::User(id) => (None, id.to_string(), USER_CHANGES),
        };
        let last = self.last_change(actor, company, &target, actions).await?;
        // A list that was imported has one line in the log for all that it changed: of a contact the log may know an older change only.
        let saved_at = match saved {
            Saved::Contact(_, id) => self.store.contact(id).await?.map(|contact| contact.updated_at),
            _ => None,
        };
        Ok(last.filter(|last| saved_at.is_none_or(|saved_at| last.at >= saved_at)))
    }
}

const USER_CHANGES: &[&str] = &[
    "user.update",
    "user.preferences",
    "user.password",
    "user.reset_password",
    "user.disable",
    "user.enable",
];

fn filter(query: &AuditQuery) -> Result<(AuditFilter<'_>, Option<CompanyId>), AdminError> {
    let mut faults = Faults::default();
    let company = |text: &str| text.parse().map_err(|_| Fault::Malformed { expected: Expected::CompanyId });
    let company = query.company.as_deref().and_then(|text| faults.check("company", company(text)));
    let from = query.from.as_deref().and_then(|text| faults.check("from", time(text)));
    let to = query.to.as_deref().and_then(|text| faults.check("to", time(text)));
    faults.done().map_err(AdminError::Invalid)?;
    let filter = AuditFilter {
        company: None,
        actor: trimmed(query.actor.as_ref()),
        action: trimmed(query.action.as_ref()),
        target: trimmed(query.target.as_ref()),
        from: from.unwrap_or(Timestamp(i64::MIN)),
        to: to.unwrap_or(Timestamp(i64::MAX)),
    };
    Ok((filter, company))
}

fn trimmed(asked: Option<&String>) -> &str {
    asked.map(|text| text.trim()).unwrap_or_default()
}

fn view(entry: AuditEntry) -> AuditView {
    AuditView {
        id: entry.id,
        at: entry.at.to_string(),
        actor: entry.actor,
        address: entry.address,
        action: entry.action,
        company_id: entry.company.map(|company| company.to_string()),
        target: entry.target,
        // What does not parse was not written by us; it is shown as a text.
        detail: entry.detail.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
    }
}
