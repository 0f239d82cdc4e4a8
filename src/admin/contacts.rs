//! Contacts: the phones that a company knows, and whose they are.
//!
//! What must hold here: only administrators see a CPF whole, and only they find a contact by it: digit by digit a search would tell it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::afresh::afresh;
use super::bounds::{Cursor, PageSize, Version};
use super::fault::{Fault, Faults};
use super::needed::Needs;
use super::{Actor, Admin, AdminError, Page, Role, after, audit, page_size};
use crate::domain::contact::{PersonName, cpf, phone};
use crate::domain::{CompanyId, ContactId, Timestamp, ValueFault};
use crate::store::{Contact, SaveContact};

/// Which contacts to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ContactQuery {
    /// A part of the phone, however it is written, or of the name; for administrators also of the CPF.
    pub text: Option<String>,
    #[param(value_type = Option<Cursor>, inline)]
    pub cursor: Option<String>,
    /// Items on a page, 1 to 1,000 (100).
    #[param(value_type = Option<PageSize>, inline)]
    pub limit: Option<u32>,
}

/// The fields of a contact. `phone` is needed; an empty text clears one of the others.
#[derive(Debug, Default, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactInput {
    /// 3 to 20 digits, however they are written; no other contact of the company has it.
    pub phone: Option<String>,
    /// Eleven digits of which the last two fit the others, with or without dots and dash.
    pub cpf: Option<String>,
    /// At most 80 characters.
    pub first_name: Option<String>,
    /// At most 80 characters.
    pub last_name: Option<String>,
    /// Which saved state the caller edited.
    #[schema(value_type = Option<Version>, inline)]
    pub version: Option<i64>,
}

/// A contact as people see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    #[schema(value_type = ContactId)]
    pub id: String,
    #[schema(value_type = CompanyId)]
    pub company_id: String,
    /// Digits.
    pub phone: String,
    /// Only its last two digits, save for administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpf: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// The provider's id of the call by which it became known; absent for one that a person entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_call: Option<String>,
    pub version: i64,
    #[schema(value_type = Timestamp)]
    pub created_at: String,
    #[schema(value_type = Timestamp)]
    pub updated_at: String,
}

impl Needs for ContactInput {
    const FIELDS: &'static [&'static str] = &["phone"];

    fn has(&self, field: &str) -> bool {
        match field {
            "phone" => self.phone.is_some(),
            _ => true,
        }
    }
}

/// What may be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub phone: String,
    pub cpf: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

impl Checked {
    pub fn save(&self) -> SaveContact<'_> {
        SaveContact {
            phone: &self.phone,
            cpf: self.cpf.as_deref(),
            first_name: self.first_name.as_deref(),
            last_name: self.last_name.as_deref(),
        }
    }
}

impl ContactInput {
    /// Judges what was given on top of what is stored.
    pub(super) fn check(&self, stored: Option<&Contact>, faults: &mut Faults) -> Option<Checked> {
        let name = |raw: &str| PersonName::check(raw);
        let before =
            |field: fn(&Contact) -> &Option<String>| stored.and_then(|contact| field(contact).clone());
        let digits = match (&self.phone, stored) {
            (Some(raw), _) => faults.check("phone", phone(raw).map_err(Fault::Value)),
            (None, Some(contact)) => Some(contact.phone.clone()),
            (None, None) => faults.check("phone", Err(Fault::Value(ValueFault::Missing))),
        };
        let cpf = clearable(self.cpf.as_deref(), before(|contact| &contact.cpf), "cpf", cpf, faults);
        let first = before(|contact| &contact.first_name);
        let first_name = clearable(self.first_name.as_deref(), first, "first_name", name, faults);
        let last = before(|contact| &contact.last_name);
        let last_name = clearable(self.last_name.as_deref(), last, "last_name", name, faults);
        Some(Checked { phone: digits?, cpf, first_name, last_name })
    }
}

/// A field that an empty text clears, and that stays where nothing is given.
fn clearable(
    given: Option<&str>,
    before: Option<String>,
    field: &'static str,
    judge: impl Fn(&str) -> Result<String, ValueFault>,
    faults: &mut Faults,
) -> Option<String> {
    match given {
        None => before,
        Some(raw) if raw.trim().is_empty() => None,
        Some(raw) => faults.check(field, judge(raw).map_err(Fault::Value)),
    }
}

impl Admin {
    pub async fn contacts(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &ContactQuery,
    ) -> Result<Page<ContactView>, AdminError> {
        self.company(actor, company).await?;
        let (from, limit) = (after(query.cursor.as_deref(), 0)?, page_size(query.limit)?);
        let part = searched(query.text.as_deref().unwrap_or_default());
        let rows = self.store.contacts(company, &part, sees_cpf(actor), ContactId(from), limit + 1).await?;
        Ok(Page::of(rows, limit, |row| row.id.0.to_string(), |row| view(actor, row)))
    }

    /// How many a company has.
    pub async fn contact_count(&self, actor: &Actor, company: CompanyId) -> Result<i64, AdminError> {
        self.company(actor, company).await?;
        Ok(self.store.count_contacts(company).await?)
    }

    pub async fn contact(&self, actor: &Actor, id: ContactId) -> Result<ContactView, AdminError> {
        self.stored_contact(actor, id).await.map(|contact| view(actor, contact))
    }

    pub async fn create_contact(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &ContactInput,
    ) -> Result<ContactView, AdminError> {
        actor.require(Role::Operator)?;
        self.company(actor, company).await?;
        let mut faults = Faults::default();
        let checked = input.check(None, &mut faults);
        faults.done().map_err(AdminError::Invalid)?;
        let checked = checked.ok_or_else(|| AdminError::Internal("a contact without a phone".into()))?;
        let by = actor.clone();
        let made = self.journal.control(move |tx| {
            Box::pin(async move {
                let made = tx.create_contact(company, &checked.save(), None, Timestamp::now()).await?;
                if let Some(id) = made {
                    let detail = detail(&checked);
                    tx.audit(&audit(&by, "contact.create", Some(company), id.to_string(), &detail)).await?;
                }
                Ok(made)
            })
        });
        match made.await? {
            Some(id) => self.contact(actor, id).await,
            None => Err(AdminError::invalid("phone", Fault::Taken)),
        }
    }

    pub async fn update_contact(
        &self,
        actor: &Actor,
        id: ContactId,
        input: &ContactInput,
    ) -> Result<ContactView, AdminError> {
        actor.require(Role::Operator)?;
        afresh(input.version, || self.change_contact_as_read(actor, id, input)).await
    }

    async fn change_contact_as_read(
        &self,
        actor: &Actor,
        id: ContactId,
        input: &ContactInput,
    ) -> Result<ContactView, AdminError> {
        let before = self.stored_contact(actor, id).await?;
        let mut faults = Faults::default();
        let checked = input.check(Some(&before), &mut faults);
        faults.done().map_err(AdminError::Invalid)?;
        let checked = checked.ok_or_else(|| AdminError::Internal("a contact without a phone".into()))?;
        let (by, version) = (actor.clone(), input.version.unwrap_or(before.version));
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                let other = tx.contact_of_phone(before.company, &checked.phone).await?;
                if other.is_some_and(|other| other.id != id) {
                    return Ok(false);
                }
                tx.save_contact(id, version, &checked.save(), Timestamp::now()).await?;
                let detail = detail(&checked);
                tx.audit(&audit(&by, "contact.update", Some(before.company), id.to_string(), &detail))
                    .await?;
                Ok(true)
            })
        });
        if saved.await? {
            self.contact(actor, id).await
        } else {
            Err(AdminError::invalid("phone", Fault::Taken))
        }
    }

    pub async fn delete_contact(&self, actor: &Actor, id: ContactId) -> Result<(), AdminError> {
        actor.require(Role::Operator)?;
        let before = self.stored_contact(actor, id).await?;
        let by = actor.clone();
        let deleted = self.journal.control(move |tx| {
            Box::pin(async move {
                let was = tx.delete_contact(id).await?;
                if was {
                    let detail = json!({});
                    tx.audit(&audit(&by, "contact.delete", Some(before.company), id.to_string(), &detail))
                        .await?;
                }
                Ok(was)
            })
        });
        if deleted.await? { Ok(()) } else { Err(AdminError::not_found("contact", id)) }
    }

    async fn stored_contact(&self, actor: &Actor, id: ContactId) -> Result<Contact, AdminError> {
        let found = self.store.contact(id).await?.filter(|contact| actor.sees(contact.company));
        found.ok_or_else(|| AdminError::not_found("contact", id))
    }
}

/// What is kept of phones and CPFs are digits: who types them as people write them finds them all the same.
fn searched(text: &str) -> String {
    let text = text.trim();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if is_number { text.chars().filter(char::is_ascii_digit).collect() } else { text.to_owned() }
}

fn sees_cpf(actor: &Actor) -> bool {
    actor.role >= Role::Administrator
}

/// For the audit log, which outlives a contact: what is known of it, not what it is.
fn detail(checked: &Checked) -> Value {
    let named =
        [("cpf", &checked.cpf), ("first_name", &checked.first_name), ("last_name", &checked.last_name)];
    let known: Vec<&str> = named.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| *name).collect();
    json!({ "known": known })
}

fn view(actor: &Actor, contact: Contact) -> ContactView {
    let whole = sees_cpf(actor);
    let masked =
        |cpf: String| if whole { cpf } else { format!("*********{}", &cpf[cpf.len().saturating_sub(2)..]) };
    ContactView {
        id: contact.id.to_string(),
        company_id: contact.company.to_string(),
        phone: contact.phone,
        cpf: contact.cpf.map(masked),
        first_name: contact.first_name,
        last_name: contact.last_name,
        first_call: contact.met.map(|met| met.call),
        version: contact.version,
        created_at: contact.created_at.to_string(),
        updated_at: contact.updated_at.to_string(),
    }
}
