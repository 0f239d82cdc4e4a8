//! What the address of a list of calls asks for.

use super::super::scope::Companies;
use super::super::{Choice, Errors, Field, Pairs, Ui};
use crate::admin::CallQuery;
use crate::domain::CompanyId;
use crate::domain::call::{CallState, Outcome};

/// Rows of a page.
const ON_A_PAGE: u32 = 50;
/// What one value can be looked for as.
const KEYS: [&str; 4] = ["phone", "agent", "queue", "call"];

/// See the module.
pub struct Search {
    /// The one company whose page it is.
    of: Option<CompanyId>,
    /// What was typed to choose one, which means none.
    whose: String,
    key: Option<(&'static str, String)>,
    state: String,
    outcome: String,
    from: String,
    to: String,
}

impl Search {
    pub fn new(of: Option<CompanyId>, asked: &Pairs) -> Self {
        let named = KEYS.into_iter().find_map(|kind| Some((kind, asked.given(kind)?.to_owned())));
        let by = KEYS.into_iter().find(|kind| *kind == asked.text("by"));
        let chosen = by.and_then(|kind| Some((kind, asked.given("key")?.trim().to_owned())));
        let text = |name| asked.given(name).unwrap_or_default().to_owned();
        Self {
            of,
            whose: if of.is_none() { text("company") } else { String::new() },
            key: chosen.or(named),
            state: text("state"),
            outcome: text("outcome"),
            from: text("from"),
            to: text("to"),
        }
    }

    /// A company was asked for, and none is meant by what was typed.
    pub fn is_of_none(&self) -> bool {
        !self.whose.is_empty()
    }

    pub fn of(&self) -> Option<CompanyId> {
        self.of
    }

    /// The page without what is asked for.
    pub fn path(&self) -> String {
        self.of.map_or_else(|| "/calls".to_owned(), |company| format!("/companies/{company}/calls"))
    }

    pub fn is_filtered(&self) -> bool {
        !self.question().is_empty()
    }

    /// The page with what is asked for.
    pub fn address(&self) -> String {
        let (path, question) = (self.path(), self.question());
        if question.is_empty() { path } else { format!("{path}?{question}") }
    }

    /// The same search of all companies.
    pub fn everywhere(&self) -> String {
        let question = self.question();
        if question.is_empty() { "/calls".to_owned() } else { format!("/calls?{question}") }
    }

    /// The same search of one company.
    pub fn within(&self, company: CompanyId) -> String {
        let question = self.question();
        let path = format!("/companies/{company}/calls");
        if question.is_empty() { path } else { format!("{path}?{question}") }
    }

    pub fn query(&self, ui: &Ui, cursor: Option<&str>) -> CallQuery {
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
    fn question(&self) -> String {
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
        query.finish()
    }

    /// `companies` is what there is to choose from, where there are several.
    pub fn fields(&self, ui: &Ui, companies: Option<&Companies>, errors: &Errors) -> Vec<Field> {
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
        let of = self.of.map(|company| company.to_string()).unwrap_or_default();
        let whose = if self.is_of_none() { &self.whose } else { &of };
        let company = companies.map(|companies| {
            let (label, all) = (ui.say("calls-company"), ui.say("scope-all"));
            companies.field(ui, ("company", &label), Some(&all), whose, errors)
        });
        let others = [
            Field::select("by", &ui.say("events-by"), kinds.into()),
            Field::text("key", &ui.say("events-value"), value).mono().hint(&ui.say("calls-value-hint")),
            Field::select("state", &ui.say("calls-state"), states.collect()).error(ui, errors),
            Field::select("outcome", &ui.say("calls-outcome"), outcomes.collect()).error(ui, errors),
            Field::typed("datetime-local", "from", &ui.say("events-from"), &self.from).error(ui, errors),
            Field::typed("datetime-local", "to", &ui.say("events-to"), &self.to).error(ui, errors),
        ];
        company.into_iter().chain(others).collect()
    }
}
