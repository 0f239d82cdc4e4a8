//! Registering a company, its tab *Configurações*, and deleting it.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::company_page::{CompanyHead, Tab};
use super::parts::{Confirm, Notice, Tone};
use super::stale::stale;
use super::{
    Administrator, Errors, Failed, Field, Frame, InCompany, Pairs, Panel, Section, Sent, Shown, Ui, Visit,
    lines, refuse, show, source_fields,
};
use crate::admin::{AdminError, CompanyInput, CompanyView, Saved};
use crate::domain::CompanyId;
use crate::sources;
use crate::web::panel::parts::Badge;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/new", get(new).post(create))
        .route("/companies/{company}/settings", get(settings).post(rename))
        .route("/companies/{company}/delete", get(ask).post(delete))
}

#[derive(Template)]
#[template(path = "panel/company_new.html")]
struct New {
    ui: Ui,
    frame: Frame,
    notice: Option<Notice>,
    name: Field,
    /// The provider of the company's first source, and its id.
    provider: (&'static str, &'static str),
    fields: Vec<Field>,
}

fn new_form(visit: &Visit, typed: &Pairs, errors: &Errors) -> New {
    let (ui, provider) = (&visit.ui, source_fields::provider(typed));
    let identity = provider.identity();
    let name = Field::text("name", &ui.say("company-name"), typed.text("name"))
        .hint(&ui.say("company-name-hint"))
        .focused();
    New {
        frame: visit.frame(Section::Companies),
        name: name.error(ui, errors),
        provider: (identity.name, identity.id.as_str()),
        fields: source_fields::fields(ui, provider, typed, errors, source_fields::Of::NewCompany),
        notice: errors.notice(ui),
        ui: ui.clone(),
    }
}

async fn new(Administrator(visit): Administrator) -> Shown {
    show(&new_form(&visit, &visit.begun_with(Pairs::default), &Errors::default()))
}

async fn create(Administrator(visit): Administrator, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let company = CompanyInput { name: Some(typed.text("name").to_owned()), version: None };
    let provider = source_fields::provider(&typed);
    let created = if source_fields::is_given(provider, &typed) {
        let source = source_fields::input(provider, &typed, true);
        panel.admin.register_company(&visit.actor, &company, &source).await.map(|id| id.to_string())
    } else {
        panel.admin.create_company(&visit.actor, &company).await.map(|company| company.id)
    };
    match created {
        Ok(id) => Ok(visit.done(&format!("/companies/{id}"), &visit.ui.say("company-created"))),
        Err(error) => refuse(&new_form(&visit, &typed, &Errors::of(error)?)),
    }
}

#[derive(Template)]
#[template(path = "panel/company_settings.html")]
struct Settings {
    ui: Ui,
    frame: Frame,
    head: CompanyHead,
    company: CompanyView,
    notice: Option<Notice>,
    version: i64,
    name: Field,
    sources: Vec<Source>,
    /// What people call the usual provider.
    usual: &'static str,
    /// Whether its silence is told.
    silence: String,
}

struct Source {
    path: String,
    title: String,
    detail: String,
    mask: String,
    state: Badge,
    /// There is something to change in it.
    editable: bool,
}

async fn settings_page(
    panel: &Panel,
    visit: &Visit,
    id: CompanyId,
    company: CompanyView,
    typed: Option<(&Pairs, &Errors)>,
    notice: Option<Notice>,
) -> Result<Settings, Failed> {
    let ui = &visit.ui;
    let source = |source: crate::admin::SourceView| Source {
        path: format!("/companies/{id}/sources/{}", source.id),
        title: sources::name(source.provider).to_owned(),
        mask: lines::hidden_token(ui, &source).unwrap_or_else(|| source.token_mask.clone()),
        detail: source.account.or(source.path).unwrap_or_default(),
        state: lines::badge(ui, &source.status),
        editable: sources::named(source.provider).is_some_and(source_fields::has_form),
    };
    let sources = panel.admin.sources(&visit.actor, ui.lang, id).await?.into_iter().map(source).collect();
    let name = typed.map_or(company.name.as_str(), |(typed, _)| typed.text("name"));
    let mut name = Field::text("name", &ui.say("company-name"), name);
    if let Some((_, errors)) = typed {
        name = name.error(ui, errors);
    }
    let provisioned = company.provisioned.then(|| {
        Notice::new(ui, Tone::Info, ui.say("company-provisioned"))
            .advice(ui.say("company-provisioned-advice"))
    });
    let alarm = panel.admin.silence_alarm_stored(&visit.actor, id).await?;
    let silence = if alarm.enabled {
        ui.say("silence-is").with("n", alarm.after_minutes)
    } else {
        ui.say("silence-is-not")
    };
    Ok(Settings {
        silence: silence.text(),
        frame: visit.frame(Section::Companies).of_company(id),
        head: CompanyHead::new(visit, id, &company.name, Tab::Settings),
        notice: notice.or_else(|| typed.and_then(|(_, errors)| errors.notice(ui))).or(provisioned),
        version: visit.version(company.version),
        name,
        sources,
        usual: source_fields::usual(),
        company,
        ui: ui.clone(),
    })
}

async fn settings(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let errors = Errors::default();
    let typed = visit.given_back().map(|typed| (typed, &errors));
    show(&settings_page(&panel, &visit, id, company, typed, None).await?)
}

async fn rename(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let version = typed.given("version").and_then(|version| version.parse().ok());
    let input = CompanyInput { name: Some(typed.text("name").to_owned()), version };
    match panel.admin.update_company(&visit.actor, id, &input).await {
        Ok(_) => Ok(visit.done(&format!("/companies/{id}/settings"), &visit.ui.say("saved"))),
        Err(AdminError::Stale) => {
            let path = format!("/companies/{id}/settings");
            let notice = stale(&panel, &visit, Saved::Company(id), &path).await?;
            let errors = Errors::default();
            let page = settings_page(&panel, &visit, id, company, Some((&typed, &errors)), Some(notice));
            refuse(&page.await?)
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            refuse(&settings_page(&panel, &visit, id, company, Some((&typed, &errors)), None).await?)
        }
    }
}

/// A question as a page; the same question stands in a dialog where htmx asks.
#[derive(Template)]
#[template(path = "panel/company_confirm.html")]
struct Asking {
    ui: Ui,
    frame: Frame,
    title: String,
    confirm: Confirm,
}

pub fn question(visit: &Visit, company: CompanyId, confirm: Confirm) -> Shown {
    let wrong = confirm.wrong;
    if visit.wants_part() {
        return show(&confirm);
    }
    let title = confirm.title.clone();
    let ui = visit.ui.clone();
    let page = Asking { ui, frame: visit.frame(Section::Companies).of_company(company), title, confirm };
    if wrong { refuse(&page) } else { show(&page) }
}

fn asking(visit: &Visit, id: CompanyId, company: &CompanyView, wrong: bool) -> Confirm {
    let ui = &visit.ui;
    Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("/companies/{id}/delete"),
        title: ui.say("company-delete-title").with("name", company.name.as_str()).text(),
        goes: vec![ui.say("company-delete-sources").text(), ui.say("company-delete-events").text()],
        name: Some(company.name.clone()),
        wrong,
        button: ui.say("company-delete").text(),
        back: format!("/companies/{id}/settings"),
        ui: ui.clone(),
    }
}

async fn ask(Administrator(visit): Administrator, InCompany { id, company }: InCompany) -> Shown {
    question(&visit, id, asking(&visit, id, &company, false))
}

async fn delete(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    if typed.text("name").trim() != company.name {
        return question(&visit, id, asking(&visit, id, &company, true));
    }
    panel.admin.delete_company(&visit.actor, id).await?;
    let said = visit.ui.say("company-deleted").with("name", company.name);
    Ok(visit.done("/companies", &said))
}
