//! One event at one webhook: what became of it, every attempt, and the request as it is made.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;

use super::InWebhook;
use crate::admin::{AdminError, AttemptView, RequestView, Role};
use crate::domain::EventId;
use crate::net::{ErrorKind, Note};
use crate::texts::sentence;
use crate::web::panel::parts::{Badge, Crumbs, Tone, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Frame, Panel, Reader, Section, Shown, Ui, events, lines, show};

/// Bytes of a body that a page shows.
const SHOWN: usize = 64 * 1024;

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/{webhook}/events/{event}", get(page))
}

/// An attempt as lists show it.
#[derive(Clone)]
pub struct Attempt {
    /// Of all attempts of a webhook only this one has it.
    pub key: String,
    pub event: String,
    pub event_type: Option<String>,
    pub state: Badge,
    pub error: Option<String>,
    pub origin: String,
    pub n: String,
    pub at: Option<Moment>,
    pub total: String,
    /// Its phases: name and milliseconds.
    pub phases: Vec<(String, String)>,
    pub answer: Option<String>,
}

/// An attempt in the reader's words.
pub fn attempt(ui: &Ui, made: AttemptView) -> Attempt {
    let delivered = made.error.is_none() && made.status.is_some_and(|status| (200..300).contains(&status));
    let (tone, mark) =
        if delivered { (Tone::Ok, icon("circle-check")) } else { (Tone::Bad, icon("circle-x")) };
    let word = match made.status {
        Some(status) => ui.say("attempt-status").with("status", status.to_string()),
        None => ui.say("attempt-no-answer"),
    };
    let ms = |ms: Option<f64>| ms.map(|ms| ui.took(ms));
    let phases = [
        (ui.say("phase-dns"), made.dns_ms),
        (ui.say("phase-connect"), made.connect_ms),
        (ui.say("phase-tls"), made.tls_ms),
        (ui.say("phase-first-byte"), made.first_byte_ms),
        (ui.say("phase-total"), made.total_ms),
    ];
    Attempt {
        key: format!("{} {}", made.event_id, made.at),
        event: made.event_id,
        event_type: made.event_type,
        state: Badge::new(tone, mark, &word),
        error: made.error.or(made.note).and_then(|word| said(ui, &word)),
        origin: ui.say("attempt-origin").with("origin", made.origin).text(),
        n: ui.number(made.n),
        at: lines::moment(Some(&made.at)).map(|at| ui.clock(at)),
        total: ms(made.total_ms).unwrap_or_default(),
        phases: phases.into_iter().filter_map(|(name, value)| Some((name.text(), ms(value)?))).collect(),
        answer: made.answer.filter(|answer| !answer.is_empty()),
    }
}

/// What kept a request from being answered, or was remarkable about its answer, as a sentence; nothing where the status says it all.
fn said(ui: &Ui, word: &str) -> Option<String> {
    match word.strip_prefix("redirect: ") {
        Some(to) => Some(ui.say("attempt-redirect").with("to", to).text()),
        None => (word != "status").then(|| sentence(&unanswered(ui, word))),
    }
}

/// The same as a phrase.
pub fn unanswered(ui: &Ui, word: &str) -> String {
    let kind = ErrorKind::parse(word).map(ErrorKind::message);
    let message = kind.or_else(|| Note::parse(word).map(Note::message));
    message.map_or_else(|| word.to_owned(), |message| message.text(ui.lang))
}

#[derive(Template)]
#[template(path = "panel/webhooks/delivery.html")]
struct Delivery {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    operates: bool,
    event: String,
    event_type: String,
    received: Moment,
    state: Badge,
    sentence: String,
    attempts: Vec<Attempt>,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    cut: bool,
    curl: String,
}

async fn page(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Path((_, _, raw)): Path<(String, String, String)>,
) -> Shown {
    let ui = &visit.ui;
    let event: EventId = raw.parse().map_err(|_| AdminError::not_found("event", &raw))?;
    let found = panel.admin.delivery(&visit.actor, ui.lang, at.id, event).await?;
    let curl = curl(&found.request);
    let body = start(&found.request.body);
    show(&Delivery {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui),
        path: at.path(),
        name: at.webhook.name,
        operates: visit.actor.require(Role::Operator).is_ok(),
        event: event.to_string(),
        event_type: found.event_type,
        received: ui.clock(found.received_at),
        state: events::badge(ui, &found.fate.verdict),
        sentence: events::why(ui, &found.fate),
        attempts: found.fate.attempts_made.into_iter().rev().map(|made| attempt(ui, made)).collect(),
        url: found.request.url.clone(),
        headers: found.request.headers.into_iter().collect(),
        cut: body.len() < found.request.body.len(),
        body: body.to_owned(),
        curl,
        ui: ui.clone(),
    })
}

/// The beginning of a body, as much of it as a page shows.
pub fn start(body: &str) -> &str {
    &body[..body.floor_char_boundary(SHOWN)]
}

/// The request as a line for a shell; secrets stay masked.
pub fn curl(request: &RequestView) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let headers: Vec<_> = headers.map(|line| format!(" \\\n  -H {}", quoted(&line))).collect();
    let body = if request.body.len() > SHOWN { quoted("@body.json") } else { quoted(&request.body) };
    format!("curl -X POST {}{} \\\n  --data-binary {body}", quoted(&request.url), headers.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_a_shell_is_one_command() {
        let request = RequestView {
            url: "https://a.example/?x=1&y='2'".into(),
            headers: [("x-a".to_owned(), "it's".to_owned())].into(),
            body: "{\"a\":\"b'c\"}".into(),
        };
        let line = curl(&request);
        assert!(line.starts_with(r"curl -X POST 'https://a.example/?x=1&y='\''2'\'''"), "{line}");
        assert!(line.contains(r"-H 'x-a: it'\''s'"), "{line}");
        assert!(line.ends_with(r#"--data-binary '{"a":"b'\''c"}'"#), "{line}");
    }
}
