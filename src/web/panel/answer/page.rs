//! The page, and what is shown of a call beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use serde_json::json;

use super::super::calls::phone;
use super::super::ui::Moment;
use super::super::{Frame, Operator, Panel, Section, Shown, Ui, Visit, lines, show};
use super::words::words;
use crate::admin::{AdminError, CallQuery, CallView, Role};
use crate::domain::CallId;
use crate::domain::call::{Message, Outcome};
use crate::sources::{self, PROVIDERS};

/// Calls nobody answered that are shown, of each kind.
const MISSED: u32 = 20;

#[derive(Template)]
#[template(path = "panel/answer/page.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    /// JSON: names by company, and what the scripts say.
    companies: String,
    words: String,
    any: bool,
    administers: bool,
    missed: Vec<Missed>,
    /// There are more companies than are looked through.
    cut: bool,
}

struct Missed {
    href: String,
    at: Moment,
    phone: String,
    company: String,
    why: String,
}

pub async fn show_page(Operator(visit): Operator, State(panel): State<Panel>) -> Shown {
    let ui = &visit.ui;
    let named = panel.admin.answers_for(&visit.actor).await?;
    let companies: BTreeMap<String, &str> =
        named.iter().map(|(company, name)| (company.to_string(), name.as_str())).collect();
    let (missed, cut) = missed(&panel, &visit, &companies).await?;
    show(&Page {
        frame: visit.frame(Section::Answer),
        any: !companies.is_empty(),
        companies: json!(companies).to_string(),
        words: json!(words(ui)).to_string(),
        administers: visit.actor.role == Role::Administrator,
        missed,
        cut,
        ui: ui.clone(),
    })
}

/// Today's calls that nobody answered, or somebody refused, the newest first.
async fn missed(
    panel: &Panel,
    visit: &Visit,
    companies: &BTreeMap<String, &str>,
) -> Result<(Vec<Missed>, bool), AdminError> {
    let (mut calls, mut cut): (Vec<CallView>, bool) = (Vec::new(), false);
    let voiced = PROVIDERS.iter().filter(|provider| provider.voice().is_some());
    for provider in voiced.map(|provider| provider.identity().id) {
        for outcome in [Outcome::Missed, Outcome::Rejected] {
            let query = CallQuery {
                outcome: Some(outcome.as_str().to_owned()),
                provider: Some(provider.as_str().to_owned()),
                from: Some(visit.ui.midnight().to_string()),
                limit: Some(MISSED),
                ..CallQuery::default()
            };
            let found = panel.admin.calls_of_all(&visit.actor, &query).await?;
            cut |= found.cut;
            calls.extend(found.page.items.into_iter().map(|listed| listed.call));
        }
    }
    calls.sort_by(|one, other| other.heard_at.cmp(&one.heard_at));
    Ok((calls.iter().map(|call| row(&visit.ui, call, companies)).collect(), cut))
}

fn row(ui: &Ui, call: &CallView, companies: &BTreeMap<String, &str>) -> Missed {
    let at = |text: &Option<String>| lines::moment(text.as_deref());
    let rang = at(&call.ringing_at).zip(at(&call.ended_at)).map(|(from, to)| to.since(from));
    let why = match (call.outcome, call.presumed) {
        (Some("rejected"), _) => "rejected",
        (_, true) => "presumed",
        _ => "ended",
    };
    let why = ui.say("answer-missed").with("why", why).with("span", ui.span(rang.unwrap_or(Duration::ZERO)));
    Missed {
        href: format!("/calls/{}", call.id),
        at: lines::moment(Some(&call.heard_at)).map_or_else(|| ui.clock(ui.now), |at| ui.clock(at)),
        phone: call.their_number.as_deref().map_or_else(|| ui.say("calls-no-number").text(), phone),
        company: companies.get(&call.company_id).copied().unwrap_or_default().to_owned(),
        why: why.text(),
    }
}

#[derive(Template)]
#[template(path = "panel/answer/context.html")]
struct Side {
    ui: Ui,
    values: Vec<(String, String)>,
    messages: Vec<Message>,
    facts: Vec<(String, String)>,
    href: String,
}

/// What led to a call, for who answers it.
pub async fn context(
    Operator(visit): Operator,
    State(panel): State<Panel>,
    Path(call): Path<String>,
) -> Shown {
    let ui = &visit.ui;
    let id: CallId = call.parse().map_err(|_| AdminError::not_found("call", &call))?;
    let found = panel.admin.call(&visit.actor, id, None, None).await?;
    let context = found.context.unwrap_or_default();
    let said = |name: &'static str, value: Option<String>| {
        value.map(|value| (ui.say("call-fact").with("fact", name).text(), value))
    };
    let facts = [
        said("provider", Some(sources::name(found.call.provider).to_owned())),
        said("tag", context.tag),
        said("bot", context.bot_id),
        said("conversation", context.conversation_id),
    ];
    show(&Side {
        facts: facts.into_iter().flatten().collect(),
        values: context.values.into_iter().collect(),
        messages: context.messages,
        href: format!("/calls/{id}"),
        ui: ui.clone(),
    })
}
