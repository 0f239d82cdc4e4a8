//! A company's contacts, searched; and all of them as a file.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

use super::super::company_page::{CompanyHead, Tab};
use super::super::parts::{Empty, Pager, icon};
use super::super::ui::Moment;
use super::super::{
    Administrator, Asked, Frame, InCompany, Panel, Reader, Section, Shown, Ui, calls, lines, show,
};
use super::{list_of, words};
use crate::admin::{ContactQuery, ContactView, ListFor, Role};
use crate::domain::CompanyId;

/// Rows of a page.
const ON_A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "panel/contacts/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    path: String,
    /// How many there are in all.
    count: String,
    text: String,
    operates: bool,
    administers: bool,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

struct Row {
    /// The contact's page, for who may change it.
    href: Option<String>,
    phone: String,
    name: Option<String>,
    cpf: Option<String>,
    /// The calls with this phone.
    calls: String,
    since: Moment,
    /// The call by which it became known.
    met: Option<String>,
}

pub async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, path) = (&visit.ui, list_of(id));
    // An address that was cut off begins at the beginning.
    let at = asked.given("cursor").filter(|cursor| cursor.parse::<i64>().is_ok());
    let text = asked.given("text").unwrap_or_default();
    let query =
        ContactQuery { text: Some(text.to_owned()), cursor: at.map(str::to_owned), limit: Some(ON_A_PAGE) };
    let page = panel.admin.contacts(&visit.actor, id, &query).await?;
    let count = panel.admin.contact_count(&visit.actor, id).await?;
    let operates = visit.actor.role >= Role::Operator;
    let address = if text.is_empty() { path.clone() } else { format!("{path}?{}", asked_for("text", text)) };
    show(&List {
        frame: visit.frame(Section::Companies).of_company(id),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Contacts),
        company: company.name,
        count: ui.say("contacts-count").with("n", count).text(),
        rows: page.items.into_iter().map(|contact| row(ui, id, operates, contact)).collect(),
        empty: nothing(ui, !text.is_empty(), operates, &path),
        pager: Pager::new(ui, &address, at, page.next.as_deref()),
        text: text.to_owned(),
        administers: visit.actor.role == Role::Administrator,
        operates,
        path,
        ui: ui.clone(),
    })
}

fn nothing(ui: &Ui, filtered: bool, operates: bool, path: &str) -> Empty {
    if filtered {
        return Empty::new(
            icon("search"),
            &ui.say("contacts-none-found"),
            &ui.say("contacts-none-found-text"),
        )
        .step(path, &ui.say("events-clear"));
    }
    let empty = Empty::new(icon("users"), &ui.say("contacts-none"), &ui.say("contacts-none-text"));
    if operates { empty.step(format!("{path}/import"), &ui.say("contacts-import")) } else { empty }
}

fn row(ui: &Ui, company: CompanyId, operates: bool, contact: ContactView) -> Row {
    Row {
        href: operates.then(|| format!("{}/{}", list_of(company), contact.id)),
        name: words::name(&contact),
        calls: calls_with(company, &contact.phone),
        phone: calls::phone(&contact.phone),
        cpf: contact.cpf.as_deref().map(words::cpf),
        since: ui.ago(lines::moment(Some(&contact.created_at)).unwrap_or(ui.now)),
        met: contact
            .first_call
            .map(|call| format!("/companies/{company}/calls?{}", asked_for("call", &call))),
    }
}

/// The calls of a company with one phone.
pub fn calls_with(company: CompanyId, phone: &str) -> String {
    format!("/companies/{company}/calls?{}", asked_for("phone", phone))
}

fn asked_for(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
}

/// All of them as a file; that somebody took it away is written down.
pub async fn export(
    Administrator(visit): Administrator,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let list = panel.admin.export_contacts(&visit.actor, id, ListFor::Spreadsheets).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"contacts_{id}.csv\"")),
    ];
    Ok((headers, list).into_response())
}
