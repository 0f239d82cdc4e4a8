//! What a webhook's form offers: the types that come and those that are known, and an event of a type as an example whose
//! values become rules by a click.
//!
//! What must hold here: everything works as a plain form, whose buttons `sample` and `pick` bring the form back with what
//! was typed; scripts only spare the way there and back.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::kinds::{Group, beginnings, grouped};
use crate::admin::{AdminError, CatalogueView, EventQuery, TypeView};
use crate::domain::{CompanyId, Pattern};
use crate::sources::secret_keys;
use crate::web::panel::events::tree::Tree;
use crate::web::panel::ui::Moment;
use crate::web::panel::{
    Administrator, Asked, Choice, InCompany, Pairs, Panel, Shown, Ui, Visit, lines, show,
};

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/webhooks/sample", get(sample))
}

/// What an agent does between two calls: hardly anything comes more often.
const USUAL: &str = "agent-is-idle";

/// See the module.
pub struct Offer {
    /// Those that come, most frequent first.
    seen: Vec<TypeView>,
    /// Those that the company's providers document.
    known: Vec<CatalogueView>,
    sample: Option<Sample>,
}

/// A type to be ticked.
pub struct Type {
    pub name: String,
    pub description: Option<String>,
    /// How many of the newest events have it.
    pub count: Option<String>,
    pub chosen: bool,
}

/// An event of a type.
#[derive(Template)]
#[template(path = "panel/webhooks/sample.html")]
pub struct Sample {
    ui: Ui,
    of: String,
    /// Its id, when it was received, and its content.
    event: Option<(String, Option<Moment>, Tree)>,
}

impl HtmlSafe for Sample {}

impl Offer {
    /// For this company, with the example that the form asks for.
    pub async fn of(
        panel: &Panel,
        visit: &Visit,
        company: CompanyId,
        typed: &Pairs,
    ) -> Result<Self, AdminError> {
        let (seen, _) = panel.admin.types_seen(&visit.actor, company, visit.ui.lang).await?;
        let known = panel.admin.types_known(&visit.actor, company, visit.ui.lang).await?;
        let sample = match typed.given("sample_type") {
            Some(name) if wants_sample(typed) => Some(Sample::of(panel, visit, company, name).await?),
            _ => None,
        };
        Ok(Self { seen, known, sample })
    }

    /// Whether a box stands for this: a type, or all whose names begin alike.
    pub fn has(&self, event: &str) -> bool {
        match event.strip_suffix('*') {
            Some(head) => beginnings(&self.names()).contains(&head),
            None => self.names().contains(&event),
        }
    }

    /// What comes, and what is known beside it.
    fn names(&self) -> Vec<&str> {
        let seen = self.seen.iter().map(|seen| seen.name.as_str());
        let unseen = self.known.iter().map(|entry| entry.name);
        let unseen = unseen.filter(|name| self.seen.iter().all(|seen| seen.name != *name));
        seen.chain(unseen).collect()
    }

    /// The types in their groups.
    pub fn groups(&self, ui: &Ui, typed: &Pairs) -> Vec<Group> {
        grouped(ui, self.types(ui, typed), typed)
    }

    fn types(&self, ui: &Ui, typed: &Pairs) -> Vec<Type> {
        let is_chosen = |name: &str| typed.all("event").any(|event| event == name);
        let seen = self.seen.iter().map(|seen| Type {
            chosen: is_chosen(&seen.name),
            name: seen.name.clone(),
            description: seen.description.clone(),
            count: Some(ui.say("webhook-type-seen").with("n", seen.count).text()),
        });
        let unseen = self.known.iter();
        let unseen = unseen.filter(|entry| self.seen.iter().all(|seen| seen.name != entry.name));
        let unseen = unseen.map(|entry| Type {
            chosen: is_chosen(entry.name),
            name: entry.name.to_owned(),
            description: Some(entry.description.clone()),
            count: None,
        });
        seen.chain(unseen).collect()
    }

    /// Every type that comes or is known, each with what it is.
    pub fn named(&self, ui: &Ui) -> Vec<Choice> {
        let types = self.types(ui, &Pairs::default()).into_iter();
        types.map(|kind| Choice::new(kind.name, &kind.description.unwrap_or_default(), false)).collect()
    }

    /// The type that a test of a webhook which wants these is best made with: the most frequent that comes, else one that
    /// it names, else one that is known.
    pub fn to_test(&self, wanted: &[Pattern]) -> String {
        let is_wanted = |name: &str| wanted.iter().any(|pattern| pattern.matches(name));
        let comes = self.seen.iter().map(|seen| seen.name.as_str()).find(|name| is_wanted(name));
        let named = wanted.iter().find_map(|pattern| match pattern {
            Pattern::Exact(name) => Some(name.as_str()),
            Pattern::All | Pattern::Prefix(_) => None,
        });
        let is_known = self.known.iter().any(|entry| entry.name == USUAL);
        let usual = (is_known && is_wanted(USUAL)).then_some(USUAL);
        let mut known = self.known.iter().map(|entry| entry.name);
        let known = known.find(|name| is_wanted(name));
        comes.or(named).or(usual).or(known).unwrap_or(USUAL).to_owned()
    }

    /// The types that there is an example of.
    pub fn sampled(&self, typed: &Pairs) -> Vec<Choice> {
        let wanted = typed.text("sample_type");
        self.seen.iter().map(|seen| Choice::new(&seen.name, &seen.name, seen.name == wanted)).collect()
    }

    pub fn take_sample(&mut self) -> Option<Sample> {
        self.sample.take()
    }
}

impl Sample {
    async fn of(panel: &Panel, visit: &Visit, company: CompanyId, name: &str) -> Result<Self, AdminError> {
        let ui = &visit.ui;
        let query = EventQuery { name: Some(name.to_owned()), limit: Some(1), ..EventQuery::default() };
        let found = match panel.admin.search(&visit.actor, company, &query).await {
            Ok(page) => page.items.into_iter().next(),
            // No type is called that.
            Err(AdminError::Invalid(_)) => None,
            Err(error) => return Err(error),
        };
        let event = found.map(|event| {
            let at = lines::moment(Some(&event.received_at)).map(|at| ui.ago(at));
            (event.id, at, Tree::to_pick_from(event.payload.get(), secret_keys(event.provider)))
        });
        Ok(Self { ui: ui.clone(), of: name.to_owned(), event })
    }
}

fn wants_sample(typed: &Pairs) -> bool {
    typed.has("sample") || typed.has("pick")
}

/// The form as it goes on when an example was asked for, or a value of it was picked; `None` when it is to be saved.
pub fn goes_on(typed: &Pairs) -> Option<Pairs> {
    let Some((path, value)) = typed.text("pick").split_once('\t') else {
        return wants_sample(typed).then(|| typed.clone());
    };
    let rule = [
        ("rule_event", typed.text("sample_type")),
        ("rule_path", path),
        ("rule_operator", "equals"),
        ("rule_value", value),
    ];
    Some(rule.into_iter().fold(typed.clone(), |typed, (name, value)| typed.and(name, value)))
}

async fn sample(
    Administrator(visit): Administrator,
    InCompany { id, .. }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    show(&Sample::of(&panel, &visit, id, asked.text("sample_type")).await?)
}
