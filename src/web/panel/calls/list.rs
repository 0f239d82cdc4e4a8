//! Calls as a list: those of a company, or of all that somebody sees; searched, and followed as they come.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::company_page::{CompanyHead, Tab};
use super::super::parts::{Badge, Empty, Icon, Mark, Pager, icon};
use super::super::scope::Companies;
use super::super::ui::Moment;
use super::super::{
    Asked, Errors, Failed, Field, Frame, InCompany, Pairs, Panel, Reader, Section, Shown, Ui, Visit, choose,
    events, lines, live, refuse, show,
};
use super::search::Search;
use super::words::{self, Parts};
use crate::admin::{AdminError, CallFate, CallView, Fault, ListedCall, Page};
use crate::domain::CompanyId;

/// Calls that go on grow longer without anything being said of them: so often they are shown anew.
const LONGER_MICROS: i64 = 10_000_000;

#[derive(Template)]
#[template(path = "panel/calls/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    title: String,
    /// Of one company; a list of all has its own heading, and its rows say whose they are.
    head: Option<CompanyHead>,
    /// The same search of all companies, from the page of one of several.
    everywhere: Option<String>,
    path: String,
    fields: Vec<Field>,
    /// What is asked for cannot be looked for.
    wrong: bool,
    filtered: bool,
    /// There are more companies than are looked through.
    cut: bool,
    /// Where the page hears that calls have changed, and how far they had come when it was made; only the newest page follows.
    follows: Option<(String, String)>,
    at: Moment,
    rows: Vec<Row>,
    /// Over the signs of what webhooks got, where all rows have the same ones.
    webhooks: Vec<String>,
    key: Vec<Badge>,
    empty: Empty,
    pager: Pager,
}

struct Row {
    id: String,
    href: String,
    at: Moment,
    company: Option<(String, String)>,
    direction: Icon,
    who: String,
    agent: Option<String>,
    queue: Option<String>,
    bar: Option<Bar>,
    lasted: String,
    state: Badge,
    odd: bool,
    /// By webhook.
    marks: Vec<Option<Mark>>,
    more: Option<String>,
}

/// What was waited and what was talked, as shares of the longest call shown.
struct Bar {
    waited: u32,
    talked: u32,
    /// In words, for who does not see it.
    said: String,
}

/// A page of calls, as it was found.
struct Found {
    page: Page<ListedCall>,
    cut: bool,
}

pub async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let search = Search::new(Some(id), &asked);
    // Of who sees one company only nothing else is to be chosen.
    let several = visit.switch.len() > 1;
    let head = CompanyHead::new(&visit, id, &company.name, Tab::Calls);
    let title = format!("{} · {}", visit.ui.say("calls-title"), company.name);
    let page = List {
        head: Some(head),
        everywhere: several.then(|| search.everywhere()),
        title,
        ..found(&panel, &visit, &search, &asked, None).await?
    };
    answer(&page)
}

/// Of several companies; who sees one only, or has chosen one, is led to that one's page.
pub async fn everywhere(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let companies = Companies::of(&panel, &visit).await?;
    let asked = companies.understood(&asked, "company");
    let chosen = asked.given("company").and_then(|company| company.parse().ok());
    let only = match &*visit.switch {
        [(only, _)] => Some(*only),
        _ => None,
    };
    let search = Search::new(None, &asked);
    if let Some(company) = chosen.or(only) {
        return Ok(Redirect::to(&search.within(company)).into_response());
    }
    answer(&found(&panel, &visit, &search, &asked, Some(&companies)).await?)
}

/// Of which company; for who sees more of them than the list of all has room for.
pub async fn choose(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    choose::page(&panel, &visit, &asked, Section::Calls, ("/calls/choose", "/calls")).await
}

fn answer(page: &List) -> Shown {
    if page.wrong { refuse(page) } else { show(page) }
}

async fn found(
    panel: &Panel,
    visit: &Visit,
    search: &Search,
    asked: &Pairs,
    companies: Option<&Companies>,
) -> Result<List, Failed> {
    let ui = &visit.ui;
    // An address that was cut off begins at the beginning.
    let at = asked.given("cursor").filter(|cursor| cursor.contains('.'));
    // Before the calls are read: what comes in between is then seen as a change.
    let moved = moved(panel, visit, ui, search.of()).await?;
    let found = if search.is_of_none() {
        Err(AdminError::invalid("company", Fault::NoSuch))
    } else {
        calls(panel, visit, search, at).await
    };
    let (found, errors) = match found {
        Ok(found) => (found, Errors::default()),
        Err(error) => {
            (Found { page: Page { items: Vec::new(), next: None }, cut: false }, Errors::of(error)?)
        }
    };
    let Found { page: Page { items, next }, cut } = found;
    let frame = visit.frame(Section::Calls);
    let longest = items.iter().filter_map(|it| Parts::of(&it.call).lasted()).max().unwrap_or_default();
    let follows = at.is_none() && errors.is_empty();
    Ok(List {
        title: ui.say("calls-title").text(),
        frame: match search.of() {
            Some(company) => frame.of_company(company),
            None => frame,
        },
        head: None,
        everywhere: None,
        path: search.path(),
        fields: search.fields(ui, companies, &errors),
        wrong: !errors.is_empty(),
        filtered: search.is_filtered(),
        cut,
        follows: follows.then(|| (format!("{}/live", search.path()), moved)),
        at: ui.clock(ui.now),
        webhooks: search.of().map(|_| webhooks(&items)).unwrap_or_default(),
        key: if items.iter().any(|it| !it.became.is_empty()) { events::key(ui) } else { Vec::new() },
        rows: items.into_iter().map(|it| row(ui, it, longest, search, companies)).collect(),
        empty: nothing(ui, search, next.is_some()),
        pager: Pager::new(ui, &search.address(), at, next.as_deref()),
        ui: ui.clone(),
    })
}

async fn calls(panel: &Panel, visit: &Visit, search: &Search, at: Option<&str>) -> Result<Found, AdminError> {
    let query = search.query(&visit.ui, at);
    match search.of() {
        Some(company) => {
            let page = panel.admin.listed_calls(&visit.actor, company, &query).await?;
            Ok(Found { page, cut: false })
        }
        None => {
            let all = panel.admin.calls_of_all(&visit.actor, &query).await?;
            Ok(Found { page: all.page, cut: all.cut })
        }
    }
}

/// A word that changes when the list does.
async fn moved(
    panel: &Panel,
    visit: &Visit,
    ui: &Ui,
    company: Option<CompanyId>,
) -> Result<String, AdminError> {
    let moved = panel.admin.calls_moved(&visit.actor, company).await?;
    Ok(format!("|{moved} {}", ui.now.0 / LONGER_MICROS))
}

/// Tells pages that the calls of a company have changed.
pub async fn live_in_company(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Response {
    follow(&panel, &visit, Some(id))
}

/// The same of all companies that somebody sees.
pub async fn live_everywhere(Reader(visit): Reader, State(panel): State<Panel>) -> Response {
    follow(&panel, &visit, None)
}

fn follow(panel: &Panel, visit: &Visit, company: Option<CompanyId>) -> Response {
    let what = company.map_or_else(|| "calls".to_owned(), |company| format!("calls of {company}"));
    let (asking, viewer) = (panel.clone(), visit.clone());
    panel.hub.stream(visit, &what, move || {
        let (panel, visit) = (asking.clone(), viewer.clone());
        async move {
            let moved = moved(&panel, &visit, &visit.ui.afresh(), company).await?;
            Ok(vec![(live::MOVED.to_owned(), moved)])
        }
    })
}

/// Nothing was found: of all there is, or as far as it has looked.
fn nothing(ui: &Ui, search: &Search, goes_on: bool) -> Empty {
    if goes_on {
        Empty::new(icon("search"), &ui.say("calls-unfinished"), &ui.say("calls-unfinished-text"))
    } else if search.is_filtered() {
        Empty::new(icon("search"), &ui.say("calls-none-found"), &ui.say("calls-none-found-text"))
            .step(search.path(), &ui.say("events-clear"))
    } else {
        Empty::new(icon("phone"), &ui.say("calls-none"), &ui.say("calls-none-text"))
    }
}

fn row(
    ui: &Ui,
    ListedCall { call, became, more }: ListedCall,
    longest: Duration,
    search: &Search,
    companies: Option<&Companies>,
) -> Row {
    let parts = Parts::of(&call);
    let at = lines::moment(Some(&call.heard_at)).unwrap_or(ui.now);
    // Of a call that goes on the provider's clock tells no length, which may be another than ours.
    let lasted = if call.state == "finished" { parts.lasted() } else { Some(ui.now.since(at)) };
    Row {
        href: format!("/calls/{}", call.id),
        at: ui.clock(at),
        company: companies.and_then(|companies| whose(companies, search, &call)),
        direction: words::direction(&call),
        who: words::who(ui, &call),
        agent: words::agent(&call),
        bar: bar(ui, &parts, longest),
        lasted: lasted.map_or_else(String::new, |lasted| ui.span(lasted)),
        state: words::state(ui, &call),
        odd: !call.warnings.is_empty(),
        marks: became.into_iter().map(|fate| mark(ui, fate)).collect(),
        more: (more > 0).then(|| ui.say("calls-more-webhooks").with("n", more).text()),
        queue: call.queue,
        id: call.id,
    }
}

/// The names of the webhooks that all calls of one company are looked at by.
fn webhooks(items: &[ListedCall]) -> Vec<String> {
    let first = items.first().map(|it| it.became.iter().map(|fate| fate.webhook.clone()));
    first.map(Iterator::collect).unwrap_or_default()
}

/// The call's company, and the same search of that one.
fn whose(companies: &Companies, search: &Search, call: &CallView) -> Option<(String, String)> {
    let company: CompanyId = call.company_id.parse().ok()?;
    Some((search.within(company), companies.name(&call.company_id).to_owned()))
}

fn mark(ui: &Ui, CallFate { webhook, worst }: CallFate) -> Option<Mark> {
    worst.map(|verdict| events::badge(ui, &verdict).mark(&webhook))
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
