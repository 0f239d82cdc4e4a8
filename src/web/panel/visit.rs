//! Who is there: recognised once per request, by the browser's token.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use std::sync::Arc;
use tracing::error;

use super::cookies::{self, Said};
use super::demonstration::{Played, Strip};
use super::frame::{Frame, Section, trouble_page};
use super::{Pairs, Panel, Ui, account, left, live, safety};
use crate::admin::{Actor, AdminError, By, IncidentCounts, Role, Visitor};
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

/// What the form of this page was filled in with before its person's sign-in ended.
#[derive(Clone, Default)]
enum GivenBack {
    #[default]
    Nothing,
    Typed(Arc<Pairs>),
    /// It was asked for, and waits no longer, or is another's.
    Gone,
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
    left: GivenBack,
    answers: bool,
    incidents: IncidentCounts,
    pub(super) switch: Arc<[(CompanyId, String)]>,
    /// Where providers reach the doors; `None` where that is not where the panel is.
    pub(super) doors: Option<Arc<str>>,
    played: Played,
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
            given_back: match &self.left {
                GivenBack::Nothing => None,
                GivenBack::Typed(_) => Some(self.ui.say("left-given-back").text()),
                GivenBack::Gone => Some(self.ui.say("left-gone").text()),
            },
            company: None,
            incidents: self.incidents,
            strip: self.played.as_deref().map(|played| Strip::new(self, played)),
        }
    }

    /// What a form begins with: what its person had typed when their sign-in ended, else what it begins with otherwise.
    pub fn begun_with(&self, otherwise: impl FnOnce() -> Pairs) -> Pairs {
        self.given_back().cloned().unwrap_or_else(otherwise)
    }

    pub fn given_back(&self) -> Option<&Pairs> {
        match &self.left {
            GivenBack::Typed(typed) => Some(typed),
            GivenBack::Nothing | GivenBack::Gone => None,
        }
    }

    /// The saved state that a form edits: of what comes back, that which it was typed on, so that who saved meanwhile is not
    /// passed over.
    pub fn version(&self, stored: i64) -> i64 {
        self.given_back().and_then(|typed| typed.given("version")?.parse().ok()).unwrap_or(stored)
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
        Err(AdminError::Unauthenticated) => return to_sign_in(&panel, &headers, request).await,
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

/// An address that is no page. Who is not signed in is told no more than that.
pub async fn stray(State(panel): State<Panel>, peer: Peer, request: Request) -> Response {
    let headers = Arc::new(request.headers().clone());
    let path = request.uri().path().to_owned();
    let error = AdminError::not_found("page", &path);
    match visit(&panel, &peer, &headers, "/".to_owned()).await {
        Ok(visit) if !visit.user.temporary => trouble_page(visit.ui.lang, Some(&visit), &error),
        _ => trouble_page(cookies::language(&headers), None, &error),
    }
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
    let left = given_back(panel, user.id, &path);
    Ok(Visit {
        left,
        ui: Ui::new(chosen, user.zone.as_deref(), Timestamp::now()).themed(cookies::theme(headers)),
        csrf: safety::token_of(&token),
        said: cookies::said(headers),
        answers: panel.admin.may_answer(&actor),
        incidents: panel.admin.incident_counts(&actor),
        switch: switch.collect(),
        doors: None,
        played: panel.played.clone(),
        headers: headers.clone(),
        user: Arc::new(user),
        actor,
        token,
        path,
    })
}

/// What the address of a page asks to have back.
fn given_back(panel: &Panel, user: UserId, path: &str) -> GivenBack {
    let (page, query) = path.split_once('?').unwrap_or((path, ""));
    let mut asked = url::form_urlencoded::parse(query.as_bytes());
    match asked.find(|(name, _)| name == left::TYPED) {
        None => GivenBack::Nothing,
        Some((_, name)) => {
            panel.left.of(&name, user, page).map_or(GivenBack::Gone, |typed| GivenBack::Typed(typed.into()))
        }
    }
}

/// To the first run when there is nobody yet, else to sign in, and back here afterwards. What was sent is not done: it is kept
/// where it can come back into its form ([`left`]).
async fn to_sign_in(panel: &Panel, headers: &HeaderMap, request: Request) -> Response {
    let to = match panel.admin.has_users().await {
        Ok(false) => "/setup".to_owned(),
        _ => {
            let (path, lost) = way_back(panel, headers, request).await;
            let back: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
            match (path.as_str(), lost) {
                ("/", false) => "/sign-in".to_owned(),
                (_, false) => format!("/sign-in?back={back}"),
                (_, true) => format!("/sign-in?back={back}&lost=1"),
            }
        }
    };
    let mut response = lead(headers, &to, StatusCode::UNAUTHORIZED);
    if let Some(token) = cookies::token(headers) {
        for cookie in [cookies::clear_token(headers), cookies::set_ended(&token, headers)] {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Where somebody goes on once they are signed in, and whether what they sent is lost.
async fn way_back(panel: &Panel, headers: &HeaderMap, request: Request) -> (String, bool) {
    let (parts, body) = request.into_parts();
    if matches!(parts.method, Method::GET | Method::HEAD) {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        return (path.to_owned(), false);
    }
    // Read already, and bounded, where its token was looked for (`safety`).
    let body = axum::body::to_bytes(body, left::LARGEST).await.unwrap_or_default();
    let (back, is_kept) = left::leave(panel, headers, parts.uri.path(), &body).await;
    (back, !is_kept)
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
