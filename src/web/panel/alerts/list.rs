//! The list of contact points, each with what came of its last message.

use askama::Template;
use axum::extract::State;

use super::super::lines::moment;
use super::super::parts::{Badge, Empty, Icon, Notice, Pager, Tone, icon};
use super::super::scope::Companies;
use super::super::{Asked, Errors, Frame, Pairs, Panel, Reader, Section, Shown, Ui, Visit, show};
use super::{LIST, path_of, rules, service, sign};
use crate::admin::{AdminError, ContactPointQuery, ContactPointView, QuietHoursView, Role};

/// Rows of a page.
const ON_A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "panel/alerts/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    administers: bool,
    operates: bool,
    /// What did not arrive.
    notices: Vec<Notice>,
    rows: Vec<Row>,
    rules: Vec<rules::Row>,
    no_rule: Empty,
    quiet: Quiet,
    /// The same as a sentence.
    quiet_said: String,
    /// Who may change what is of the installation.
    administers_all: bool,
    empty: Empty,
    pager: Pager,
}

/// The form of quiet hours: what is stored, or what was typed with what is wrong with it.
struct Quiet {
    version: i64,
    from: String,
    from_error: Option<String>,
    to: String,
    to_error: Option<String>,
}

struct Row {
    sign: Icon,
    name: String,
    /// The service, and where on it.
    what: String,
    /// Whose it is.
    of: String,
    last: Badge,
    /// When that was, and why it was not taken.
    when: Option<super::super::ui::Moment>,
    why: Option<String>,
    href: String,
}

pub async fn page(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    show(&filled(&panel, &visit, &asked, None).await?)
}

/// The page, with quiet hours as they were typed where those were refused.
pub async fn filled(
    panel: &Panel,
    visit: &Visit,
    asked: &Pairs,
    refused: Option<(&Pairs, &Errors)>,
) -> Result<impl Template + use<>, AdminError> {
    let (ui, at) = (&visit.ui, asked.given("cursor"));
    let query = ContactPointQuery { company: None, cursor: at.map(str::to_owned), limit: Some(ON_A_PAGE) };
    let page = panel.admin.contact_points(&visit.actor, ui.lang, &query).await?;
    let companies = Companies::of(panel, visit).await?;
    let notices = page.items.iter().filter_map(|point| not_arrived(ui, point)).collect();
    let administers = visit.actor.role == Role::Administrator;
    let empty = Empty::new(icon("bell"), &ui.say("point-none"), &ui.say("point-none-text"));
    let empty = if administers { empty.step("/alerts/contacts/new", &ui.say("point-new")) } else { empty };
    let no_rule = Empty::new(icon("bell-ring"), &ui.say("rule-none"), &ui.say("rule-none-text"));
    let no_rule = if administers { no_rule.step("/alerts/rules/new", &ui.say("rule-new")) } else { no_rule };
    let quiet = panel.admin.quiet_hours().await?;
    Ok(List {
        frame: visit.frame(Section::Alerts),
        administers,
        operates: visit.actor.role >= Role::Operator,
        notices,
        pager: Pager::new(ui, LIST, at, page.next.as_deref()),
        rows: page.items.into_iter().map(|point| row(visit, &companies, point)).collect(),
        empty,
        rules: rules::rows(panel, visit).await?,
        no_rule,
        quiet_said: quiet_said(ui, &quiet),
        quiet: quiet_form(ui, quiet, refused),
        administers_all: administers && visit.actor.companies.is_none(),
        ui: ui.clone(),
    })
}

fn quiet_form(ui: &Ui, stored: QuietHoursView, refused: Option<(&Pairs, &Errors)>) -> Quiet {
    let version = stored.version;
    let Some((typed, errors)) = refused else {
        let (from, to) = (stored.from.unwrap_or_default(), stored.to.unwrap_or_default());
        return Quiet { version, from, from_error: None, to, to_error: None };
    };
    Quiet {
        version,
        from: typed.text("from").to_owned(),
        from_error: errors.at(ui.lang, "from"),
        to: typed.text("to").to_owned(),
        to_error: errors.at(ui.lang, "to"),
    }
}

fn quiet_said(ui: &Ui, quiet: &QuietHoursView) -> String {
    let said = match (&quiet.from, &quiet.to) {
        (Some(from), Some(to)) => ui.say("quiet-is").with("from", from).with("to", to),
        _ => ui.say("quiet-is-not"),
    };
    said.text()
}

fn not_arrived(ui: &Ui, point: &ContactPointView) -> Option<Notice> {
    let last = point.last.as_ref().filter(|last| !last.taken)?;
    let text = ui.say("point-not-arrived").with("name", point.name.clone());
    Some(Notice::new(ui, Tone::Bad, text).advice(last.message.clone().unwrap_or_default()))
}

fn row(visit: &Visit, companies: &Companies, point: ContactPointView) -> Row {
    let ui = &visit.ui;
    let place = match (&point.to, &point.chat, &point.url) {
        (Some(to), _, _) => to.join(", "),
        (_, Some(chat), _) => chat.clone(),
        (_, _, Some(url)) => url.clone(),
        _ => String::new(),
    };
    let of = match &point.company_id {
        Some(id) => companies.name(id).to_owned(),
        None => ui.say("point-of-all").text(),
    };
    let last = match &point.last {
        None => Badge::new(Tone::Off, icon("circle-pause"), &ui.say("point-last-never")),
        Some(last) if !last.taken => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("point-last-not")),
        Some(last) if last.error.is_some() => {
            Badge::new(Tone::Warn, icon("triangle-alert"), &ui.say("point-last-partly"))
        }
        Some(_) => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("point-last-taken")),
    };
    Row {
        sign: sign(point.kind),
        what: format!("{} · {place}", service(ui, point.kind)),
        of,
        last,
        when: point.last.as_ref().and_then(|last| moment(Some(&last.at))).map(|at| ui.ago(at)),
        why: point.last.as_ref().and_then(|last| last.message.clone()),
        href: path_of(&point),
        name: point.name,
    }
}
