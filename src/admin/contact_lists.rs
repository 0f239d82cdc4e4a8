//! Contacts as a list that spreadsheets write and read: CSV with a line of names, `phone,cpf,first_name,last_name`.
//!
//! What must hold here: a list is judged whole before anything of it goes in, and each thing that is wrong with it is told by its line
//! and field. It goes in fifty contacts at a time, so that nobody waits for it; one that was broken off can be sent again.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::contacts::{Checked, ContactInput};
use super::fault::{Fault, Faults};
use super::place::Place;
use super::{Actor, Admin, AdminError, Role, audit};
use crate::domain::{CompanyId, ContactId, Timestamp, ValueFault};
use crate::store::{Contact, StoreError, Tx};

/// The columns, in the order in which they are written; in a list that is read they may stand in any.
const COLUMNS: [&str; 4] = ["phone", "cpf", "first_name", "last_name"];
/// Lines of one list.
const MOST: usize = 20_000;
/// Contacts that are read at once.
const PAGE: u32 = 1_000;
/// Contacts of one transaction.
const TOGETHER: usize = 50;
/// What spreadsheets write before a list in UTF-8, and know one by.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a list changed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportView {
    /// Contacts that were not known.
    pub created: u64,
    /// Contacts of which something is said otherwise now; what the list does not say of them stays.
    pub updated: u64,
    /// Contacts that were as the list says.
    pub unchanged: u64,
}

/// Who reads a list that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFor {
    /// Fields parted by commas, in UTF-8.
    Programs,
    /// As spreadsheets in Brazil open it by a double click: parted by semicolons, and marked as UTF-8.
    Spreadsheets,
}

/// A contact of a list that is read, and the line in which it begins.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub line: usize,
    pub said: Checked,
}

impl Admin {
    /// Every contact of a company, by id.
    pub async fn export_contacts(
        &self,
        actor: &Actor,
        company: CompanyId,
        reader: ListFor,
    ) -> Result<Vec<u8>, AdminError> {
        // It holds whole CPFs.
        actor.require(Role::Administrator)?;
        self.company(actor, company).await?;
        let entry = audit(actor, "contact.export", Some(company), company.to_string(), &json!({}));
        self.journal.control(move |tx| Box::pin(async move { tx.audit(&entry).await })).await?;
        let wrong = |error: csv::Error| AdminError::Internal(error.to_string());
        let (mark, delimiter) = match reader {
            ListFor::Programs => (&b""[..], b','),
            ListFor::Spreadsheets => (BYTE_ORDER_MARK, b';'),
        };
        let mut list = csv::WriterBuilder::new().delimiter(delimiter).from_writer(mark.to_vec());
        list.write_record(COLUMNS).map_err(wrong)?;
        let mut after = ContactId(0);
        loop {
            let page = self.store.contacts(company, "", false, after, PAGE).await?;
            let Some(end) = page.last() else { break };
            after = end.id;
            for contact in &page {
                let text = |field: &Option<String>| field.as_deref().map(harmless).unwrap_or_default();
                let fields = [
                    contact.phone.clone(),
                    text(&contact.cpf),
                    text(&contact.first_name),
                    text(&contact.last_name),
                ];
                list.write_record(&fields).map_err(wrong)?;
            }
        }
        list.into_inner().map_err(|error| AdminError::Internal(error.to_string()))
    }

    /// Makes the phones of a list known, and says of those that are what the list says.
    pub async fn import_contacts(
        &self,
        actor: &Actor,
        company: CompanyId,
        list: &[u8],
    ) -> Result<ImportView, AdminError> {
        actor.require(Role::Operator)?;
        self.company(actor, company).await?;
        let rows = read(list)?;
        let mut done = ImportView::default();
        // Written down with the first of it: also of a list that is broken off it is known who sent it.
        let detail = json!({ "contacts": rows.len() });
        let mut entry = Some(audit(actor, "contact.import", Some(company), company.to_string(), &detail));
        for some in rows.chunks(TOGETHER) {
            let (some, entry) = (some.to_vec(), entry.take());
            let of_these = self.journal.control(move |tx| {
                Box::pin(async move {
                    if let Some(entry) = entry {
                        tx.audit(&entry).await?;
                    }
                    put(tx, company, &some).await
                })
            });
            done.add(of_these.await?);
        }
        Ok(done)
    }
}

impl ImportView {
    fn add(&mut self, other: Self) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

async fn put(tx: &mut Tx<'_>, company: CompanyId, rows: &[Listed]) -> Result<ImportView, StoreError> {
    let (mut done, now) = (ImportView::default(), Timestamp::now());
    for Listed { said, .. } in rows {
        if tx.create_contact(company, &said.save(), None, now).await?.is_some() {
            done.created += 1;
            continue;
        }
        let Some(known) = tx.contact_of_phone(company, &said.phone).await? else { continue };
        match change(&known, said) {
            None => done.unchanged += 1,
            Some(becomes) => {
                tx.save_contact(known.id, known.version, &becomes.save(), now).await?;
                done.updated += 1;
            }
        }
    }
    Ok(done)
}

/// What a known contact becomes by a line of a list, which says nothing of what it leaves empty; `None` where that is as it was.
pub(super) fn change(known: &Contact, said: &Checked) -> Option<Checked> {
    let becomes = Checked {
        phone: said.phone.clone(),
        cpf: said.cpf.clone().or_else(|| known.cpf.clone()),
        first_name: said.first_name.clone().or_else(|| known.first_name.clone()),
        last_name: said.last_name.clone().or_else(|| known.last_name.clone()),
    };
    let before = (&known.cpf, &known.first_name, &known.last_name);
    (before != (&becomes.cpf, &becomes.first_name, &becomes.last_name)).then_some(becomes)
}

/// What a spreadsheet would take for a formula it takes for a text.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// A list, judged whole.
pub(super) fn read(list: &[u8]) -> Result<Vec<Listed>, AdminError> {
    let mut faults = Faults::default();
    let list = list.strip_prefix(BYTE_ORDER_MARK).unwrap_or(list);
    // Spreadsheets in Brazil part fields by semicolons.
    let first = list.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let delimiter = if first.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(list);
    let names = reader.headers().map(|names| names.iter().map(str::to_lowercase).collect::<Vec<_>>());
    let columns = match names {
        Ok(names) => columns(&names, &mut faults),
        Err(_) => return Err(AdminError::invalid(Place::whole("body"), Fault::Unread)),
    };
    let (mut rows, mut seen): (Vec<Listed>, HashSet<String>) = Default::default();
    for (count, record) in reader.into_records().enumerate() {
        if count >= MOST {
            let fault = Fault::Value(ValueFault::TooMany { max: MOST });
            return Err(AdminError::invalid(Place::whole("body"), fault));
        }
        let number = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let number = number.map_or(count + 2, |at| line_of(list, at));
        let line = || Place::from("line").at(number);
        let Ok(record) = record else {
            faults.add(line(), Fault::Unread);
            continue;
        };
        let (input, mut of_line) = (input(&record, &columns), Faults::default());
        let checked = input.check(None, &mut of_line);
        if checked.as_ref().is_some_and(|checked| !seen.insert(checked.phone.clone())) {
            of_line.add("phone", Fault::Value(ValueFault::Twice));
        }
        for one in Vec::from(of_line) {
            faults.add(line().key(&one.field), one.fault);
        }
        rows.extend(checked.map(|said| Listed { line: number, said }));
    }
    faults.done().map_err(AdminError::Invalid)?;
    Ok(rows)
}

/// As an editor counts: a text may have several lines, and where a record begins may be lines before it that are empty.
fn line_of(list: &[u8], at: &csv::Position) -> usize {
    let from = usize::try_from(at.byte()).unwrap_or(usize::MAX).min(list.len());
    let empty = list[from..].iter().take_while(|byte| b"\r\n".contains(byte)).filter(|byte| **byte == b'\n');
    usize::try_from(at.line()).unwrap_or(usize::MAX).saturating_add(empty.count())
}

fn input(record: &csv::StringRecord, columns: &[Option<usize>; COLUMNS.len()]) -> ContactInput {
    let field = |at: usize| columns[at].and_then(|place| record.get(place)).map(str::to_owned);
    ContactInput {
        phone: Some(field(0).unwrap_or_default()),
        cpf: field(1),
        first_name: field(2),
        last_name: field(3),
        version: None,
    }
}

/// Where each of [`COLUMNS`] stands.
fn columns(names: &[String], faults: &mut Faults) -> [Option<usize>; COLUMNS.len()] {
    for name in names.iter().filter(|name| !COLUMNS.contains(&name.as_str())) {
        faults.add(Place::from("line").at(1).key(name), Fault::Unknown);
    }
    let found = COLUMNS.map(|column| names.iter().position(|name| name == column));
    if found[0].is_none() {
        faults.add(Place::from("line").at(1).key(COLUMNS[0]), Fault::Value(ValueFault::Missing));
    }
    found
}
