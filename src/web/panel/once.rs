//! A secret that was just made, shown once: it is in no other page, no address and no cookie.
//!
//! What must hold here: a page that is loaded again makes no other secret. The form that makes one answers with where to see
//! it, and the page waits there, in memory, for the browser that it was made for: the first who asks gets it, and whoever
//! comes after them is told that it was shown.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

use super::{Failed, Frame, Panel, Reader, Section, Shown, Ui, Visit, show};
use crate::admin::AdminError;
use crate::secrets::Secret;
use crate::texts::Saying;

/// A page that nobody fetches is forgotten after this.
const WAITS: Duration = Duration::from_mins(5);
/// Pages that wait at a time; the oldest goes first.
const WAITING: usize = 256;

pub fn routes() -> Router<Panel> {
    Router::new().route("/once/{page}", get(page))
}

/// The pages that wait for their browser.
#[derive(Clone, Default)]
pub struct Waiting(Arc<Mutex<VecDeque<Page>>>);

struct Page {
    name: String,
    /// The token of the browser that it is for.
    browser: Secret,
    html: Secret,
    made: Instant,
}

impl Waiting {
    /// Keeps a page, and sends its browser there.
    pub fn put(&self, visit: &Visit, page: &impl Template) -> Result<Response, Failed> {
        let html = page.render().map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
        let name = format!("{:032x}", rand::random::<u128>());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|page| page.made.elapsed() < WAITS);
        if all.len() >= WAITING {
            all.pop_front();
        }
        let to = format!("/once/{name}");
        all.push_back(Page {
            name,
            browser: visit.token.clone(),
            html: Secret::new(html),
            made: Instant::now(),
        });
        Ok(Redirect::to(&to).into_response())
    }

    fn take(&self, name: &str, browser: &Secret) -> Option<Secret> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |page: &Page| {
            page.name == name && page.browser.expose() == browser.expose() && page.made.elapsed() < WAITS
        };
        let at = all.iter().position(is_it)?;
        all.remove(at).map(|page| page.html)
    }
}

#[derive(Template)]
#[template(path = "panel/once_shown.html")]
struct Gone {
    ui: Ui,
    frame: Frame,
}

async fn page(Reader(visit): Reader, State(panel): State<Panel>, Path(name): Path<String>) -> Shown {
    match panel.once.take(&name, &visit.token) {
        Some(html) => Ok(Html(html.expose().to_owned()).into_response()),
        None => {
            let gone = Gone { frame: visit.frame(Section::Account), ui: visit.ui.clone() };
            show(&gone).map(|page| (StatusCode::GONE, page).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "panel/once.html")]
pub struct Once {
    ui: Ui,
    frame: Frame,
    title: String,
    text: String,
    secret: String,
    /// Where to go on.
    back: String,
}

impl Once {
    pub fn new(visit: &Visit, title: &Saying, text: &Saying, secret: Option<&Secret>, back: &str) -> Self {
        Self {
            frame: visit.frame(Section::Account),
            title: title.text(),
            text: text.text(),
            secret: secret.map(|secret| secret.expose().to_owned()).unwrap_or_default(),
            back: back.to_owned(),
            ui: visit.ui.clone(),
        }
    }

    /// Belongs elsewhere in the navigation than to the account.
    #[must_use]
    pub fn within(mut self, section: Section) -> Self {
        self.frame.section = section;
        self
    }
}
