//! Who is there: recognised once per request, by the browser's token.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::sync::Arc;
use tracing::error;

use super::cookies::{self, Said};
use super::frame::{Frame, Section, trouble_page};
use super::{Panel, Ui, account, live, safety};
use crate::admin::{Actor, AdminError, By, Role, Visitor};
use crate::domain::{CompanyId, Lang, Timestamp, UserId};
use crate::secrets::Secret;
use crate::texts::Saying;
use crate::web::body::Peer;
use crate::web::client::Client;

/// What somebody may do before they have chosen a password of their own.
const OPEN_TO_TEMPORARY: [&str; 3] = [account::PASSWORD, "/account/language", "/sign-out"];

/// Companies that the switch lists.
const IN_SWITCH: u32 = 30;

/// What a handler of the panel gives back.
pub type Shown = Result<Response, Failed>;

/// An operation's error on its way to a page; the router knows who is to read it.
#[derive(Debug)]
pub struct Failed(pub AdminError);

impl From<AdminError> for Failed {
    fn from(error: AdminError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}

/// One request of somebody who is signed in.
#[derive(Clone)]
pub struct Visit {
    pub ui: Ui,
    pub actor: Actor,
    pub user: Arc<crate::store::User>,
    /// The browser's token.
    pub token: Secret,
    pub(super) csrf: String,
    /// Path and query of this page.
    pub(super) path: String,
    said: Option<Said>,
    answers: bool,
    pub(super) switch: Arc<[(CompanyId, String)]>,
    /// Where providers reach the doors; `None` where that is not where the panel is.
    pub(super) doors: Option<Arc<str>>,
    headers: Arc<HeaderMap>,
}

impl Visit {
    /// The frame of a page.
    pub fn frame(&self, section: Section) -> Frame {
        Frame {
            ui: self.ui.clone(),
            section,
            csrf: self.csrf.clone(),
            path: self.path.clone(),
            user: self.user.name.clone(),
            role: self.ui.say("role").with("role", self.actor.role.as_str()).text(),
            administers: self.actor.role == Role::Administrator,
            administers_all: self.actor.role == Role::Administrator && self.actor.companies.is_none(),
            answers: self.answers.then(|| self.actor.name.clone()),
            said: self.said.clone(),
            company: None,
        }
    }

    pub fn user_id(&self) -> UserId {
        self.user.id
    }

    /// What the browser said of itself.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether htmx asks, for a part of a page.
    pub fn wants_part(&self) -> bool {
        self.headers.contains_key("hx-request")
    }

    /// Done: on to another page, which says so.
    pub fn done(&self, to: &str, said: &Saying) -> Response {
        self.leave(to, &Said { good: true, text: said.text() })
    }

    /// Not done, for a reason that is no field's: on to another page, which says so.
    pub fn not_done(&self, to: &str, said: String) -> Response {
        self.leave(to, &Said { good: false, text: said })
    }

    fn leave(&self, to: &str, said: &Said) -> Response {
        let cookie = cookies::set_said(said, &self.headers);
        ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
    }
}

/// A page, or a part of one.
pub fn show(page: &impl Template) -> Shown {
    answer(StatusCode::OK, page)
}

/// The form again: 422, with its faults.
pub fn refuse(page: &impl Template) -> Shown {
    answer(StatusCode::UNPROCESSABLE_ENTITY, page)
}

fn answer(status: StatusCode, page: &impl Template) -> Shown {
    let text = page.render().map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
    Ok((status, Html(text)).into_response())
}

/// A template as an answer, where there is no frame for an error to stand in.
pub(super) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Finds out who asks; who is not signed in goes to the page where one is. Turns a handler's error into a page.
pub async fn recognise(State(panel): State<Panel>, peer: Peer, mut request: Request, next: Next) -> Response {
    let headers = Arc::new(request.headers().clone());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let client = request.extensions().get::<Client>();
    let doors = client.and_then(|client| client.doors(cookies::over_tls(&headers))).map(Arc::from);
    let visit = match visit(&panel, &peer, &headers, path).await {
        Ok(visit) => Visit { doors, ..visit },
        Err(AdminError::Unauthenticated) => return to_sign_in(&panel, &headers, request.uri()).await,
        Err(error) => return trouble_page(cookies::language(&headers), None, &error),
    };
    if visit.user.temporary && !OPEN_TO_TEMPORARY.contains(&request.uri().path()) {
        return lead(&headers, account::PASSWORD, StatusCode::FORBIDDEN);
    }
    request.extensions_mut().insert(visit.clone());
    let turn = panel.admin.access.turns.request(By::actor(&visit.actor)).await;
    let mut response = next.run(request).await;
    drop(turn);
    if let Some(error) = response.extensions_mut().remove::<Arc<AdminError>>() {
        response = trouble_page(visit.ui.lang, Some(&visit), &error);
    }
    // What was said has been shown, unless this was no page.
    if visit.said.is_some() && !visit.wants_part() && !response.status().is_redirection() {
        response.headers_mut().append(header::SET_COOKIE, cookies::clear_said(&headers));
    }
    response
}

async fn visit(
    panel: &Panel,
    Peer(address): &Peer,
    headers: &Arc<HeaderMap>,
    path: String,
) -> Result<Visit, AdminError> {
    let token = cookies::token(headers).ok_or(AdminError::Unauthenticated)?;
    let turn = panel.admin.access.turns.request(By::address(*address)).await;
    let Visitor { user, actor } = panel.admin.visitor(&token, *address).await?;
    drop(turn);
    let chosen = match user.lang.as_deref() {
        Some("pt-BR") => Lang::Pt,
        Some("en") => Lang::En,
        _ => cookies::language(headers),
    };
    let listed = panel.admin.companies(&actor, None, IN_SWITCH).await?;
    let switch =
        listed.items.into_iter().filter_map(|company| Some((company.id.parse().ok()?, company.name)));
    Ok(Visit {
        ui: Ui::new(chosen, user.zone.as_deref(), Timestamp::now()),
        csrf: safety::token_of(&token),
        said: cookies::said(headers),
        answers: panel.admin.may_answer(&actor),
        switch: switch.collect(),
        doors: None,
        headers: headers.clone(),
        user: Arc::new(user),
        actor,
        token,
        path,
    })
}

/// To the first run when there is nobody yet, else to sign in, and back here afterwards.
async fn to_sign_in(panel: &Panel, headers: &HeaderMap, uri: &Uri) -> Response {
    let to = match panel.admin.has_users().await {
        Ok(false) => "/setup".to_owned(),
        _ => {
            let path = uri.path_and_query().map_or("/", |path| path.as_str());
            let back: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            if path == "/" { "/sign-in".to_owned() } else { format!("/sign-in?back={back}") }
        }
    };
    let mut response = lead(headers, &to, StatusCode::UNAUTHORIZED);
    if cookies::token(headers).is_some() {
        response.headers_mut().append(header::SET_COOKIE, cookies::clear_token(headers));
    }
    response
}

/// On to another page. htmx would put it where a part of this one stands, so it is told to go there, with this status;
/// a stream says that its page has to be asked for again, and the browser does not try in vain for ever.
fn lead(headers: &HeaderMap, to: &str, status: StatusCode) -> Response {
    if headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/event-stream") {
        return ([(header::CONTENT_TYPE, "text/event-stream")], live::GONE).into_response();
    }
    if headers.contains_key("hx-request") {
        return ([("hx-redirect", to)], status).into_response();
    }
    Redirect::to(to).into_response()
}
