//! Adding, changing and deleting a source of a company, and trying its token before it is saved.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};

use super::company_forms::question;
use super::company_page::{CompanyHead, Tab, source_of};
use super::parts::{Confirm, Notice, Tone};
use super::source_fields::Of;
use super::stale::stale;
use super::{
    Administrator, Asked, Errors, Field, Frame, InCompany, Pairs, Panel, Section, Sent, Shown, Ui, Visit,
    refuse, show, source_fields,
};
use crate::admin::{AdminError, Saved, SourceView};
use crate::domain::{CompanyId, SourceId};
use crate::sources::{self, Definition, PROVIDERS, named};

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/try-connection", post(try_connection))
        .route("/companies/{company}/sources/new", get(new).post(create))
        .route("/companies/{company}/sources/{source}", get(edit).post(save))
        .route("/companies/{company}/sources/{source}/delete", get(ask).post(delete))
}

#[derive(Template)]
#[template(path = "panel/source_form.html")]
struct Form {
    ui: Ui,
    frame: Frame,
    head: CompanyHead,
    title: String,
    action: String,
    back: String,
    notice: Option<Notice>,
    /// One for each provider of a new source; that of a stored one's provider.
    forms: Vec<OfProvider>,
    /// Of a source that is there already: its id and version, and where it is deleted.
    stored: Option<(String, i64, String)>,
}

struct OfProvider {
    id: &'static str,
    name: &'static str,
    /// None where the source is made with a button.
    fields: Vec<Field>,
    /// Whether there is a connection to try.
    connects: bool,
}

/// Where a form stands.
struct At<'a> {
    visit: &'a Visit,
    id: CompanyId,
    name: &'a str,
    source: Option<&'a SourceView>,
}

impl At<'_> {
    fn form(&self, typed: &Pairs, errors: &Errors, notice: Option<Notice>) -> Form {
        let (ui, id) = (&self.visit.ui, self.id);
        let (title, action, stored) = match self.source {
            None => (ui.say("source-new"), format!("/companies/{id}/sources/new"), None),
            Some(source) => {
                let path = format!("/companies/{id}/sources/{}", source.id);
                let delete = format!("{path}/delete");
                (
                    ui.say("source-edit"),
                    path,
                    Some((source.id.clone(), self.visit.version(source.version), delete)),
                )
            }
        };
        let of = self.source.map_or(Of::NewSource, Of::Stored);
        let providers = PROVIDERS.iter().copied();
        let forms = match self.source {
            None => providers.map(|provider| form(ui, provider, typed, errors, of)).collect(),
            Some(source) => {
                named(source.provider).map(|its| form(ui, its, typed, errors, of)).into_iter().collect()
            }
        };
        Form {
            frame: self.visit.frame(Section::Companies).of_company(id),
            head: CompanyHead::new(self.visit, id, self.name, Tab::Settings),
            title: title.text(),
            action,
            back: format!("/companies/{id}/settings"),
            forms,
            notice: notice.or_else(|| errors.notice(ui)),
            stored,
            ui: ui.clone(),
        }
    }
}

/// A provider's form; what was typed stands in the one that was sent.
fn form(
    ui: &Ui,
    provider: &'static dyn Definition,
    typed: &Pairs,
    errors: &Errors,
    of: Of<'_>,
) -> OfProvider {
    let (identity, none) = (provider.identity(), (Pairs::default(), Errors::default()));
    let is_sent = source_fields::provider(typed).identity().id == identity.id;
    let (typed, errors) = if is_sent { (typed, errors) } else { (&none.0, &none.1) };
    let fields = source_fields::fields(ui, provider, typed, errors, of);
    let connects = provider.way_in().line().is_some();
    OfProvider { id: identity.id.as_str(), name: identity.name, fields, connects }
}

async fn new(Administrator(visit): Administrator, InCompany { id, company }: InCompany) -> Shown {
    let at = At { visit: &visit, id, name: &company.name, source: None };
    show(&at.form(&visit.begun_with(Pairs::default), &Errors::default(), None))
}

/// A source's token that was made here, shown this once.
#[derive(Template)]
#[template(path = "panel/source_issued.html")]
struct Issued {
    ui: Ui,
    frame: Frame,
    head: CompanyHead,
    provider: &'static str,
    notice: Notice,
    token: String,
    path: String,
    path_label: String,
    /// The header that the token stands in.
    header: Option<String>,
    back: String,
}

async fn create(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let (ui, actor) = (&visit.ui, &visit.actor);
    let provider = source_fields::provider(&typed);
    let input = source_fields::input(provider, &typed, true);
    match panel.admin.create_source(actor, ui.lang, id, &input).await {
        Ok(SourceView { token: Some(token), path, token_header, .. }) => {
            let (identity, name) = (provider.identity(), provider.identity().name);
            let issued = Issued {
                frame: visit.frame(Section::Companies).of_company(id),
                head: CompanyHead::new(&visit, id, &company.name, Tab::Settings),
                provider: name,
                notice: Notice::new(ui, Tone::Ok, ui.say("issued-made").with("provider", name))
                    .advice(ui.say("issued-once")),
                path: source_fields::address(
                    identity.id.as_str(),
                    visit.doors.as_deref(),
                    &path.unwrap_or_default(),
                    &token,
                ),
                path_label: source_fields::address_label(ui, visit.doors.as_deref()),
                header: token_header,
                token,
                back: format!("/companies/{id}"),
                ui: ui.clone(),
            };
            panel.once.put(&visit, &issued)
        }
        Ok(_) => Ok(visit.done(&format!("/companies/{id}"), &ui.say("source-made"))),
        Err(error) => {
            let at = At { visit: &visit, id, name: &company.name, source: None };
            refuse(&at.form(&typed, &Errors::of(error)?, None))
        }
    }
}

/// A source with something to change in it, and its provider.
async fn editable(
    panel: &Panel,
    visit: &Visit,
    id: CompanyId,
    raw: &str,
) -> Result<(SourceId, SourceView, &'static dyn Definition), AdminError> {
    let (source_id, source) = source_of(&panel.admin, visit, id, raw).await?;
    let provider = named(source.provider).filter(|provider| source_fields::has_form(*provider));
    let provider = provider.ok_or_else(|| AdminError::not_found("source", raw))?;
    Ok((source_id, source, provider))
}

async fn edit(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    Path((_, raw)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Shown {
    let (_, source, provider) = editable(&panel, &visit, id, &raw).await?;
    let at = At { visit: &visit, id, name: &company.name, source: Some(&source) };
    let stored = || source_fields::stored(provider, &source).and("provider", source.provider);
    show(&at.form(&visit.begun_with(stored), &Errors::default(), None))
}

async fn save(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    Path((_, raw)): Path<(String, String)>,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let (source_id, source, provider) = editable(&panel, &visit, id, &raw).await?;
    let at = At { visit: &visit, id, name: &company.name, source: Some(&source) };
    let typed = typed.and("provider", source.provider);
    let input = source_fields::input(provider, &typed, false);
    match panel.admin.update_source(&visit.actor, visit.ui.lang, source_id, &input).await {
        Ok(saved) => {
            let ui = &visit.ui;
            let said = if source_fields::reconnects(&source, &saved, &input) {
                ui.say("saved-reconnecting")
            } else {
                ui.say("saved")
            };
            Ok(visit.done(&format!("/companies/{id}"), &said))
        }
        Err(AdminError::Stale) => {
            let path = format!("/companies/{id}/sources/{source_id}");
            let notice = stale(&panel, &visit, Saved::Source(id, source_id), &path).await?;
            refuse(&at.form(&typed, &Errors::default(), Some(notice)))
        }
        Err(error) => refuse(&at.form(&typed, &Errors::of(error)?, None)),
    }
}

fn asking(visit: &Visit, id: CompanyId, source: &SourceView) -> Confirm {
    let ui = &visit.ui;
    let provider = sources::name(source.provider).to_owned();
    Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("/companies/{id}/sources/{}/delete", source.id),
        title: ui.say("source-delete-title").with("provider", provider).text(),
        goes: vec![ui.say("source-delete-token").text(), ui.say("source-delete-events").text()],
        name: None,
        wrong: false,
        button: ui.say("source-delete").text(),
        back: format!("/companies/{id}/settings"),
        ui: ui.clone(),
    }
}

async fn ask(
    Administrator(visit): Administrator,
    InCompany { id, .. }: InCompany,
    Path((_, raw)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Shown {
    let (_, source) = source_of(&panel.admin, &visit, id, &raw).await?;
    question(&visit, id, asking(&visit, id, &source))
}

async fn delete(
    Administrator(visit): Administrator,
    InCompany { id, .. }: InCompany,
    Path((_, raw)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Shown {
    let (source, _) = source_of(&panel.admin, &visit, id, &raw).await?;
    panel.admin.delete_source(&visit.actor, source).await?;
    Ok(visit.done(&format!("/companies/{id}/settings"), &visit.ui.say("source-deleted")))
}

/// Answers with a part: the form that asks keeps what was typed in it, the token too.
async fn try_connection(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Asked(asked): Asked,
    Sent(typed): Sent,
) -> Shown {
    let ui = &visit.ui;
    let stored = asked.given("source").and_then(|source| source.parse().ok());
    let provider = source_fields::provider(&typed);
    let input = source_fields::input(provider, &typed, stored.is_none());
    let notice = match panel.admin.try_connection(&visit.actor, ui.lang, stored, &input).await {
        Ok(trial) if trial.connected => Notice::new(ui, Tone::Ok, trial.sentence)
            .advice(ui.say("trial-took").with("milliseconds", trial.milliseconds)),
        Ok(trial) => Notice::new(ui, Tone::Bad, ui.say("trial-failed")).advice(trial.sentence),
        Err(error @ AdminError::Invalid(_)) => {
            // Its fields are made to know how each is called.
            let errors = Errors::of(error)?;
            source_fields::fields(ui, provider, &typed, &errors, Of::NewSource);
            errors.summary(ui)
        }
        Err(error) => {
            let (_, title, advice) = super::frame::describe(ui, &error);
            Notice::new(ui, Tone::Bad, title).advice(advice)
        }
    };
    show(&notice)
}
