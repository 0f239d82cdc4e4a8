//! Keys for programs: made with a role, companies and an end; shown once; revoked.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::lines::moment;
use super::once::Once;
use super::parts::{Badge, Confirm, Empty, Pager, Tone, icon};
use super::scope::{Companies, roles};
use super::ui::Moment;
use super::who::who;
use super::{Administrator, Asked, Errors, Field, Frame, Pairs, Panel, Section, Sent, Shown, Ui, Visit};
use super::{refuse, show};
use crate::admin::{AdminError, ApiKeyInput, ApiKeyView, MakerState};
use crate::domain::{ApiKeyId, Timestamp};
use crate::secrets::Secret;

/// Rows of a page.
const ON_A_PAGE: u32 = 50;
const DAY_MICROS: i64 = 86_400_000_000;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/api-keys", get(list).post(create))
        .route("/api-keys/new", get(new))
        .route("/api-keys/{key}/revoke", get(ask_revoke).post(revoke))
}

#[derive(Template)]
#[template(path = "panel/api_keys.html")]
struct ApiKeys {
    ui: Ui,
    frame: Frame,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

struct Row {
    name: String,
    prefix: String,
    state: Badge,
    role: String,
    companies: String,
    made_by: String,
    /// What is the matter with who made it, while the key works.
    maker: Option<Badge>,
    last_used: Option<Moment>,
    expires: Option<Moment>,
    revoke: Option<String>,
}

#[derive(Template)]
#[template(path = "panel/api_key.html")]
struct NewKey {
    ui: Ui,
    frame: Frame,
    fields: Vec<Field>,
}

#[derive(Template)]
#[template(path = "panel/asks.html")]
struct Asks {
    ui: Ui,
    frame: Frame,
    title: String,
    confirm: Confirm,
}

async fn list(Administrator(visit): Administrator, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, at) = (&visit.ui, asked.given("cursor"));
    let page = panel.admin.api_keys(&visit.actor, at, ON_A_PAGE).await?;
    let companies = Companies::of(&panel, &visit).await?;
    let empty = Empty::new(icon("key-round"), &ui.say("key-none"), &ui.say("key-none-text"));
    show(&ApiKeys {
        frame: visit.frame(Section::Account),
        rows: page.items.into_iter().map(|key| row(ui, &companies, key)).collect(),
        empty: empty.step("/api-keys/new", &ui.say("key-new")),
        pager: Pager::new(ui, "/api-keys", at, page.next.as_deref()),
        ui: ui.clone(),
    })
}

fn row(ui: &Ui, companies: &Companies, key: ApiKeyView) -> Row {
    let word = ui.say("key-state").with("state", key.state);
    let state = match key.state {
        "active" => Badge::new(Tone::Ok, icon("circle-check"), &word),
        "expired" => Badge::new(Tone::Warn, icon("triangle-alert"), &word),
        _ => Badge::new(Tone::Off, icon("circle-pause"), &word),
    };
    let maker = key.created_by_state.filter(|maker| *maker != MakerState::Active && key.state == "active");
    let maker = maker.map(|maker| {
        Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("key-maker").with("state", maker.as_str()))
    });
    Row {
        made_by: who(ui, &key.created_by),
        maker,
        prefix: key.prefix,
        role: ui.say("role").with("role", key.role).text(),
        companies: companies.names(ui, key.companies.as_deref()),
        last_used: moment(key.last_used_at.as_deref()).map(|at| ui.ago(at)),
        // The last moment of its last day.
        expires: moment(key.expires_at.as_deref()).map(|at| ui.clock(Timestamp(at.0 - 1))),
        revoke: (key.state != "revoked").then(|| format!("/api-keys/{}/revoke", key.id)),
        name: key.name,
        state,
    }
}

fn form(visit: &Visit, companies: &Companies, typed: &Pairs, errors: &Errors) -> NewKey {
    let ui = &visit.ui;
    let role = if typed.has("role") { typed.text("role") } else { "reader" };
    let mut fields = vec![
        Field::text("name", &ui.say("key-name"), typed.text("name"))
            .hint(&ui.say("key-name-hint"))
            .error(ui, errors)
            .focused(),
        roles(ui, "role", role).error(ui, errors),
    ];
    let chosen = if typed.has("role") { companies.sent(typed) } else { None };
    fields.extend(companies.fields(ui, chosen.as_deref(), errors));
    let ends = Field::typed("date", "expires_at", &ui.say("key-expires"), typed.text("expires_at"));
    fields.push(ends.optional(ui).hint(&ui.say("key-expires-hint")).error(ui, errors));
    NewKey { frame: visit.frame(Section::Account), fields, ui: ui.clone() }
}

async fn new(Administrator(visit): Administrator, State(panel): State<Panel>) -> Shown {
    let companies = Companies::of(&panel, &visit).await?;
    show(&form(&visit, &companies, &visit.begun_with(Pairs::default), &Errors::default()))
}

async fn create(Administrator(visit): Administrator, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let (ui, companies) = (&visit.ui, Companies::of(&panel, &visit).await?);
    // The day that was chosen is its last; what is no day goes on as it is, and is refused.
    let end = |day: &str| match ui.typed(day) {
        Some(begins) => Timestamp(begins.0.saturating_add(DAY_MICROS)).to_string(),
        None => day.to_owned(),
    };
    let input = ApiKeyInput {
        name: Some(typed.text("name").to_owned()),
        role: typed.given("role").map(str::to_owned),
        companies: companies.sent(&typed),
        expires_at: typed.given("expires_at").map(end),
    };
    match panel.admin.create_api_key(&visit.actor, &input).await {
        Ok(made) => {
            let title = ui.say("key-created").with("name", made.name);
            let key = made.key.map(Secret::new);
            panel.once.put(&visit, &Once::new(&visit, &title, &ui.say("key-once"), key.as_ref(), "/api-keys"))
        }
        Err(error) => refuse(&form(&visit, &companies, &typed, &Errors::of(error)?)),
    }
}

async fn ask_revoke(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(key): Path<String>,
) -> Shown {
    let (ui, key) = (&visit.ui, panel.admin.api_key(&visit.actor, id(&key)?).await?);
    let confirm = Confirm {
        offer: None,
        csrf: visit.csrf.clone(),
        action: format!("/api-keys/{}/revoke", key.id),
        title: ui.say("key-revoke-title").with("name", key.name.clone()).text(),
        goes: vec![ui.say("key-revoke-goes").text(), ui.say("key-revoke-stays").text()],
        name: None,
        wrong: false,
        button: ui.say("key-revoke").text(),
        back: "/api-keys".into(),
        ui: ui.clone(),
    };
    show(&Asks { title: key.name, confirm, frame: visit.frame(Section::Account), ui: ui.clone() })
}

async fn revoke(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(key): Path<String>,
) -> Shown {
    let key = panel.admin.revoke_api_key(&visit.actor, id(&key)?).await?;
    Ok(visit.done("/api-keys", &visit.ui.say("key-revoked").with("name", key.name)))
}

fn id(text: &str) -> Result<ApiKeyId, AdminError> {
    text.parse().map_err(|_| AdminError::not_found("api key", text))
}
