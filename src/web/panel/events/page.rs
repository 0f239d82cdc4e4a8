//! One event: its content, the others of its call, and what became of it at every webhook.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::super::ui::Moment;
use super::super::{
    Administrator, Asked, Frame, Operator, Panel, Reader, Section, Sent, Shown, Ui, Visit, calls, lines, show,
};
use super::fates::{self, Fates};
use super::search_for;
use super::tree::Tree;
use crate::admin::{self, AdminError, EventQuery, EventView, EventsInput, Role};
use crate::domain::{EventId, WebhookId};
use crate::sources;

/// Bytes of the text as it came that a page shows; all of it is a download.
const SHOWN: usize = 48 << 10;
/// Events of a call on one page.
const OF_A_CALL: u32 = 200;

#[derive(Template)]
#[template(path = "panel/events/event.html")]
struct One {
    ui: Ui,
    frame: Frame,
    id: String,
    name: String,
    what: Option<String>,
    /// The company's name and its events.
    company: (String, String),
    at: Moment,
    ago: Moment,
    facts: Vec<Fact>,
    odd: Vec<String>,
    size: String,
    tree: Tree,
    text: String,
    /// The text is only the beginning.
    cut: bool,
    steps: Vec<Step>,
    /// Of what they are the steps: `call` or `chat`.
    whole: &'static str,
    /// It has more events than are shown.
    more: Option<String>,
    fates: Fates,
    may_see_all: bool,
}

struct Fact {
    label: String,
    value: String,
    /// As the provider writes it, where people write it otherwise.
    raw: Option<String>,
    href: Option<String>,
}

struct Step {
    href: String,
    at: Moment,
    name: String,
    what: Option<String>,
    /// After the first.
    after: String,
    is_this: bool,
}

fn id_of(text: &str) -> Result<EventId, AdminError> {
    text.parse().map_err(|_| AdminError::not_found("event", text))
}

pub async fn one(
    Reader(visit): Reader,
    State(panel): State<Panel>,
    Path(event): Path<String>,
    Asked(asked): Asked,
) -> Shown {
    let ui = &visit.ui;
    let id = id_of(&event)?;
    let event = panel.admin.event(&visit.actor, id).await?;
    let company = panel.admin.company(&visit.actor, id.company).await?;
    let until = ui.now.plus(fates::FOLLOWED);
    let fates = Fates::of(&panel, &visit, id, asked.has(fates::RESENT), until).await?;
    let (steps, more) = steps(&panel, &visit, &event, id).await?;
    let names = panel.admin.agent_names(&visit.actor, id.company).await?;
    let at = lines::moment(Some(&event.received_at)).unwrap_or(ui.now);
    let json = event.payload.get();
    let end = json.floor_char_boundary(SHOWN);
    let company_path = format!("/companies/{}/events", id.company);
    show(&One {
        frame: visit.frame(Section::Events).of_company(id.company),
        what: admin::description(&event.name, ui.lang),
        company: (company.name, company_path),
        at: ui.clock(at),
        ago: ui.ago(at),
        facts: facts(ui, &names, &event),
        odd: odd(ui, &event),
        size: size(ui, event.bytes),
        tree: Tree::of(json),
        text: json[..end].to_owned(),
        cut: end < json.len(),
        steps,
        whole: if event.call.is_some() { "call" } else { "chat" },
        more,
        fates,
        may_see_all: visit.actor.role >= Role::Administrator,
        name: event.name,
        id: event.id,
        ui: ui.clone(),
    })
}

/// The events of the same call, or of the same chat, in their order.
async fn steps(
    panel: &Panel,
    visit: &Visit,
    event: &EventView,
    id: EventId,
) -> Result<(Vec<Step>, Option<String>), AdminError> {
    let (ui, limit) = (&visit.ui, Some(OF_A_CALL));
    let query = match (&event.call, &event.chat) {
        (Some(call), _) => EventQuery { call: Some(call.clone()), limit, ..EventQuery::default() },
        (None, Some(chat)) => EventQuery { chat: Some(chat.clone()), limit, ..EventQuery::default() },
        (None, None) => return Ok((Vec::new(), None)),
    };
    let found = panel.admin.search(&visit.actor, id.company, &query).await?;
    let key = event.call.as_deref().map(|call| ("call", call));
    let key = key.or(event.chat.as_deref().map(|chat| ("chat", chat)));
    let more = key.filter(|_| found.next.is_some());
    let more = more.map(|(kind, value)| search_for(&event.company_id, kind, value));
    let moment = |event: &EventView| lines::moment(Some(&event.received_at)).unwrap_or(ui.now);
    let first = found.items.last().map_or(ui.now, moment);
    let step = |other: EventView| Step {
        at: ui.clock(moment(&other)),
        after: ui.span(moment(&other).since(first)),
        href: format!("/events/{}", other.id),
        what: admin::description(&other.name, ui.lang),
        is_this: other.id == event.id,
        name: other.name,
    };
    Ok((found.items.into_iter().rev().map(step).collect(), more))
}

fn facts(ui: &Ui, names: &HashMap<String, String>, event: &EventView) -> Vec<Fact> {
    let fact = |label: &str, value: &str, href| Fact {
        label: ui.say("event-fact").with("fact", label).text(),
        value: value.to_owned(),
        raw: None,
        href,
    };
    let told = |fact: Fact, said: Option<String>| match said.filter(|said| *said != fact.value) {
        Some(said) => Fact { raw: Some(fact.value), value: said, ..fact },
        None => fact,
    };
    let link = |kind: &str, value: &str| fact(kind, value, Some(search_for(&event.company_id, kind, value)));
    let mut facts = Vec::new();
    facts.extend(event.call.iter().map(|value| link("call", value)));
    facts.extend(event.phones.iter().map(|value| told(link("phone", value), Some(calls::phone(value)))));
    facts.extend(event.agent.iter().map(|value| told(link("agent", value), names.get(value).cloned())));
    facts.extend(event.chat.iter().map(|value| link("chat", value)));
    facts.extend(event.lane.iter().map(|value| fact("lane", value, None)));
    facts.push(fact("provider", sources::name(event.provider), None));
    facts.extend(event.socket_id.iter().map(|value| fact("session", value, None)));
    facts.extend(event.token_mask.iter().map(|value| fact("token", value, None)));
    facts
}

fn odd(ui: &Ui, event: &EventView) -> Vec<String> {
    let flags = event.flags.iter().map(|flag| ui.say("event-flag").with("flag", *flag).text());
    let warnings = event.warnings.iter().map(|text| ui.say("event-warning").with("text", text).text());
    flags.chain(warnings).collect()
}

fn size(ui: &Ui, bytes: usize) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a size in KB with one digit")]
    let kilobytes = bytes as f64 / 1_024.0;
    if kilobytes < 1_024.0 {
        ui.say("size-kb").with("n", ui.decimal(kilobytes, 1)).text()
    } else {
        ui.say("size-mb").with("n", ui.decimal(kilobytes / 1_024.0, 1)).text()
    }
}

/// What became of it, for a page that follows that.
pub async fn fates_alone(
    Reader(visit): Reader,
    State(panel): State<Panel>,
    Path(event): Path<String>,
    Asked(asked): Asked,
) -> Shown {
    fates::again(&panel, &visit, id_of(&event)?, &asked).await
}

/// The whole content, secrets masked, as a file.
pub async fn masked(Reader(visit): Reader, State(panel): State<Panel>, Path(event): Path<String>) -> Shown {
    let event = panel.admin.event(&visit.actor, id_of(&event)?).await?;
    Ok(file(&event.id, event.payload.get().to_owned()))
}

/// The content byte for byte, secrets included, as a file; that somebody looked is written down.
pub async fn original(
    Administrator(visit): Administrator,
    State(panel): State<Panel>,
    Path(event): Path<String>,
) -> Shown {
    let id = id_of(&event)?;
    let bytes = panel.admin.raw_payload(&visit.actor, id).await?;
    Ok(file(&id.to_string(), bytes))
}

fn file(id: &str, body: impl Into<axum::body::Body>) -> Response {
    let mut response = body.into().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // An id is letters, digits and underscores.
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.json\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// Sends it again to the webhook that the form names.
pub async fn resend(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    Path(event): Path<String>,
    Sent(sent): Sent,
) -> Shown {
    let id = id_of(&event)?;
    let named = sent.text("webhook");
    let webhook: WebhookId = named.parse().map_err(|_| AdminError::not_found("webhook", named))?;
    let input = EventsInput { events: vec![id.to_string()] };
    let taken = panel.admin.resend(&visit.actor, webhook, &input).await?;
    let back = format!("/events/{id}");
    Ok(if taken.events.is_empty() {
        visit.not_done(&back, visit.ui.say("event-not-resent").text())
    } else {
        visit.done(&format!("{back}?{}", fates::RESENT), &visit.ui.say("event-resent"))
    })
}
