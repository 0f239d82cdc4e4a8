//! The first run: whoever has the code from the program's log creates the first administrator.

use super::frame::{describe, trouble_page};
use super::pairs::address;
use super::parts::{Notice, Tone};
use super::sign_in::{browser, go_in};
use super::visit::html;
use super::{Asked, Errors, Field, Pairs, Panel, Sent, Ui, cookies};
use crate::admin::{AdminError, Fault, UserInput};
use crate::domain::{Lang, Timestamp, ValueFault};
use crate::web::body::Peer;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

pub fn routes() -> Router<Panel> {
    Router::new().route("/setup", get(page).post(create))
}

#[derive(Template)]
#[template(path = "panel/setup.html")]
struct Setup {
    ui: Ui,
    /// This page with the code, where the address had it: for the same in another language.
    here: String,
    notice: Option<Notice>,
    fields: Vec<Field>,
}

fn form(lang: Lang, typed: &Pairs, errors: &Errors, notice: Option<Notice>) -> Setup {
    let ui = Ui::new(lang, None, Timestamp::now());
    let code =
        Field::text("code", &ui.say("setup-code"), typed.text("code")).hint(&ui.say("setup-code-hint"));
    let name = Field::text("name", &ui.say("user-name"), typed.text("name")).autocomplete("name");
    let (code, name) =
        if typed.text("code").is_empty() { (code.focused(), name) } else { (code, name.focused()) };
    let login = Field::text("login", &ui.say("user-login"), typed.text("login"))
        .autocomplete("username")
        .hint(&ui.say("user-login-hint"));
    let password = Field::secret("password", &ui.say("user-password"))
        .autocomplete("new-password")
        .hint(&ui.say("user-password-hint"))
        .erased(&ui, typed);
    let fields = [code.mono(), name, login, password].map(|field| field.error(&ui, errors)).into();
    Setup { here: address("/setup", &[("code", typed.text("code"))]), ui, notice, fields }
}

async fn page(State(panel): State<Panel>, headers: HeaderMap, Asked(typed): Asked) -> Response {
    let lang = cookies::language(&headers);
    match panel.admin.has_users().await {
        Ok(false) => html(StatusCode::OK, &form(lang, &typed, &Errors::default(), None)),
        Ok(true) => Redirect::to("/sign-in").into_response(),
        Err(error) => trouble_page(lang, None, &error),
    }
}

async fn create(State(panel): State<Panel>, peer: Peer, headers: HeaderMap, Sent(typed): Sent) -> Response {
    let lang = cookies::language(&headers);
    let input = UserInput {
        name: Some(typed.text("name").to_owned()),
        login: Some(typed.text("login").to_owned()),
        password: typed.secret("password"),
        ..UserInput::default()
    };
    let browser = browser(&headers, &peer);
    let error = match typed.given("code") {
        Some(code) => match panel.admin.create_first_administrator(code, &input, &browser).await {
            Ok(signed_in) => return go_in(&signed_in, &headers, "/"),
            Err(error) => error,
        },
        None => AdminError::invalid("code", Fault::Value(ValueFault::Missing)),
    };
    match error {
        error
        @ (AdminError::TooManyTries { .. } | AdminError::Unavailable { .. } | AdminError::Elsewhere) => {
            let ui = Ui::new(lang, None, Timestamp::now());
            let (status, title, advice) = describe(&ui, &error);
            let notice = Notice::new(&ui, Tone::Bad, title).advice(advice);
            html(status, &form(lang, &typed, &Errors::default(), Some(notice)))
        }
        error => match Errors::of(error) {
            Ok(errors) => html(StatusCode::UNPROCESSABLE_ENTITY, &form(lang, &typed, &errors, None)),
            Err(error) => trouble_page(lang, None, &error),
        },
    }
}
