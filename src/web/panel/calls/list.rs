//! The calls of a company: searched, and what is going on just now.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::State;

use super::super::company_page::{CompanyHead, Tab};
use super::super::parts::{Badge, Empty, Icon, Pager, icon};
use super::super::ui::Moment;
use super::super::{
    Asked, Choice, Errors, Field, Frame, InCompany, Pairs, Panel, Reader, Section, Shown, Ui, Visit, lines,
    refuse, show,
};
use super::words::{self, Parts};
use crate::admin::{AdminError, CallQuery, CallView, Page};
use crate::domain::CompanyId;
use crate::domain::call::{CallState, Outcome};

/// Rows of a page.
const ON_A_PAGE: u32 = 50;
/// What one value can be looked for as.
const KEYS: [&str; 4] = ["phone", "agent", "queue", "call"];

#[derive(Template)]
#[template(path = "panel/calls/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    path: String,
    fields: Vec<Field>,
    filtered: bool,
    rows: Rows,
    pager: Pager,
}

/// The rows with what is around them; asked for again as long as the page is the newest.
#[derive(Template)]
#[template(path = "panel/calls/rows.html")]
struct Rows {
    ui: Ui,
    again: Option<String>,
    at: Moment,
    shown: Vec<Row>,
    empty: Empty,
}

impl HtmlSafe for Rows {}

struct Row {
    href: String,
    at: Moment,
    direction: Icon,
    who: String,
    agent: Option<String>,
    queue: Option<String>,
    bar: Option<Bar>,
    lasted: String,
    state: Badge,
    odd: bool,
}

/// What was waited and what was talked, as shares of the longest call shown.
struct Bar {
    waited: u32,
    talked: u32,
    /// In words, for who does not see it.
    said: String,
}

/// What the address asks for.
struct Search {
    key: Option<(&'static str, String)>,
    state: String,
    outcome: String,
    from: String,
    to: String,
}

impl Search {
    fn of(asked: &Pairs) -> Self {
        let named = KEYS.into_iter().find_map(|kind| Some((kind, asked.given(kind)?.to_owned())));
        let by = KEYS.into_iter().find(|kind| *kind == asked.text("by"));
        let chosen = by.and_then(|kind| Some((kind, asked.given("key")?.trim().to_owned())));
        let text = |name| asked.given(name).unwrap_or_default().to_owned();
        Self {
            key: chosen.or(named),
            state: text("state"),
            outcome: text("outcome"),
            from: text("from"),
            to: text("to"),
        }
    }

    fn query(&self, ui: &Ui, cursor: Option<&str>) -> CallQuery {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let key = |kind| self.key.as_ref().filter(|(found, _)| *found == kind).map(|(_, key)| key.clone());
        CallQuery {
            state: given(&self.state),
            outcome: given(&self.outcome),
            provider: None,
            phone: key("phone"),
            agent: key("agent"),
            queue: key("queue"),
            call: key("call"),
            from: given(&self.from).map(|text| ui.typed_time(&text)),
            to: given(&self.to).map(|text| ui.typed_time(&text)),
            cursor: cursor.map(str::to_owned),
            limit: Some(ON_A_PAGE),
        }
    }

    /// As it stands in an address; empty when nothing is asked for.
    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in
            [("state", &self.state), ("outcome", &self.outcome), ("from", &self.from), ("to", &self.to)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some((kind, value)) = &self.key {
            query.append_pair(kind, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    fn fields(&self, ui: &Ui, errors: &Errors) -> Vec<Field> {
        let chosen = self.key.as_ref().map_or("phone", |(kind, _)| kind);
        let kinds =
            KEYS.map(|kind| Choice::new(kind, &ui.say("calls-key").with("kind", kind), kind == chosen));
        let value = self.key.as_ref().map_or("", |(_, value)| value);
        let any = |now: &str| Choice::new("", &ui.say("calls-any"), now.is_empty());
        let state = |word: &&'static str| {
            Choice::new(*word, &ui.say("call-state").with("state", *word), **word == *self.state)
        };
        let outcome = |word: &&'static str| {
            Choice::new(*word, &ui.say("call-outcome").with("outcome", *word), **word == *self.outcome)
        };
        let states = std::iter::once(any(&self.state)).chain(CallState::WORDS.iter().map(state));
        let outcomes = std::iter::once(any(&self.outcome)).chain(Outcome::WORDS.iter().map(outcome));
        vec![
            Field::select("by", &ui.say("events-by"), kinds.into()),
            Field::text("key", &ui.say("events-value"), value).mono().hint(&ui.say("calls-value-hint")),
            Field::select("state", &ui.say("calls-state"), states.collect()).error(ui, errors),
            Field::select("outcome", &ui.say("calls-outcome"), outcomes.collect()).error(ui, errors),
            Field::typed("datetime-local", "from", &ui.say("events-from"), &self.from).error(ui, errors),
            Field::typed("datetime-local", "to", &ui.say("events-to"), &self.to).error(ui, errors),
        ]
    }
}

pub async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, search) = (&visit.ui, Search::of(&asked));
    // An address that was cut off begins at the beginning.
    let at = asked.given("cursor").filter(|cursor| cursor.contains('.'));
    let (found, errors) = match panel.admin.calls(&visit.actor, id, &search.query(ui, at)).await {
        Ok(found) => (found, Errors::default()),
        Err(error) => (Page { items: Vec::new(), next: None }, Errors::of(error)?),
    };
    let path = format!("/companies/{id}/calls");
    let address = search.address();
    let follows = at.is_none() && errors.is_empty();
    let page = List {
        frame: visit.frame(Section::Companies).of_company(id),
        fields: search.fields(ui, &errors),
        filtered: !address.is_empty(),
        pager: Pager::new(ui, &format!("{path}{address}"), at, found.next.as_deref()),
        rows: Rows::new(ui, &found.items, &search, id, follows),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Calls),
        company: company.name,
        ui: ui.clone(),
        path,
    };
    if errors.is_empty() { show(&page) } else { refuse(&page) }
}

/// The newest rows again.
pub async fn rows(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    show(&newest(&panel, &visit, id, &Search::of(&asked)).await?)
}

async fn newest(panel: &Panel, visit: &Visit, id: CompanyId, search: &Search) -> Result<Rows, AdminError> {
    let ui = &visit.ui;
    let found = panel.admin.calls(&visit.actor, id, &search.query(ui, None)).await?;
    Ok(Rows::new(ui, &found.items, search, id, true))
}

impl Rows {
    fn new(ui: &Ui, calls: &[CallView], search: &Search, company: CompanyId, follows: bool) -> Self {
        let address = search.address();
        let longest = calls.iter().filter_map(|call| Parts::of(call).lasted()).max().unwrap_or_default();
        Self {
            again: follows.then(|| format!("/companies/{company}/calls/rows{address}")),
            at: ui.clock(ui.now),
            shown: calls.iter().map(|call| row(ui, call, longest)).collect(),
            empty: nothing(ui, !address.is_empty(), company),
            ui: ui.clone(),
        }
    }
}

fn nothing(ui: &Ui, filtered: bool, company: CompanyId) -> Empty {
    if filtered {
        Empty::new(icon("search"), &ui.say("calls-none-found"), &ui.say("calls-none-found-text"))
            .step(format!("/companies/{company}/calls"), &ui.say("events-clear"))
    } else {
        Empty::new(icon("phone"), &ui.say("calls-none"), &ui.say("calls-none-text"))
    }
}

fn row(ui: &Ui, call: &CallView, longest: Duration) -> Row {
    let parts = Parts::of(call);
    let at = lines::moment(Some(&call.heard_at)).unwrap_or(ui.now);
    // Of a call that goes on the provider's clock tells no length, which may be another than ours.
    let lasted = if call.state == "finished" { parts.lasted() } else { Some(ui.now.since(at)) };
    Row {
        href: format!("/calls/{}", call.id),
        at: ui.clock(at),
        direction: words::direction(call),
        who: words::who(ui, call),
        agent: words::agent(call),
        queue: call.queue.clone(),
        bar: bar(ui, &parts, longest),
        lasted: lasted.map_or_else(String::new, |lasted| ui.span(lasted)),
        state: words::state(ui, call),
        odd: !call.warnings.is_empty(),
    }
}

fn bar(ui: &Ui, parts: &Parts, longest: Duration) -> Option<Bar> {
    let (waited, talked) = (parts.waited()?, parts.talked().unwrap_or_default());
    let share = |part: Duration| {
        let hundredths = 100 * part.as_millis() / longest.as_millis().max(1);
        u32::try_from(hundredths.min(100)).unwrap_or(100)
    };
    let said = ui.say("calls-bar").with("waited", ui.span(waited)).with("talked", ui.span(talked)).text();
    Some(Bar { waited: share(waited), talked: share(talked), said })
}
