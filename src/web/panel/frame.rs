//! What stands around every page: the way to the others, the person, and what the last form said.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tracing::error;

use super::cookies::Said;
use super::demonstration::Strip;
use super::parts::{Notice, Tone};
use super::visit::html;
use super::{Ui, Visit, safety};
use crate::admin::{AdminError, IncidentCounts};
use crate::domain::{CompanyId, Lang, Timestamp};
use crate::texts::Saying;

/// Where a page belongs in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Home,
    Alerts,
    Companies,
    Events,
    Calls,
    Webhooks,
    Answer,
    /// What stands in the person's menu.
    Account,
    Nowhere,
}

/// The frame, as `frame` in every template that extends `panel/frame.html`.
pub struct Frame {
    pub(super) ui: Ui,
    pub(super) section: Section,
    pub(super) csrf: String,
    pub(super) path: String,
    pub(super) user: String,
    pub(super) role: String,
    pub(super) administers: bool,
    pub(super) administers_all: bool,
    /// Calls can be answered here: where a page hears that one rings, and whom the messages call by this name.
    pub(super) answers: Option<String>,
    pub(super) said: Option<Said>,
    /// That what was typed before a sign-in ended stands in the form again, or that it does not.
    pub(super) given_back: Option<String>,
    pub(super) company: Option<CompanyId>,
    /// What is wrong, for the rail and the tab.
    pub(super) incidents: IncidentCounts,
    /// Of a demonstration.
    pub(super) strip: Option<Strip>,
}

impl Frame {
    /// The page is about one company: the switch shows it.
    #[must_use]
    pub fn of_company(mut self, company: CompanyId) -> Self {
        self.company = Some(company);
        self
    }

    /// The hidden field that every form of ours carries.
    pub fn csrf_field(&self) -> CsrfField {
        CsrfField(self.csrf.clone())
    }

    pub(super) fn is_in(&self, section: Section) -> bool {
        self.section == section
    }

    pub(super) fn notice(&self) -> Option<Notice> {
        if let Some(text) = &self.given_back {
            return Some(Notice::new(&self.ui, Tone::Warn, text));
        }
        let said = self.said.as_ref()?;
        Some(Notice::new(&self.ui, if said.good { Tone::Ok } else { Tone::Bad }, &said.text))
    }
}

/// `<input type="hidden" …>`.
pub struct CsrfField(String);

impl std::fmt::Display for CsrfField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, r#"<input type="hidden" name="{}" value="{}">"#, safety::FIELD, self.0)
    }
}

impl HtmlSafe for CsrfField {}

/// A page about an error, within the frame.
#[derive(Template)]
#[template(path = "panel/trouble.html")]
struct Trouble {
    ui: Ui,
    frame: Frame,
    title: String,
    advice: String,
    /// What is not here may be found elsewhere.
    searches: bool,
}

/// The same for somebody who is not known.
#[derive(Template)]
#[template(path = "panel/plain_trouble.html")]
struct PlainTrouble {
    ui: Ui,
    title: String,
    advice: String,
}

/// An error as a page, in the reader's language.
pub fn trouble_page(lang: Lang, visit: Option<&Visit>, error: &AdminError) -> Response {
    let ui = visit.map_or_else(|| Ui::new(lang, None, Timestamp::now()), |visit| visit.ui.clone());
    let (status, title, advice) = describe(&ui, error);
    if status.is_server_error() {
        error!(%error, "a page could not be served");
    }
    let mut response = match visit {
        Some(visit) => {
            let frame = visit.frame(Section::Nowhere);
            let searches = matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
            html(status, &Trouble { ui, frame, title: title.text(), advice, searches })
        }
        None => plain_trouble(lang, status, &title, &advice),
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// A page about an error for somebody who is not known.
pub fn plain_trouble(
    lang: Lang,
    status: StatusCode,
    title: &Saying,
    advice: &impl std::fmt::Display,
) -> Response {
    let ui = Ui::new(lang, None, Timestamp::now());
    html(status, &PlainTrouble { ui, title: title.text(), advice: advice.to_string() })
}

/// What happened, and what to do about it.
pub fn describe(ui: &Ui, error: &AdminError) -> (StatusCode, Saying, String) {
    let said = |status, title: Saying, advice: Saying| (status, title, advice.text());
    match error {
        AdminError::NotFound { .. } => {
            said(StatusCode::NOT_FOUND, ui.say("trouble-not-found"), ui.say("trouble-not-found-advice"))
        }
        AdminError::NotOffered(why) => {
            (StatusCode::NOT_FOUND, ui.say("trouble-not-found"), why.text(ui.lang))
        }
        AdminError::Forbidden { needed } => said(
            StatusCode::FORBIDDEN,
            ui.say("trouble-forbidden"),
            ui.say("trouble-forbidden-advice").with("role", needed.as_str()),
        ),
        AdminError::Stale => {
            said(StatusCode::CONFLICT, ui.say("trouble-stale"), ui.say("trouble-stale-advice"))
        }
        AdminError::Conflict(why) => (StatusCode::CONFLICT, ui.say("trouble-conflict"), why.text(ui.lang)),
        AdminError::Unavailable { .. } => said(
            StatusCode::SERVICE_UNAVAILABLE,
            ui.say("trouble-unavailable"),
            ui.say("trouble-unavailable-advice"),
        ),
        AdminError::Elsewhere => said(
            StatusCode::SERVICE_UNAVAILABLE,
            ui.say("trouble-elsewhere"),
            ui.say("trouble-elsewhere-advice"),
        ),
        AdminError::TooManyTries { wait } => said(
            StatusCode::TOO_MANY_REQUESTS,
            ui.say("trouble-tries"),
            ui.say("trouble-tries-advice").with("seconds", wait.as_secs() + 1),
        ),
        AdminError::Unauthenticated => {
            said(StatusCode::UNAUTHORIZED, ui.say("trouble-unknown"), ui.say("trouble-unknown-advice"))
        }
        AdminError::Invalid(faults) => {
            let faults: Vec<_> = faults.iter().map(|fault| fault.fault.text(ui.lang)).collect();
            (StatusCode::UNPROCESSABLE_ENTITY, ui.say("trouble-invalid"), faults.join(" "))
        }
        AdminError::NameTaken(taken) => {
            (StatusCode::UNPROCESSABLE_ENTITY, ui.say("trouble-invalid"), taken.text(ui.lang))
        }
        AdminError::Internal(_) => said(
            StatusCode::INTERNAL_SERVER_ERROR,
            ui.say("trouble-internal"),
            ui.say("trouble-internal-advice"),
        ),
    }
}
