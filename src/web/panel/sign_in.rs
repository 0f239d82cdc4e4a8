//! Signing in and out, and the language of who is not signed in.

use super::frame::{describe, trouble_page};
use super::parts::{Notice, Tone};
use super::ui::Theme;
use super::visit::html;
use super::{Asked, Field, Pairs, Panel, Reader, Sent, Shown, Ui, cookies, left};
use crate::admin::{AdminError, Browser, PreferencesInput, SignedInBrowser};
use crate::domain::{Lang, Timestamp};
use crate::secrets::Secret;
use crate::web::body::Peer;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};

pub fn routes() -> Router<Panel> {
    Router::new().route("/sign-in", get(page).post(sign_in)).route("/language", post(language))
}

/// What needs somebody to be signed in.
pub fn out() -> Router<Panel> {
    Router::new()
        .route("/sign-out", post(sign_out))
        .route("/account/language", post(own_language))
        .route("/account/theme", post(theme))
}

#[derive(Template)]
#[template(path = "panel/sign_in.html")]
struct SignIn {
    ui: Ui,
    notice: Option<Notice>,
    login: Field,
    password: Field,
    /// Where to go afterwards.
    back: String,
}

/// The browser behind a request.
pub fn browser(headers: &HeaderMap, Peer(address): &Peer) -> Browser {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Browser {
        address: *address,
        agent: agent.map(|agent| agent.chars().take(300).collect()),
        token: cookies::token(headers),
        notes: cookies::notes(headers),
    }
}

fn form(lang: Lang, typed: &str, back: &str, notice: Option<Notice>) -> SignIn {
    let ui = Ui::new(lang, None, Timestamp::now());
    let login = Field::text("login", &ui.say("sign-in-login"), typed).autocomplete("username");
    let password = Field::secret("password", &ui.say("sign-in-password")).autocomplete("current-password");
    let (login, password) =
        if typed.is_empty() { (login.focused(), password) } else { (login, password.focused()) };
    SignIn { login, password, ui, notice, back: back.to_owned() }
}

/// Why somebody is here whose sign-in has ended, and what became of what they sent.
fn why(lang: Lang, headers: &HeaderMap, asked: &Pairs) -> Option<Notice> {
    let ui = Ui::new(lang, None, Timestamp::now());
    cookies::ended(headers)?;
    let kept = asked.text("back").contains(&format!("?{}=", left::TYPED));
    let said = match (kept, asked.has("lost")) {
        (true, _) => ui.say("sign-in-ended-kept"),
        (false, true) => ui.say("sign-in-ended-lost"),
        (false, false) => ui.say("sign-in-ended-advice"),
    };
    Some(Notice::new(&ui, Tone::Warn, ui.say("sign-in-ended")).advice(said))
}

async fn page(State(panel): State<Panel>, headers: HeaderMap, Asked(asked): Asked) -> Response {
    let lang = cookies::language(&headers);
    match panel.admin.has_users().await {
        Ok(true) => {
            let why = why(lang, &headers, &asked);
            html(StatusCode::OK, &form(lang, "", asked.text("back"), why))
        }
        Ok(false) => Redirect::to("/setup").into_response(),
        Err(error) => trouble_page(lang, None, &error),
    }
}

async fn sign_in(State(panel): State<Panel>, peer: Peer, headers: HeaderMap, Sent(typed): Sent) -> Response {
    let lang = cookies::language(&headers);
    let browser = browser(&headers, &peer);
    let password = typed.secret("password").unwrap_or_else(|| Secret::new(""));
    let error = match panel.admin.sign_in(typed.text("login"), &password, &browser).await {
        Ok(signed_in) => return go_in(&signed_in, &headers, inside(typed.text("back"))),
        Err(error) => error,
    };
    let ui = Ui::new(lang, None, Timestamp::now());
    let (status, notice) = match &error {
        AdminError::Unauthenticated => {
            let notice = Notice::new(&ui, Tone::Bad, ui.say("sign-in-wrong"));
            (StatusCode::UNPROCESSABLE_ENTITY, notice.advice(ui.say("sign-in-wrong-advice")))
        }
        AdminError::Conflict(why) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Notice::new(&ui, Tone::Bad, why.text(lang)))
        }
        AdminError::TooManyTries { .. } | AdminError::Unavailable { .. } | AdminError::Elsewhere => {
            let (status, title, advice) = describe(&ui, &error);
            (status, Notice::new(&ui, Tone::Bad, title).advice(advice))
        }
        error => return trouble_page(lang, None, error),
    };
    html(status, &form(lang, typed.text("login"), typed.text("back"), Some(notice)))
}

/// On to a page, with what the browser is to keep.
pub fn go_in(signed_in: &SignedInBrowser, request: &HeaderMap, to: &str) -> Response {
    let kept = [
        cookies::set_token(&signed_in.token, request),
        cookies::set_notes(&signed_in.notes, request),
        cookies::clear_ended(request),
    ];
    (AppendHeaders(kept.map(|cookie| (header::SET_COOKIE, cookie))), Redirect::to(to)).into_response()
}

async fn sign_out(Reader(visit): Reader, State(panel): State<Panel>) -> Shown {
    panel.admin.sign_out(&visit.actor, visit.user_id(), &visit.token).await?;
    let cookie = cookies::clear_token(visit.headers());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
}

async fn language(headers: HeaderMap, Sent(chosen): Sent) -> Response {
    let cookie = cookies::set_language(lang_of(&chosen), &headers);
    ([(header::SET_COOKIE, cookie)], Redirect::to(inside(chosen.text("back")))).into_response()
}

async fn own_language(Reader(visit): Reader, State(panel): State<Panel>, Sent(chosen): Sent) -> Shown {
    let input = PreferencesInput { lang: Some(lang_of(&chosen)), ..PreferencesInput::default() };
    panel.admin.save_preferences(&visit.actor, visit.user_id(), &input).await?;
    let cookie = cookies::set_language(lang_of(&chosen), visit.headers());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(inside(chosen.text("back")))).into_response())
}

/// The language that a form chose.
pub fn lang_of(chosen: &Pairs) -> Lang {
    if chosen.text("lang") == Lang::En.tag() { Lang::En } else { Lang::Pt }
}

/// A path of ours, and nothing that a browser takes for another host.
pub fn inside(back: &str) -> &str {
    let is_ours = back.starts_with('/')
        && !back.starts_with("//")
        && !back.chars().any(|c| c == '\\' || c.is_control() || !c.is_ascii());
    if is_ours { back } else { "/" }
}

/// The appearance of this browser.
async fn theme(Reader(visit): Reader, Sent(chosen): Sent) -> Response {
    let cookie = cookies::set_theme(Theme::parse(chosen.text("theme")), visit.headers());
    let back = inside(chosen.text("back"));
    ([(header::SET_COOKIE, cookie)], Redirect::to(back)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_to_another_host() {
        assert_eq!(inside("/companies?cursor=7"), "/companies?cursor=7");
        for outside in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nx: y", "evil"]
        {
            assert_eq!(inside(outside), "/", "{outside:?}");
        }
    }
}
