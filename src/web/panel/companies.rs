//! The companies, searched and put in order, each with the state of its line and of its webhooks.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::pages::{self, ON_A_PAGE, Pages};
use super::pairs::address;
use super::parts::{Badge, Empty, Tone, icon};
use super::ui::Moment;
use super::{Asked, Choice, Field, Frame, Pairs, Panel, Reader, Section, Shown, Ui, choose, lines, show};
use crate::admin::{
    CompanyIs, CompanyList, CompanyListQuery, CompanySort, LineIs, ListedCompany, Role, SourceView,
    WebhookTally, WebhooksAre,
};
use crate::domain::Sought;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/companies", get(list))
        .route("/companies/switch", get(choose::switch))
        .route("/companies/offer", get(choose::offer))
}

#[derive(Template)]
#[template(path = "panel/companies.html")]
struct Companies {
    ui: Ui,
    frame: Frame,
    fields: Vec<Field>,
    filtered: bool,
    count: String,
    at: Moment,
    rows: Vec<Row>,
    /// The person may register companies.
    registers: bool,
    empty: Empty,
    /// There is one, whatever is asked for.
    any: bool,
    pages: Pages,
}

struct Row {
    path: String,
    name: String,
    state: Badge,
    /// What it means and what to do, where the state is bad.
    advice: Option<String>,
    hooks: Hooks,
    backlog: String,
    last_event: Option<Moment>,
    sources: String,
}

/// How a company's webhooks do. `{{ hooks }}` in a template.
#[derive(Template)]
#[template(
    source = r#"<a class="hooks" href="{{ path }}">{% if let Some(badge) = badge %}{{ badge }}{% else %}{{ count }}{% endif %}</a>"#,
    ext = "html"
)]
pub struct Hooks {
    /// Where they do not all do well.
    pub badge: Option<Badge>,
    count: String,
    /// Those that the badge speaks of.
    path: String,
}

impl HtmlSafe for Hooks {}

impl Hooks {
    /// `company` is the path of its page.
    pub fn new(ui: &Ui, company: &str, tally: WebhookTally) -> Self {
        // What is not known here is not said to be well.
        let count = match tally.unknown {
            0 => ui.say("companies-webhooks").with("n", tally.total),
            _ => ui.say("companies-webhooks-elsewhere").with("n", tally.total),
        };
        Self { badge: webhooks(ui, tally), count: count.text(), path: webhooks_path(company, tally.are()) }
    }
}

/// What the address asks for.
struct Search {
    sought: Option<Sought>,
    is: Option<CompanyIs>,
    line: Option<LineIs>,
    webhooks: Option<WebhooksAre>,
    sort: Option<CompanySort>,
}

impl Search {
    fn of(asked: &Pairs) -> Self {
        Self {
            sought: Sought::typed(asked.text("q")),
            is: asked.one_of("is", &CompanyIs::ALL, CompanyIs::as_str),
            line: asked.one_of("line", &LineIs::ALL, LineIs::as_str),
            webhooks: asked.one_of("webhooks", &WebhooksAre::ALL, WebhooksAre::as_str),
            sort: asked.one_of("sort", &CompanySort::ALL, CompanySort::as_str),
        }
    }

    fn q(&self) -> &str {
        self.sought.as_ref().map_or("", Sought::as_str)
    }

    fn is_filtered(&self) -> bool {
        self.sought.is_some() || self.is.is_some() || self.line.is_some() || self.webhooks.is_some()
    }

    fn address(&self) -> String {
        let sort = self.sort.filter(|sort| *sort != CompanySort::default());
        address(
            "/companies",
            &[
                ("q", self.q()),
                ("is", self.is.map_or("", CompanyIs::as_str)),
                ("line", self.line.map_or("", LineIs::as_str)),
                ("webhooks", self.webhooks.map_or("", WebhooksAre::as_str)),
                ("sort", sort.map_or("", CompanySort::as_str)),
            ],
        )
    }

    fn fields(&self, ui: &Ui) -> Vec<Field> {
        let any = |chosen: bool| Choice::new("", &ui.say("filter-any"), chosen);
        let is = |one: CompanyIs| {
            let label = ui.say("companies-are").with("state", one.as_str());
            Choice::new(one.as_str(), &label, self.is == Some(one))
        };
        let line = |one: LineIs| {
            let label = ui.say("companies-line-is").with("state", one.as_str());
            Choice::new(one.as_str(), &label, self.line == Some(one))
        };
        let webhooks = |one: WebhooksAre| {
            let label = ui.say("companies-webhooks-are").with("state", one.as_str());
            Choice::new(one.as_str(), &label, self.webhooks == Some(one))
        };
        let sort = |one: CompanySort| {
            let label = ui.say("companies-sort-by").with("by", one.as_str());
            Choice::new(one.as_str(), &label, self.sort.unwrap_or_default() == one)
        };
        let all = std::iter::once(any(self.is.is_none())).chain(CompanyIs::ALL.map(is)).collect();
        let lines = std::iter::once(any(self.line.is_none())).chain(LineIs::ALL.map(line)).collect();
        let hooks = std::iter::once(any(self.webhooks.is_none())).chain(WebhooksAre::ALL.map(webhooks));
        vec![
            Field::typed("search", "q", &ui.say("filter-search"), self.q())
                .placeholder(ui.say("companies-search-what").text()),
            Field::select("is", &ui.say("companies-state"), all),
            Field::select("line", &ui.say("companies-line"), lines),
            Field::select("webhooks", &ui.say("webhooks-title"), hooks.collect()),
            Field::select("sort", &ui.say("filter-sort"), CompanySort::ALL.map(sort).into()),
        ]
    }

    fn query(self, asked: &Pairs) -> CompanyListQuery {
        CompanyListQuery {
            sought: self.sought,
            is: self.is,
            line: self.line,
            webhooks: self.webhooks,
            sort: self.sort.unwrap_or_default(),
            from: pages::asked(asked),
            limit: ON_A_PAGE,
        }
    }
}

async fn list(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, search) = (&visit.ui, Search::of(&asked));
    let (fields, filtered, address) = (search.fields(ui), search.is_filtered(), search.address());
    let CompanyList { rows, found, total, from } =
        panel.admin.company_list(&visit.actor, ui.lang, &search.query(&asked)).await?;
    let registers = visit.actor.role == Role::Administrator && visit.actor.companies.is_none();
    show(&Companies {
        frame: visit.frame(Section::Companies),
        fields,
        filtered,
        count: if filtered {
            ui.say("companies-count-of").with("n", ui.number(found)).with("total", total).text()
        } else {
            ui.say("companies-count").with("n", total).text()
        },
        at: ui.clock(ui.now),
        rows: rows.into_iter().map(|company| row(ui, company)).collect(),
        registers,
        empty: nothing(ui, filtered, registers),
        any: total > 0,
        pages: Pages::new(ui, &address, from, found),
        ui: ui.clone(),
    })
}

fn nothing(ui: &Ui, filtered: bool, registers: bool) -> Empty {
    if filtered {
        let text = ui.say("companies-none-found-text");
        return Empty::new(icon("search"), &ui.say("companies-none-found"), &text)
            .step("/companies", &ui.say("events-clear"));
    }
    let empty = Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text"));
    if registers { empty.step("/companies/new", &ui.say("company-new")) } else { empty }
}

fn row(ui: &Ui, company: ListedCompany) -> Row {
    let path = format!("/companies/{}", company.id);
    let state = line_badge(ui, company.worst.as_ref());
    let worst = company.worst.filter(|source| lines::badness(&source.status) > 2);
    Row {
        state,
        advice: worst.map(|source| source.status.sentence),
        hooks: Hooks::new(ui, &path, company.webhooks),
        backlog: ui
            .say("backlog-count")
            .with("n", company.backlog.events)
            .with("known", company.backlog.known.as_str())
            .text(),
        last_event: company.last_event_at.map(|at| ui.ago(at)),
        sources: company.providers.join(", "),
        name: company.name,
        path,
    }
}

/// The list of those that are so.
pub fn address_of(is: CompanyIs) -> String {
    address("/companies", &[("is", is.as_str())])
}

/// How the worst of a company's lines is.
pub fn line_badge(ui: &Ui, worst: Option<&SourceView>) -> Badge {
    match worst {
        Some(source) => lines::badge(ui, &source.status),
        None => Badge::new(Tone::Off, icon("unplug"), &ui.say("line-none")),
    }
}

/// What is to be said of a company's webhooks, where they are not all well.
fn webhooks(ui: &Ui, tally: WebhookTally) -> Option<Badge> {
    let (tone, sign, n) = match tally.are() {
        WebhooksAre::Failing => (Tone::Bad, "circle-x", tally.failing),
        WebhooksAre::Unsteady => (Tone::Warn, "refresh-cw", tally.unsteady),
        WebhooksAre::Paused => (Tone::Off, "circle-pause", tally.paused),
        WebhooksAre::Well | WebhooksAre::None => return None,
    };
    let word = ui.say("companies-webhooks-bad").with("state", tally.are().as_str());
    Some(Badge::new(tone, icon(sign), &word.with("n", n).with("total", tally.total)))
}

fn webhooks_path(company: &str, are: WebhooksAre) -> String {
    let state = match are {
        WebhooksAre::Well | WebhooksAre::None => "",
        are => are.as_str(),
    };
    address(&format!("{company}/webhooks"), &[("state", state)])
}
