//! The events of a company, searched; the types it has seen; the choice of the company.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;

use super::super::company_page::{CompanyHead, Tab};
use super::super::parts::{Badge, Empty, Mark, Pager, icon};
use super::super::ui::Moment;
use super::super::{
    Asked, Errors, Field, Frame, InCompany, Panel, Reader, Section, Shown, Ui, calls, choose, lines, refuse,
    show,
};
use super::fates;
use super::search::Search;
use super::search_for;
use crate::admin::{self, CatalogueView, EventView, ListedEvent, ListedEvents, TypeView, Verdict};
use crate::domain::Seq;

/// Rows of a page: it shows itself by their number.
pub(super) const ON_A_PAGE: u32 = 30;

/// Of one company the events at once; of several, which.
pub async fn choose(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    choose::page(&panel, &visit, &asked, Section::Events, ("/events", "/events")).await
}

#[derive(Template)]
#[template(path = "panel/events/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    /// The path of this page, without a query.
    path: String,
    /// Where the live tail of this search comes from; `None` where the page is not the newest.
    live: Option<String>,
    fields: Vec<Field>,
    filtered: bool,
    rows: Vec<Row>,
    /// The names of the webhooks that each row tells of, and where it is asked what became of the rows since.
    webhooks: Vec<String>,
    outcomes: String,
    key: Vec<Badge>,
    /// Of when the signs are.
    at: Moment,
    /// It stopped before it had looked at everything: as far as it has looked.
    stopped: Option<String>,
    empty: Empty,
    pager: Pager,
    types: Vec<Type>,
    counted: String,
}

/// One event in the list, and in the live tail.
#[derive(Template)]
#[template(path = "panel/events/row.html")]
pub struct Row {
    seq: i64,
    href: String,
    at: Moment,
    name: String,
    what: Option<String>,
    call: Option<(String, String)>,
    phone: Option<Told>,
    agent: Option<Told>,
    /// What is odd about it, in words.
    odd: Option<String>,
    /// What became of it, by webhook.
    marks: Vec<Mark>,
    more: Option<String>,
    /// What became of it is not its last word, or not known yet.
    open: bool,
}

impl askama::filters::HtmlSafe for Row {}

/// What people call something, and what the provider does.
pub struct Told {
    href: String,
    said: String,
    raw: String,
}

struct Type {
    href: String,
    name: String,
    what: Option<String>,
    count: String,
}

pub async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, search) = (&visit.ui, Search::of(&asked));
    // An address that was cut off begins at the beginning.
    let at = asked.given("cursor").filter(|cursor| cursor.parse::<i64>().is_ok());
    let (found, errors) = match panel.admin.listed_events(&visit.actor, id, &search.query(ui, at)).await {
        Ok(found) => (found, Errors::default()),
        Err(error) => (ListedEvents::default(), Errors::of(error)?),
    };
    let names = panel.admin.agent_names(&visit.actor, id).await?;
    let (seen, counted) = panel.admin.types_seen(&visit.actor, id, ui.lang).await?;
    let known = panel.admin.types_known(&visit.actor, id, ui.lang).await?;
    let webhooks = panel.admin.webhook_names(&visit.actor, id).await?;
    let path = format!("/companies/{id}/events");
    let address = search.address();
    let filtered = !address.is_empty();
    let page = List {
        frame: visit.frame(Section::Events).of_company(id),
        live: (at.is_none() && errors.is_empty() && search.follows())
            .then(|| format!("{path}/live{address}")),
        fields: search.fields(ui, &webhooks, &errors),
        stopped: stopped(ui, &found),
        empty: nothing(ui, filtered, &path),
        pager: Pager::new(ui, &format!("{path}{address}"), at, found.next.as_deref()),
        key: if found.webhooks.is_empty() { Vec::new() } else { fates::key(ui) },
        outcomes: format!("{path}/outcomes{address}"),
        at: ui.clock(ui.now),
        rows: rows(ui, &names, &found),
        webhooks: found.webhooks,
        types: types(ui, &path, seen, known),
        counted: ui.say("events-counted").with("n", counted).text(),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Events),
        company: company.name,
        ui: ui.clone(),
        filtered,
        path,
    };
    if errors.is_empty() { show(&page) } else { refuse(&page) }
}

/// How far a search has looked that has stopped before its page was full.
fn stopped(ui: &Ui, found: &ListedEvents) -> Option<String> {
    let time = found.stopped_at.map(|at| ui.exact(at));
    time.map(|time| ui.say("events-stopped").with("time", time).text())
}

/// The rows again, with what has become of them since; see `events.js`.
#[derive(Template)]
#[template(path = "panel/events/outcomes.html")]
struct Outcomes {
    rows: Vec<Row>,
    at: Moment,
}

/// What became of the rows whose events are asked for (`of=7,9`), as it is now.
pub async fn outcomes(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let seqs: Vec<Seq> = asked.text("of").split(',').filter_map(|seq| seq.parse().ok()).map(Seq).collect();
    let first = asked.given("not_delivered_to");
    let found = panel.admin.events_again(&visit.actor, id, &seqs, first).await?;
    let names = panel.admin.agent_names(&visit.actor, id).await?;
    show(&Outcomes { rows: rows(&visit.ui, &names, &found), at: visit.ui.clock(visit.ui.now) })
}

fn nothing(ui: &Ui, filtered: bool, path: &str) -> Empty {
    if filtered {
        Empty::new(icon("search"), &ui.say("events-none-found"), &ui.say("events-none-found-text"))
            .step(path, &ui.say("events-clear"))
    } else {
        Empty::new(icon("list-tree"), &ui.say("events-none"), &ui.say("events-none-text"))
    }
}

/// `names` are those of the company's agents, by their ids.
fn rows(ui: &Ui, names: &HashMap<String, String>, found: &ListedEvents) -> Vec<Row> {
    let more = (found.more > 0).then(|| ui.say("calls-more-webhooks").with("n", found.more).text());
    let with_fates = |ListedEvent { event, became }: &ListedEvent| Row {
        marks: became.iter().map(|fate| fates::badge(ui, &fate.verdict).mark(&fate.webhook)).collect(),
        more: more.clone(),
        open: became.iter().any(|fate| is_open(&fate.verdict)),
        ..row(ui, names, event)
    };
    found.events.iter().map(with_fates).collect()
}

/// Whether an event's fate changes by itself.
fn is_open(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Pending { .. } | Verdict::Held { .. } | Verdict::Paused { .. })
}

/// An event that has just come: what becomes of it is asked for when it is shown.
pub fn row(ui: &Ui, names: &HashMap<String, String>, event: &EventView) -> Row {
    let company = &event.company_id;
    let told = |kind, raw: &String, said: Option<String>| Told {
        href: search_for(company, kind, raw),
        said: said.unwrap_or_else(|| raw.clone()),
        raw: raw.clone(),
    };
    let odd = event.warnings.len() + event.flags.len();
    Row {
        seq: event.seq,
        href: format!("/events/{}", event.id),
        at: lines::moment(Some(&event.received_at)).map_or_else(|| ui.clock(ui.now), |at| ui.clock(at)),
        what: admin::description(&event.name, ui.lang),
        name: event.name.clone(),
        call: event.call.as_ref().map(|call| (search_for(company, "call", call), call.clone())),
        phone: event.phones.first().map(|phone| told("phone", phone, Some(calls::phone(phone)))),
        agent: event.agent.as_ref().map(|agent| told("agent", agent, names.get(agent).cloned())),
        odd: (odd > 0).then(|| ui.say("events-odd").with("n", odd).text()),
        marks: Vec::new(),
        more: None,
        open: true,
    }
}

/// The types seen with their counts, then those that are known and have not come.
fn types(ui: &Ui, path: &str, seen: Vec<TypeView>, known: Vec<CatalogueView>) -> Vec<Type> {
    let href = |name: &str| {
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("{path}?type={name}")
    };
    let unseen: Vec<_> = known
        .into_iter()
        .filter(|entry| seen.iter().all(|seen| seen.name != entry.name))
        .map(|entry| Type {
            href: href(entry.name),
            name: entry.name.to_owned(),
            what: Some(entry.description),
            count: ui.number(0),
        })
        .collect();
    let seen = seen.into_iter().map(|seen| Type {
        href: href(&seen.name),
        what: seen.description,
        count: ui.number(seen.count),
        name: seen.name,
    });
    seen.chain(unseen).collect()
}
