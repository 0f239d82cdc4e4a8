//! The webhooks of one company, or of all that somebody sees, searched and put in order.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::health;
use crate::admin::{
    Actor, Admin, AdminError, CompanyView, Grade, ListedWebhook, Role, WebhookIs, WebhookList,
    WebhookListQuery, WebhookSort,
};
use crate::domain::{CompanyId, Sought};
use crate::web::panel::company_page::{CompanyHead, Tab};
use crate::web::panel::pages::{self, ON_A_PAGE, Pages};
use crate::web::panel::pairs::address;
use crate::web::panel::parts::{Badge, Empty, Tone, icon};
use crate::web::panel::scope::Companies;
use crate::web::panel::ui::Moment;
use crate::web::panel::{
    Asked, Choice, Errors, Failed, Field, Frame, InCompany, Pairs, Panel, Reader, Section, Shown, Ui, Visit,
    lines, live, show,
};

/// So often the list of a company is made anew though nothing has happened.
const OLDER_MICROS: i64 = 10_000_000;

pub fn routes() -> Router<Panel> {
    Router::new()
        .route("/webhooks", get(everywhere))
        .route("/companies/{company}/webhooks", get(in_company))
        .route("/companies/{company}/webhooks/live", get(live_list))
}

#[derive(Template)]
#[template(path = "panel/webhooks/list.html")]
struct Webhooks {
    ui: Ui,
    frame: Frame,
    title: String,
    /// Of one company; the rows of a list of all say whose they are.
    head: Option<CompanyHead>,
    path: String,
    administers: bool,
    fields: Vec<Field>,
    filtered: bool,
    count: String,
    /// How those of one company stood when the page was made: it changes when one of them does. The list of all is not live.
    moved: Option<String>,
    at: Moment,
    rows: Vec<Row>,
    /// There is one, whatever is asked for.
    any: bool,
    empty: Empty,
    pages: Pages,
}

struct Row {
    path: String,
    name: String,
    url: String,
    /// Its two parts: what can be cut, and what tells it from others of the same host.
    host: String,
    place: String,
    company: (String, String),
    state: Badge,
    /// What is the matter, where something is.
    sentence: Option<String>,
    backlog: String,
    last_success: Option<Moment>,
    last_failure: Option<Moment>,
}

/// What the address asks for.
struct Search {
    /// The company whose page it is.
    of: Option<CompanyId>,
    /// The one that is chosen among all, as it was typed and by its id.
    typed: String,
    company: Option<CompanyId>,
    sought: Option<Sought>,
    state: Option<WebhookIs>,
    sort: Option<WebhookSort>,
}

impl Search {
    fn new(of: Option<CompanyId>, asked: &Pairs) -> Self {
        Self {
            of,
            typed: asked.given("company").unwrap_or_default().to_owned(),
            company: asked.given("company").and_then(|text| text.parse().ok()),
            sought: Sought::typed(asked.text("q")),
            state: asked.one_of("state", &WebhookIs::ALL, WebhookIs::as_str),
            sort: asked.one_of("sort", &WebhookSort::ALL, WebhookSort::as_str),
        }
    }

    fn path(&self) -> String {
        self.of.map_or_else(|| "/webhooks".to_owned(), |company| format!("/companies/{company}/webhooks"))
    }

    fn q(&self) -> &str {
        self.sought.as_ref().map_or("", Sought::as_str)
    }

    fn is_filtered(&self) -> bool {
        self.sought.is_some() || self.state.is_some() || self.of.is_none() && !self.typed.is_empty()
    }

    /// What was typed is the name of no company: nothing is found.
    fn means_none(&self) -> bool {
        self.company.is_none() && !self.typed.is_empty()
    }

    fn address(&self) -> String {
        let sort = self.sort.filter(|sort| *sort != WebhookSort::default());
        let company = self.of.is_none().then_some(self.typed.as_str());
        let pairs = [
            ("q", self.q()),
            ("company", company.unwrap_or_default()),
            ("state", self.state.map_or("", WebhookIs::as_str)),
            ("sort", sort.map_or("", WebhookSort::as_str)),
        ];
        address(&self.path(), &pairs)
    }

    fn fields(&self, ui: &Ui, companies: Option<&Companies>) -> Vec<Field> {
        let state = |one: WebhookIs| {
            let label = ui.say("webhooks-are").with("state", one.as_str());
            Choice::new(one.as_str(), &label, self.state == Some(one))
        };
        let sort = |one: WebhookSort| {
            let label = ui.say("webhooks-sort-by").with("by", one.as_str());
            Choice::new(one.as_str(), &label, self.sort.unwrap_or_default() == one)
        };
        let any = Choice::new("", &ui.say("filter-any"), self.state.is_none());
        let states = std::iter::once(any).chain(WebhookIs::ALL.map(state)).collect();
        let what = match self.of {
            Some(_) => ui.say("webhooks-search-what"),
            None => ui.say("webhooks-search-what-all"),
        };
        let company = companies.map(|companies| {
            let (label, all) = (ui.say("companies-name"), ui.say("scope-all"));
            companies.field(ui, ("company", &label), Some(&all), &self.typed, &Errors::default())
        });
        let q = Field::typed("search", "q", &ui.say("filter-search"), self.q()).placeholder(what.text());
        let others = [
            Field::select("state", &ui.say("webhook-health"), states),
            Field::select("sort", &ui.say("filter-sort"), WebhookSort::ALL.map(sort).into()),
        ];
        std::iter::once(q).chain(company).chain(others).collect()
    }

    fn query(&self, asked: &Pairs) -> WebhookListQuery {
        WebhookListQuery {
            company: self.of.or(self.company),
            sought: self.sought.clone(),
            state: self.state,
            sort: self.sort.unwrap_or_default(),
            from: pages::asked(asked),
            limit: ON_A_PAGE,
        }
    }
}

async fn in_company(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let search = Search::new(Some(id), &asked);
    // Before they are read: what changes in between is then seen as a change.
    let moved = moved(&panel.admin, &visit.actor, &visit.ui, id).await?;
    let page = found(&panel, &visit, &search, &asked, None).await?;
    show(&of_one(&visit, (id, &company), moved, page))
}

fn of_one(
    visit: &Visit,
    (id, company): (CompanyId, &CompanyView),
    moved: String,
    page: Webhooks,
) -> Webhooks {
    let ui = &visit.ui;
    let mut empty = page.empty;
    if page.administers && !page.any {
        empty = empty.step(format!("{}/new", page.path), &ui.say("webhooks-new"));
    }
    Webhooks {
        moved: Some(moved),
        frame: visit.frame(Section::Companies).of_company(id),
        head: Some(CompanyHead::new(visit, id, &company.name, Tab::Webhooks)),
        title: format!("{} · {}", ui.say("webhooks-title"), company.name),
        empty,
        ..page
    }
}

async fn everywhere(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let companies = Companies::of(&panel, &visit).await?;
    let search = Search::new(None, &companies.understood(&asked, "company"));
    show(&found(&panel, &visit, &search, &asked, Some(&companies)).await?)
}

async fn found(
    panel: &Panel,
    visit: &Visit,
    search: &Search,
    asked: &Pairs,
    companies: Option<&Companies>,
) -> Result<Webhooks, Failed> {
    let ui = &visit.ui;
    let mut list = panel.admin.webhook_list(&visit.actor, ui.lang, &search.query(asked)).await?;
    if search.means_none() {
        list = WebhookList { rows: Vec::new(), found: 0, from: 0, ..list };
    }
    let WebhookList { rows, found, total, from } = list;
    let filtered = search.is_filtered();
    Ok(Webhooks {
        frame: visit.frame(Section::Webhooks),
        title: ui.say("webhooks-title").text(),
        head: None,
        path: search.path(),
        administers: visit.actor.require(Role::Administrator).is_ok(),
        fields: search.fields(ui, companies),
        filtered,
        count: if filtered {
            ui.say("webhooks-count-of").with("n", ui.number(found)).with("total", total).text()
        } else {
            ui.say("webhooks-count").with("n", total).text()
        },
        moved: None,
        at: ui.clock(ui.now),
        rows: rows.into_iter().map(|webhook| row(ui, webhook)).collect(),
        any: total > 0,
        empty: nothing(ui, search),
        pages: Pages::new(ui, &search.address(), from, found),
        ui: ui.clone(),
    })
}

fn nothing(ui: &Ui, search: &Search) -> Empty {
    if search.is_filtered() {
        let text = ui.say("webhooks-none-found-text");
        return Empty::new(icon("search"), &ui.say("webhooks-none-found"), &text)
            .step(search.path(), &ui.say("events-clear"));
    }
    let text = match search.of {
        Some(_) => ui.say("webhooks-none-text"),
        None => ui.say("webhooks-none-text-all"),
    };
    Empty::new(icon("webhook"), &ui.say("webhooks-none"), &text)
}

/// Tells pages that a webhook of the company stands otherwise than before, or that some time has gone by.
async fn live_list(
    Reader(visit): Reader,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
) -> Response {
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    panel.hub.stream(&visit, &format!("webhooks of {id}"), move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move { Ok(vec![(live::MOVED.to_owned(), moved(&admin, &actor, &ui, id).await?)]) }
    })
}

/// A word that changes when the list does, and every ten seconds: times grow older by themselves.
async fn moved(admin: &Admin, actor: &Actor, ui: &Ui, id: CompanyId) -> Result<String, AdminError> {
    let stand = admin.webhooks_stand(actor, id).await?;
    Ok(format!("|{stand} {}", ui.now.0 / OLDER_MICROS))
}

fn row(ui: &Ui, webhook: ListedWebhook) -> Row {
    let moment = |text: &Option<String>| lines::moment(text.as_deref()).map(|at| ui.ago(at));
    let (status, company) = (&webhook.status, format!("/companies/{}/webhooks", webhook.company));
    Row {
        path: format!("{company}/{}", webhook.id),
        state: match webhook.grade {
            Grade::Elsewhere => Badge::new(Tone::Off, icon("circle-minus"), &ui.say("webhook-elsewhere")),
            _ => health::badge(ui, status),
        },
        // Where the badge says all of it, the row is one line.
        sentence: (webhook.grade > Grade::Ready && status.health != "unstable")
            .then(|| health::in_a_list(status)),
        backlog: health::backlog(ui, status),
        last_success: moment(&status.last_success_at),
        last_failure: moment(&status.last_failure_at),
        company: (company, webhook.company_name),
        name: webhook.name,
        host: webhook.url[..path_of(&webhook.url)].to_owned(),
        place: webhook.url[path_of(&webhook.url)..].to_owned(),
        url: webhook.url,
    }
}

/// Where the path of an address begins, at its end where it has none.
fn path_of(url: &str) -> usize {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url.len(), |at| host + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_apart_by_its_path() {
        for (url, path) in
            [("https://a.example/b/c?d=…", "/b/c?d=…"), ("http://a.example", ""), ("x/y", "/y")]
        {
            assert_eq!(&url[path_of(url)..], path);
        }
    }
}
