//! Contact points: who is told of what is wrong.
//!
//! What must hold here: those of the whole installation exist only for who sees all companies; those of a company for who sees that
//! one. No view holds an address, a token or a secret whole, but for the signing secret in the answer that made it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::afresh::afresh;
use super::bounds::{Cursor, PageSize};
use super::contact_point_input::{CheckedPoint, WantedPoint, company};
use super::fault::{Expected, Fault, Faults};
use super::users::require_all;
use super::{Actor, Admin, AdminError, ContactPointInput, Page, Role, after, audit, page_size, refused};
use crate::alerting::Failure;
use crate::domain::contact_point::{ChannelKind, ChannelSettings, EmailAddress, TelegramTopic};
use crate::domain::{CompanyId, ContactPointId, Lang, Timestamp};
use crate::secrets::Secret;
use crate::store::{LastMessage, SaveContactPoint, StoredContactPoint};
use crate::texts::sentence;

/// Which contact points to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ContactPointQuery {
    /// Those of this company only, `company_7`.
    #[param(value_type = Option<CompanyId>)]
    pub company: Option<String>,
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

/// A contact point as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactPointView {
    #[schema(value_type = ContactPointId)]
    pub id: String,
    /// Absent for one of the whole installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    pub name: String,
    pub lang: Lang,
    #[schema(value_type = ChannelKind)]
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<EmailAddress>>)]
    pub to: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_mask: Option<String>,
    /// As it may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_mask: Option<String>,
    pub version: i64,
    /// What came of the last message; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<LastMessageView>,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    #[schema(value_type = Timestamp)]
    pub updated_at: String,
    /// The signing secret that was made here; only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// What came of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastMessageView {
    #[schema(value_type = Timestamp)]
    pub at: String,
    pub taken: bool,
    /// A stable word: `http:404`, `net:timeout`, `smtp:550`, `recipients:550`, `no_mail_server`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The same as a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Admin {
    /// By id: those of the installation, where the caller sees all companies, and those of the companies that they see.
    pub async fn contact_points(
        &self,
        actor: &Actor,
        lang: Lang,
        query: &ContactPointQuery,
    ) -> Result<Page<ContactPointView>, AdminError> {
        let (from, limit) = (after(query.cursor.as_deref(), 0)?, page_size(query.limit)?);
        let fault = Fault::Malformed { expected: Expected::CompanyId };
        let of = |text: &str| text.parse().map_err(|_| AdminError::invalid("company", fault.clone()));
        let company: Option<CompanyId> = query.company.as_deref().map(of).transpose()?;
        if let Some(company) = company {
            self.company(actor, company).await?;
        }
        let all = self.store.all_contact_points().await?.into_iter();
        let seen = all.filter(|point| {
            point.id.0 > from && sees(actor, point.company) && (company.is_none() || point.company == company)
        });
        let mut views = Vec::new();
        for point in seen.take(limit as usize + 1) {
            views.push(self.point_view(lang, point).await?);
        }
        Ok(Page::of(
            views,
            limit,
            |view| view.id.trim_start_matches("contact_point_").to_owned(),
            |view| view,
        ))
    }

    pub async fn contact_point(
        &self,
        actor: &Actor,
        lang: Lang,
        id: ContactPointId,
    ) -> Result<ContactPointView, AdminError> {
        self.point_view(lang, self.stored_point(actor, id).await?).await
    }

    pub async fn create_contact_point(
        &self,
        actor: &Actor,
        lang: Lang,
        input: &ContactPointInput,
    ) -> Result<ContactPointView, AdminError> {
        actor.require(Role::Administrator)?;
        let mut faults = Faults::default();
        let company = company(input, &mut faults);
        let checked = input.check(None, lang, &mut faults);
        faults.done().map_err(AdminError::Invalid)?;
        match company {
            Some(company) => drop(self.company(actor, company).await?),
            None => require_all(actor)?,
        }
        let CheckedPoint { wanted, made } = checked.ok_or_else(unsaid)?;
        self.check_point_address(company, &wanted).await?;
        let by = actor.clone();
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                let id = tx.create_contact_point(company, &wanted.save(), Timestamp::now()).await?;
                tx.audit(&audit(&by, "contact_point.create", company, id.to_string(), &described(&wanted)))
                    .await?;
                Ok(id)
            })
        });
        let id = created.await?;
        Ok(ContactPointView { secret: made, ..self.contact_point(actor, lang, id).await? })
    }

    pub async fn update_contact_point(
        &self,
        actor: &Actor,
        lang: Lang,
        id: ContactPointId,
        input: &ContactPointInput,
    ) -> Result<ContactPointView, AdminError> {
        afresh(input.version, || self.change_point_as_read(actor, lang, id, input)).await
    }

    async fn change_point_as_read(
        &self,
        actor: &Actor,
        lang: Lang,
        id: ContactPointId,
        input: &ContactPointInput,
    ) -> Result<ContactPointView, AdminError> {
        actor.require(Role::Administrator)?;
        // First the row with its version: whatever is read after it and changes meanwhile makes this change stale.
        let before = self.stored_point(actor, id).await?;
        let present = WantedPoint {
            name: before.name.clone(),
            lang: before.lang,
            channel: before.channel.clone(),
            credentials: self.store.contact_point_credentials(id).await?,
        };
        let mut faults = Faults::default();
        let given = company(input, &mut faults);
        if input.company_id.is_some() && given.is_some() && given != before.company {
            let allowed = before.company.map(|company| company.to_string()).unwrap_or_default();
            faults.add("company_id", Fault::Value(crate::domain::ValueFault::NotOne { allowed }));
        }
        let checked = input.check(Some(&present), lang, &mut faults);
        faults.done().map_err(AdminError::Invalid)?;
        let CheckedPoint { wanted, made } = checked.ok_or_else(unsaid)?;
        if wanted.address() != present.address() {
            self.check_point_address(before.company, &wanted).await?;
        }
        let (by, version) = (actor.clone(), input.version.unwrap_or(before.version));
        if wanted != present || version != before.version {
            let saved = self.journal.control(move |tx| {
                Box::pin(async move {
                    tx.save_contact_point(id, version, &wanted.save(), Timestamp::now()).await?;
                    let detail = json!({ "before": described(&present), "after": described(&wanted) });
                    tx.audit(&audit(&by, "contact_point.update", before.company, id.to_string(), &detail))
                        .await
                })
            });
            saved.await.map_err(refused("name"))?;
        }
        Ok(ContactPointView { secret: made, ..self.contact_point(actor, lang, id).await? })
    }

    pub async fn delete_contact_point(&self, actor: &Actor, id: ContactPointId) -> Result<(), AdminError> {
        actor.require(Role::Administrator)?;
        let before = self.stored_point(actor, id).await?;
        let by = actor.clone();
        let deleted = self.journal.control(move |tx| {
            Box::pin(async move {
                let was = tx.delete_contact_point(id).await?;
                if was {
                    let detail = json!({ "name": before.name, "channel": before.channel });
                    let target = id.to_string();
                    tx.audit(&audit(&by, "contact_point.delete", before.company, target, &detail)).await?;
                }
                Ok(was)
            })
        });
        if deleted.await? { Ok(()) } else { Err(AdminError::not_found("contact_point", id)) }
    }

    /// One that the caller may see.
    pub(super) async fn stored_point(
        &self,
        actor: &Actor,
        id: ContactPointId,
    ) -> Result<StoredContactPoint, AdminError> {
        let found = self.store.contact_point(id).await?.filter(|point| sees(actor, point.company));
        found.ok_or_else(|| AdminError::not_found("contact_point", id))
    }

    /// The guard's judgement, as of a webhook's address.
    async fn check_point_address(
        &self,
        company: Option<CompanyId>,
        wanted: &WantedPoint,
    ) -> Result<(), AdminError> {
        match wanted.address() {
            Some(address) => self.check_url(company, address).await,
            None => Ok(()),
        }
    }

    async fn point_view(
        &self,
        lang: Lang,
        point: StoredContactPoint,
    ) -> Result<ContactPointView, AdminError> {
        let credentials = self.store.contact_point_credentials(point.id).await?;
        let (to, chat, thread) = match &point.channel {
            ChannelSettings::Email { to } => (Some(to.iter().map(ToString::to_string).collect()), None, None),
            ChannelSettings::Telegram { chat, thread } => {
                (None, Some(chat.as_str().to_owned()), thread.map(TelegramTopic::get))
            }
            _ => (None, None, None),
        };
        Ok(ContactPointView {
            id: point.id.to_string(),
            company_id: point.company.map(|company| company.to_string()),
            name: point.name,
            lang: point.lang,
            kind: point.channel.kind().as_str(),
            to,
            chat,
            thread,
            token_mask: credentials.bearer.as_ref().map(Secret::mask),
            url: point.channel.shown_url().map(str::to_owned),
            secret_mask: credentials.signing.first().map(|one| one.secret.mask()),
            version: point.version,
            last: point.last.map(|last| last_view(last, lang)),
            created_at: point.created_at.to_string(),
            updated_at: point.updated_at.to_string(),
            secret: None,
        })
    }
}

impl WantedPoint {
    fn save(&self) -> SaveContactPoint<'_> {
        let credentials = Some(&self.credentials);
        SaveContactPoint { name: &self.name, lang: self.lang, channel: &self.channel, credentials }
    }

    /// The whole address, of a service that has one.
    fn address(&self) -> Option<&str> {
        self.channel.shown_url().map(|shown| self.credentials.address(shown))
    }
}

/// Whether one of this company, or of the installation, exists for the caller.
fn sees(actor: &Actor, company: Option<CompanyId>) -> bool {
    match company {
        Some(company) => actor.sees(company),
        None => actor.companies.is_none(),
    }
}

fn last_view(last: LastMessage, lang: Lang) -> LastMessageView {
    let failure = last.why.as_deref().and_then(Failure::parse);
    LastMessageView {
        at: last.at.to_string(),
        taken: last.taken,
        error: last.why,
        message: failure.map(|failure| sentence(&failure.message().text(lang))),
    }
}

/// For the audit log; secrets as masks.
fn described(wanted: &WantedPoint) -> Value {
    let signing: Vec<_> = wanted.credentials.signing.iter().map(|one| one.secret.mask()).collect();
    json!({
        "name": wanted.name,
        "lang": wanted.lang,
        "channel": wanted.channel,
        "token": wanted.credentials.bearer.as_ref().map(Secret::mask),
        "signing": signing,
    })
}

fn unsaid() -> AdminError {
    AdminError::Internal("a contact point that nothing is wrong with, and that is none".into())
}
