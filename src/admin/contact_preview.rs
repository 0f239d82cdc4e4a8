//! What a list of contacts would do, told before any of it goes in.
//!
//! What must hold here: it is judged as the import judges it ([`read`], [`change`]), so that what is told is what will be done, unless
//! somebody changes the contacts in between.

use std::collections::HashMap;

use super::contact_lists::{ImportView, Listed, change, read};
use super::{Actor, Admin, AdminError, Role};
use crate::domain::CompanyId;
use crate::store::Contact;

/// Contacts that are looked for at once.
const TOGETHER: usize = 500;

/// How many lines of a list are told one by one.
#[derive(Debug, Clone, Copy)]
pub struct Lines(pub usize);

/// See the module.
#[derive(Debug, Default)]
pub struct ImportPreview {
    pub counts: ImportView,
    /// The first of those lines that would change anything, in their order.
    pub lines: Vec<PreviewLine>,
}

/// What one line would do.
#[derive(Debug, PartialEq, Eq)]
pub struct PreviewLine {
    /// As an editor counts, from 1.
    pub line: usize,
    /// Digits.
    pub phone: String,
    /// As it would be called.
    pub name: String,
    /// The fields that would be others than now; `None` for a phone that is not known.
    pub changes: Option<Vec<&'static str>>,
}

impl Admin {
    pub async fn preview_contacts(
        &self,
        actor: &Actor,
        company: CompanyId,
        list: &[u8],
        lines: Lines,
    ) -> Result<ImportPreview, AdminError> {
        actor.require(Role::Operator)?;
        self.company(actor, company).await?;
        let mut preview = ImportPreview::default();
        for rows in read(list)?.chunks(TOGETHER) {
            let phones: Vec<&str> = rows.iter().map(|row| row.said.phone.as_str()).collect();
            let known = self.store.contacts_of_phones(company, &phones).await?;
            let known: HashMap<&str, &Contact> =
                known.iter().map(|contact| (contact.phone.as_str(), contact)).collect();
            for row in rows {
                preview.take(row, known.get(row.said.phone.as_str()).copied(), lines);
            }
        }
        Ok(preview)
    }
}

impl ImportPreview {
    fn take(&mut self, row: &Listed, known: Option<&Contact>, Lines(most): Lines) {
        let (becomes, changes) = match known {
            None => {
                self.counts.created += 1;
                (row.said.clone(), None)
            }
            Some(known) => {
                let Some(becomes) = change(known, &row.said) else {
                    self.counts.unchanged += 1;
                    return;
                };
                self.counts.updated += 1;
                let fields = [
                    ("cpf", known.cpf != becomes.cpf),
                    ("first_name", known.first_name != becomes.first_name),
                    ("last_name", known.last_name != becomes.last_name),
                ];
                let changed = fields.into_iter().filter(|(_, is_other)| *is_other).map(|(name, _)| name);
                (becomes, Some(changed.collect()))
            }
        };
        if self.lines.len() < most {
            let names = becomes.first_name.into_iter().chain(becomes.last_name);
            self.lines.push(PreviewLine {
                line: row.line,
                phone: becomes.phone,
                name: names.collect::<Vec<_>>().join(" "),
                changes,
            });
        }
    }
}
