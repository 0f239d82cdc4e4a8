//! Quadro: a company on the wall of its room. It fills the screen, shows itself again every other second, and says since when it
//! stands when it cannot.
//!
//! What must hold here: what the wall shows is of nobody in particular (everybody of one role, language and zone sees the same
//! bytes), and a figure stands beside what it counts.

mod people;
mod settings;
mod wall;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::company_page::{CompanyHead, Tab};
use super::{Failed, InCompany, Panel, Reader, Shown, Ui, show};
use crate::admin::AdminError;
use wall::Wall;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies/{company}/board", get(board))
        .route("/companies/{company}/board/live", get(live))
        .route("/companies/{company}/board/settings", get(settings::form).post(settings::save))
}

#[derive(Template)]
#[template(path = "panel/board/board.html")]
struct Page {
    ui: Ui,
    title: String,
    /// Where the page's stream is.
    live: String,
    wall: Wall,
}

async fn board(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let (ui, role) = (&visit.ui, visit.actor.role);
    let view = panel.admin.board(&visit.actor, ui.lang, id, ui.midnight()).await?;
    show(&Page {
        title: ui.say("board-of").with("company", company.name.as_str()).text(),
        live: format!("/companies/{id}/board/live"),
        wall: Wall::new(ui, role, &company, &view),
        ui: ui.clone(),
    })
}

async fn live(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Result<Response, Failed> {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    Ok(panel.hub.stream(&visit, &format!("board {id}"), move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move {
            let company = admin.company(&actor, id).await?;
            let view = admin.board(&actor, ui.lang, id, ui.midnight()).await?;
            let html = Wall::new(&ui, actor.role, &company, &view).render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("board".to_owned(), html)])
        }
    }))
}
