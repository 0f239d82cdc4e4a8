//! Connecting a source, and disconnecting it, which is asked about: what its provider sends meanwhile is gone.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::company_forms::question;
use super::company_page::source_of;
use super::parts::Confirm;
use super::{Failed, InCompany, Operator, Panel, Shown, Visit};
use crate::domain::CompanyId;
use crate::sources;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/sources/{source}/connect", post(connect))
        .route("/companies/{company}/sources/{source}/disconnect", get(ask).post(disconnect))
}

async fn connect(
    Operator(visit): Operator,
    InCompany { id, .. }: InCompany,
    Path((_, source)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    want(&panel, &visit, id, &source, true).await
}

async fn ask(
    Operator(visit): Operator,
    InCompany { id, company }: InCompany,
    Path((_, source)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Shown {
    let ui = &visit.ui;
    let (source, view) = source_of(&panel.admin, &visit, id, &source).await?;
    let provider = sources::name(view.provider);
    let door = sources::named(view.provider).is_some_and(|known| known.way_in().endpoint().is_some());
    let way = if door { "door" } else { "line" };
    let confirm = Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("/companies/{id}/sources/{source}/disconnect"),
        title: ui
            .say("company-disconnect-title")
            .with("name", company.name.as_str())
            .with("provider", provider)
            .text(),
        goes: vec![
            ui.say("company-disconnect-goes").with("provider", provider).with("way", way).text(),
            ui.say("company-disconnect-instead").text(),
        ],
        name: None,
        wrong: false,
        button: ui.say("company-disconnect").text(),
        back: format!("/companies/{id}"),
        ui: ui.clone(),
    };
    question(&visit, id, confirm)
}

async fn disconnect(
    Operator(visit): Operator,
    InCompany { id, .. }: InCompany,
    Path((_, source)): Path<(String, String)>,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    want(&panel, &visit, id, &source, false).await
}

async fn want(
    panel: &Panel,
    visit: &Visit,
    company: CompanyId,
    source: &str,
    connected: bool,
) -> Result<Response, Failed> {
    let (id, _) = source_of(&panel.admin, visit, company, source).await?;
    panel.admin.want_connection(&visit.actor, visit.ui.lang, id, connected).await?;
    let said =
        if connected { visit.ui.say("company-connecting") } else { visit.ui.say("company-disconnected") };
    Ok(visit.done(&format!("/companies/{company}"), &said))
}
