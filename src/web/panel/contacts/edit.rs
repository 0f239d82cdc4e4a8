//! One contact: added, changed, deleted.

use askama::Template;
use axum::extract::State;

use super::super::company_forms::question;
use super::super::parts::{Confirm, Crumbs, Notice};
use super::super::stale::stale;
use super::super::ui::Moment;
use super::super::{
    Errors, Field, Frame, InCompany, Operator, Pairs, Panel, Section, Sent, Shown, Ui, Visit, calls, lines,
    refuse, show,
};
use super::{InContact, list, list_of, to_list, words};
use crate::admin::{AdminError, ContactInput, ContactView, Role, Saved};
use crate::domain::CompanyId;

/// A new contact, or one that is there.
#[derive(Template)]
#[template(path = "panel/contacts/edit.html")]
struct Edit {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    title: String,
    notice: Option<Notice>,
    action: String,
    fields: Vec<Field>,
    button: String,
    back: String,
    there: Option<There>,
}

/// What is known of the contact whose page it is.
struct There {
    /// Which saved state is edited.
    version: i64,
    delete: String,
    calls: String,
    since: Moment,
    /// The provider's id of the call by which it became known.
    met: Option<String>,
    changed: Option<Moment>,
}

/// What the form of a contact begins with.
fn stored(visit: &Visit, contact: &ContactView) -> Pairs {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    // Who sees it masked types one only to replace it.
    let cpf = if sees_cpf(visit) {
        contact.cpf.as_deref().map(words::cpf).unwrap_or_default()
    } else {
        String::new()
    };
    Pairs::of([
        ("phone", calls::phone(&contact.phone)),
        ("first_name", text(&contact.first_name)),
        ("last_name", text(&contact.last_name)),
        ("cpf", cpf),
    ])
}

fn sees_cpf(visit: &Visit) -> bool {
    visit.actor.role == Role::Administrator
}

fn input(visit: &Visit, typed: &Pairs, version: Option<i64>) -> ContactInput {
    let text = |name| Some(typed.text(name).to_owned());
    let cpf = match (typed.given("cpf"), typed.has("no_cpf")) {
        (Some(cpf), _) => Some(cpf.to_owned()),
        (None, true) => Some(String::new()),
        // An empty field of who does not see what is stored leaves it there.
        (None, false) => sees_cpf(visit).then(String::new),
    };
    ContactInput {
        phone: text("phone"),
        cpf,
        first_name: text("first_name"),
        last_name: text("last_name"),
        version,
    }
}

fn fields(visit: &Visit, typed: &Pairs, contact: Option<&ContactView>, errors: &Errors) -> Vec<Field> {
    let ui = &visit.ui;
    let masked = contact.and_then(|contact| contact.cpf.as_deref()).filter(|_| !sees_cpf(visit));
    let mut cpf = Field::text("cpf", &ui.say("contact-cpf"), typed.text("cpf")).optional(ui);
    if let Some(masked) = masked {
        cpf = cpf.hint(&ui.say("contact-cpf-hidden").with("cpf", words::cpf(masked)));
    }
    let phone = Field::typed("tel", "phone", &ui.say("contact-phone"), typed.text("phone"))
        .hint(&ui.say("contact-phone-hint"));
    let phone = if contact.is_none() { phone.focused() } else { phone };
    let mut fields = vec![
        phone.error(ui, errors),
        Field::text("first_name", &ui.say("contact-first-name"), typed.text("first_name"))
            .optional(ui)
            .error(ui, errors),
        Field::text("last_name", &ui.say("contact-last-name"), typed.text("last_name"))
            .optional(ui)
            .error(ui, errors),
        cpf.error(ui, errors),
    ];
    if masked.is_some() {
        fields.push(Field::checkbox("no_cpf", &ui.say("contact-cpf-remove"), typed.has("no_cpf")));
    }
    fields
}

fn new_form(visit: &Visit, company: CompanyId, name: &str, typed: &Pairs, errors: &Errors) -> Edit {
    let ui = &visit.ui;
    Edit {
        frame: visit.frame(Section::Companies).of_company(company),
        crumbs: to_list(ui, company, name),
        title: ui.say("contact-new").text(),
        action: format!("{}/new", list_of(company)),
        fields: fields(visit, typed, None, errors),
        notice: errors.notice(ui),
        button: ui.say("contact-create").text(),
        back: list_of(company),
        there: None,
        ui: ui.clone(),
    }
}

fn form(visit: &Visit, at: &InContact, typed: &Pairs, version: i64, errors: &Errors) -> Edit {
    let (ui, contact) = (&visit.ui, &at.contact);
    let moment = |text: &str| lines::moment(Some(text)).unwrap_or(ui.now);
    let (since, changed) = (moment(&contact.created_at), moment(&contact.updated_at));
    Edit {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: to_list(ui, at.company, &at.company_name),
        title: called(contact),
        action: at.path(),
        fields: fields(visit, typed, Some(contact), errors),
        notice: errors.notice(ui),
        button: ui.say("save").text(),
        back: list_of(at.company),
        there: Some(There {
            version,
            delete: format!("{}/delete", at.path()),
            calls: list::calls_with(at.company, &contact.phone),
            since: ui.ago(since),
            met: contact.first_call.clone(),
            changed: (changed > since).then(|| ui.ago(changed)),
        }),
        ui: ui.clone(),
    }
}

pub async fn new(Operator(visit): Operator, InCompany { id, company }: InCompany) -> Shown {
    let typed = visit.begun_with(Pairs::default);
    show(&new_form(&visit, id, &company.name, &typed, &Errors::default()))
}

pub async fn create(
    Operator(visit): Operator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    match panel.admin.create_contact(&visit.actor, id, &input(&visit, &typed, None)).await {
        Ok(made) => {
            let said = visit.ui.say("contact-created").with("name", called(&made));
            Ok(visit.done(&list_of(id), &said))
        }
        Err(error) => refuse(&new_form(&visit, id, &company.name, &typed, &Errors::of(error)?)),
    }
}

/// What people call it.
fn called(contact: &ContactView) -> String {
    words::name(contact).unwrap_or_else(|| calls::phone(&contact.phone))
}

pub async fn page(Operator(visit): Operator, at: InContact) -> Shown {
    let typed = visit.begun_with(|| stored(&visit, &at.contact));
    show(&form(&visit, &at, &typed, visit.version(at.contact.version), &Errors::default()))
}

pub async fn save(
    Operator(visit): Operator,
    at: InContact,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let version = typed.given("version").and_then(|version| version.parse().ok());
    match panel.admin.update_contact(&visit.actor, at.id, &input(&visit, &typed, version)).await {
        Ok(saved) => {
            let said = visit.ui.say("contact-saved").with("name", called(&saved));
            Ok(visit.done(&list_of(at.company), &said))
        }
        Err(AdminError::Stale) => {
            let contact = panel.admin.contact(&visit.actor, at.id).await?;
            let notice = stale(&panel, &visit, Saved::Contact(at.company, at.id), &at.path()).await?;
            let at = InContact { contact, ..at };
            let mut again = form(&visit, &at, &typed, at.contact.version, &Errors::default());
            again.notice = Some(notice);
            refuse(&again)
        }
        Err(error) => {
            let version = version.unwrap_or(at.contact.version);
            refuse(&form(&visit, &at, &typed, version, &Errors::of(error)?))
        }
    }
}

pub async fn ask(Operator(visit): Operator, at: InContact) -> Shown {
    let (ui, contact) = (&visit.ui, &at.contact);
    let confirm = Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("{}/delete", at.path()),
        title: ui.say("contact-delete-title").with("name", called(contact)).text(),
        goes: vec![
            ui.say("contact-delete-goes").with("phone", calls::phone(&contact.phone)).text(),
            ui.say("contact-delete-stays").text(),
        ],
        name: None,
        wrong: false,
        button: ui.say("contact-delete").text(),
        back: at.path(),
        ui: ui.clone(),
    };
    question(&visit, at.company, confirm)
}

pub async fn delete(Operator(visit): Operator, at: InContact, State(panel): State<Panel>) -> Shown {
    panel.admin.delete_contact(&visit.actor, at.id).await?;
    let said = visit.ui.say("contact-deleted").with("name", called(&at.contact));
    Ok(visit.done(&list_of(at.company), &said))
}
