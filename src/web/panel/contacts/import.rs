//! A list of contacts is taken in: chosen, shown with what it would do or what is wrong with it, and then done.

use askama::Template;
use axum::extract::State;

use super::super::multipart::SentFile;
use super::super::parts::{Crumbs, Notice, Tone};
use super::super::{Frame, InCompany, Operator, Panel, Section, Shown, Ui, Visit, calls, refuse, show};
use super::{list_of, to_list};
use crate::admin::{AdminError, FieldFault, ImportPreview, ImportView, Lines, PreviewLine};
use crate::domain::CompanyId;

/// Lines of a list that are shown one by one, and faults: a page stays one that can be read.
const SHOWN: Lines = Lines(100);
const FAULTS_SHOWN: usize = 500;

/// Where a list is chosen, with what is wrong with the one that was.
#[derive(Template)]
#[template(path = "panel/contacts/import.html")]
struct Choose {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    notice: Option<Notice>,
    faults: Vec<Wrong>,
    /// Those that are not shown.
    more: Option<String>,
}

/// One thing that is wrong with a list.
struct Wrong {
    line: String,
    column: String,
    fault: String,
}

/// What a list would do.
#[derive(Template)]
#[template(path = "panel/contacts/preview.html")]
struct Preview {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    /// The list itself, which goes in once it is sent again.
    list: String,
    counts: Vec<(String, String)>,
    does_anything: bool,
    rows: Vec<Row>,
    more: Option<String>,
    button: String,
}

struct Row {
    line: String,
    phone: String,
    name: String,
    effect: String,
}

fn form(visit: &Visit, company: CompanyId, name: &str, faults: &[FieldFault]) -> Choose {
    let ui = &visit.ui;
    let over = faults.len().saturating_sub(FAULTS_SHOWN);
    let notice = (!faults.is_empty()).then(|| {
        Notice::new(ui, Tone::Bad, ui.say("import-wrong").with("n", faults.len()))
            .advice(ui.say("import-wrong-advice"))
    });
    Choose {
        frame: visit.frame(Section::Companies).of_company(company),
        crumbs: to_list(ui, company, name),
        path: list_of(company),
        notice,
        faults: faults.iter().take(FAULTS_SHOWN).map(|fault| wrong(ui, fault)).collect(),
        more: (over > 0).then(|| ui.say("import-more-faults").with("n", over).text()),
        ui: ui.clone(),
    }
}

/// A fault's place is `line[4].phone`, or the whole.
fn wrong(ui: &Ui, FieldFault { field, fault, .. }: &FieldFault) -> Wrong {
    let place = field.strip_prefix("line[").and_then(|rest| rest.split_once(']'));
    let (line, column) = place.unwrap_or_default();
    let column = column.trim_start_matches('.');
    let said = match (fault.code(), line, column) {
        ("unread", "", _) => ui.say("import-unread").text(),
        ("unread", ..) => ui.say("import-line-unread").text(),
        ("twice", ..) => ui.say("import-twice").text(),
        ("missing", "1", _) => ui.say("import-no-column").text(),
        ("unknown_field", ..) => ui.say("import-unknown-column").text(),
        _ => fault.text(ui.lang),
    };
    Wrong { line: line.to_owned(), column: column.to_owned(), fault: said }
}

pub async fn choose(Operator(visit): Operator, InCompany { id, company }: InCompany) -> Shown {
    show(&form(&visit, id, &company.name, &[]))
}

pub async fn preview(
    Operator(visit): Operator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    SentFile { file, .. }: SentFile,
) -> Shown {
    match panel.admin.preview_contacts(&visit.actor, id, &file, SHOWN).await {
        Ok(preview) => {
            // It was read as UTF-8 in every line, or there were faults.
            let list = String::from_utf8_lossy(&file);
            show(&previewed(&visit, id, &company.name, preview, &list))
        }
        Err(error) => refused(&visit, id, &company.name, error),
    }
}

fn refused(visit: &Visit, company: CompanyId, name: &str, error: AdminError) -> Shown {
    match error {
        AdminError::Invalid(faults) => refuse(&form(visit, company, name, &faults)),
        error => Err(error.into()),
    }
}

fn previewed(visit: &Visit, company: CompanyId, name: &str, preview: ImportPreview, list: &str) -> Preview {
    let ui = &visit.ui;
    let ImportView { created, updated, unchanged } = preview.counts;
    let count =
        |effect: &'static str, n: u64| (ui.say("import-count").with("effect", effect).text(), ui.number(n));
    let over = (created + updated).saturating_sub(preview.lines.len() as u64);
    Preview {
        frame: visit.frame(Section::Companies).of_company(company),
        crumbs: to_list(ui, company, name),
        path: list_of(company),
        list: list.trim_start_matches('\u{feff}').to_owned(),
        counts: vec![count("created", created), count("updated", updated), count("unchanged", unchanged)],
        does_anything: created + updated > 0,
        rows: preview.lines.into_iter().map(|line| row(ui, line)).collect(),
        more: (over > 0).then(|| ui.say("import-more-lines").with("n", over).text()),
        button: ui.say("import-button").with("n", created + updated).text(),
        ui: ui.clone(),
    }
}

fn row(ui: &Ui, line: PreviewLine) -> Row {
    let effect = match &line.changes {
        None => ui.say("import-new").text(),
        Some(changes) => {
            let names = changes.iter().map(|field| ui.say("contact-field").with("field", *field).text());
            ui.say("import-changes").with("fields", names.collect::<Vec<_>>().join(", ")).text()
        }
    };
    Row { line: line.line.to_string(), phone: calls::phone(&line.phone), name: line.name, effect }
}

/// Judged again: what was sent back is what somebody may have changed on the way.
pub async fn import(
    Operator(visit): Operator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    SentFile { pairs, .. }: SentFile,
) -> Shown {
    match panel.admin.import_contacts(&visit.actor, id, pairs.text("list").as_bytes()).await {
        Ok(ImportView { created, updated, unchanged }) => {
            let said = visit.ui.say("import-done").with("created", created).with("updated", updated);
            Ok(visit.done(&list_of(id), &said.with("unchanged", unchanged)))
        }
        Err(error) => refused(&visit, id, &company.name, error),
    }
}
