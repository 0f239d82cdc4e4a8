//! One company of many: the way from a company's page to the same page of another, and the question *de qual empresa?*.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};

use super::pages::{self, ON_A_PAGE, Pages};
use super::pairs::address;
use super::parts::{Empty, icon};
use super::{Asked, Frame, Pairs, Panel, Reader, Section, Shown, Ui, Visit, show};
use crate::admin::CompanyView;
use crate::domain::{CompanyId, Sought, plain};

/// Companies that the way to another one lists.
const IN_SWITCH: usize = 30;

/// The companies found, as links.
#[derive(Template)]
#[template(
    source = r#"{% for (href, name) in links %}<a href="{{ href }}">{{ name }}</a>{% endfor %}{% if let Some(said) = said %}<p class="muted" role="status">{{ said }}</p>{% endif %}"#,
    ext = "html"
)]
struct Links {
    links: Vec<(String, String)>,
    /// That there are none, or more than these.
    said: Option<String>,
}

impl HtmlSafe for Links {}

/// The way to the same page of another company. `{{ switch }}` in a template.
#[derive(Template)]
#[template(path = "panel/parts/switch.html")]
pub struct Switch {
    ui: Ui,
    /// The page within a company: `/webhooks`.
    to: &'static str,
    but: CompanyId,
    /// The first companies: those that a browser without scripts has to choose from.
    found: Links,
}

impl HtmlSafe for Switch {}

impl Switch {
    /// Nothing for who sees one company only.
    pub fn of(visit: &Visit, company: CompanyId, to: &'static str) -> Option<Self> {
        let others = visit.switch.iter().filter(|(id, _)| *id != company);
        let mut others: Vec<_> =
            others.map(|(id, name)| (within(&id.to_string(), to), name.clone())).collect();
        if others.is_empty() {
            return None;
        }
        others.sort_by_cached_key(|(_, name)| plain(name));
        let found = Links { links: others, said: None };
        Some(Self { ui: visit.ui.clone(), to, but: company, found })
    }
}

fn within(company: &str, to: &str) -> String {
    format!("/companies/{company}{to}")
}

/// The companies that have what was typed in their names.
pub async fn switch(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, sought) = (&visit.ui, Sought::typed(asked.text("q")));
    // A word of ours, or nothing.
    let to = asked.text("to").strip_prefix('/').filter(|word| word.bytes().all(|b| b.is_ascii_lowercase()));
    let to = to.map_or_else(String::new, |word| format!("/{word}"));
    let (mut companies, found) =
        panel.admin.companies_by_name(&visit.actor, sought.as_ref(), 0, IN_SWITCH + 1).await?;
    companies.retain(|company| company.id != asked.text("but"));
    companies.truncate(IN_SWITCH);
    let said = match companies.len() {
        0 => Some(ui.say("companies-none-found").text()),
        IN_SWITCH if found > IN_SWITCH + 1 => Some(ui.say("companies-more").text()),
        _ => None,
    };
    let link = |company: CompanyView| (within(&company.id, &to), company.name);
    show(&Links { links: companies.into_iter().map(link).collect(), said })
}

/// The companies found, as a field offers them.
#[derive(Template)]
#[template(
    source = r#"{% for name in names %}<option value="{{ name }}"></option>{% endfor %}"#,
    ext = "html"
)]
struct Offer {
    names: Vec<String>,
}

/// The names that have in them what was typed into a field, whatever the field is called.
pub async fn offer(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let typed = asked.iter().next().map_or("", |(_, typed)| typed);
    let sought = Sought::typed(typed);
    let (found, _) = panel.admin.companies_by_name(&visit.actor, sought.as_ref(), 0, IN_SWITCH).await?;
    show(&Offer { names: found.into_iter().map(|company| company.name).collect() })
}

#[derive(Template)]
#[template(path = "panel/choose.html")]
struct Choose {
    ui: Ui,
    frame: Frame,
    title: String,
    path: &'static str,
    q: String,
    companies: Vec<(String, String)>,
    /// There is one, whatever is looked for.
    any: bool,
    empty: Empty,
    pages: Pages,
}

/// The page at `path` asks for the company whose page `to` is meant; of who sees one only it is that one's at once.
pub async fn page(
    panel: &Panel,
    visit: &Visit,
    asked: &Pairs,
    section: Section,
    (path, to): (&'static str, &str),
) -> Shown {
    if let [(only, _)] = &*visit.switch {
        return Ok(Redirect::to(&within(&only.to_string(), to)).into_response());
    }
    let (ui, sought, from) = (&visit.ui, Sought::typed(asked.text("q")), pages::asked(asked));
    let (companies, found) =
        panel.admin.companies_by_name(&visit.actor, sought.as_ref(), from, ON_A_PAGE).await?;
    let q = sought.as_ref().map_or("", Sought::as_str);
    let title = if section == Section::Calls { ui.say("calls-title") } else { ui.say("events-title") };
    let empty = match sought {
        None => Empty::new(icon("building-2"), &ui.say("companies-none"), &ui.say("companies-none-text")),
        Some(_) => {
            let text = ui.say("companies-none-found-text");
            Empty::new(icon("search"), &ui.say("companies-none-found"), &text)
        }
    };
    let link = |company: CompanyView| (within(&company.id, to), company.name);
    show(&Choose {
        frame: visit.frame(section),
        title: title.text(),
        companies: companies.into_iter().map(link).collect(),
        any: !visit.switch.is_empty(),
        empty,
        pages: Pages::new(ui, &address(path, &[("q", q)]), from, found),
        q: q.to_owned(),
        path,
        ui: ui.clone(),
    })
}
