//! Which companies a user or a key may see: all of them, or those that are ticked.

use super::{Choice, Errors, Field, Pairs, Panel, Ui, Visit};
use crate::admin::{AdminError, CompanyView};

/// Companies that a form lists. Who has more gives a key its companies by the API.
const LISTED: u32 = 200;

/// The companies to choose from.
pub struct Companies {
    items: Vec<CompanyView>,
    /// Whether the person may hand out all companies, those to come included.
    all: bool,
}

impl Companies {
    pub async fn of(panel: &Panel, visit: &Visit) -> Result<Self, AdminError> {
        let page = panel.admin.companies(&visit.actor, None, LISTED).await?;
        Ok(Self { items: page.items, all: visit.actor.companies.is_none() })
    }

    /// The fields, with what is chosen; `None` is all.
    pub fn fields(&self, ui: &Ui, chosen: Option<&[String]>, errors: &Errors) -> Vec<Field> {
        let mut fields = Vec::new();
        if self.items.is_empty() {
            return fields;
        }
        if self.all {
            let choices = vec![
                Choice::new("all", &ui.say("scope-all"), chosen.is_none()).hint(&ui.say("scope-all-hint")),
                Choice::new("some", &ui.say("scope-some"), chosen.is_some()),
            ];
            fields.push(Field::radios("scope", &ui.say("scope"), choices));
        }
        let is_chosen = |id: &String| chosen.is_some_and(|chosen| chosen.contains(id));
        let boxes = self
            .items
            .iter()
            .map(|company| Choice::new(company.id.clone(), &company.name, is_chosen(&company.id)));
        let boxes = Field::boxes("companies", &ui.say("scope-companies"), boxes.collect());
        fields.push(boxes.error(ui, errors));
        fields
    }

    /// What was sent; `None` is all.
    pub fn sent(&self, typed: &Pairs) -> Option<Vec<String>> {
        let all = self.all && typed.text("scope") != "some";
        (!all).then(|| typed.all("companies").map(str::to_owned).collect())
    }

    /// The names of these companies, for a list.
    pub fn names(&self, ui: &Ui, chosen: Option<&[String]>) -> String {
        match chosen {
            None => ui.say("scope-all").text(),
            Some(chosen) => chosen.iter().map(|id| self.name(id)).collect::<Vec<_>>().join(", "),
        }
    }

    /// The name of one company, or its id when it is gone.
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.items.iter().find(|company| company.id == id).map_or(id, |company| company.name.as_str())
    }

    /// A list to choose one from, or none.
    pub fn choices(&self, any: &impl ToString, chosen: &str) -> Vec<Choice> {
        let first = Choice::new("", any, chosen.is_empty());
        let rest = self.items.iter().map(|it| Choice::new(it.id.clone(), &it.name, it.id == chosen));
        // One beyond those that are listed stays what it is: a form that is sent again would let it go.
        let is_listed = chosen.is_empty() || self.items.iter().any(|it| it.id == chosen);
        let beyond = (!is_listed).then(|| Choice::new(chosen, &chosen, true));
        std::iter::once(first).chain(rest).chain(beyond).collect()
    }
}

/// The three roles, with what each may do.
pub fn roles(ui: &Ui, name: &'static str, chosen: &str) -> Field {
    let choices = ["reader", "operator", "administrator"].map(|role| {
        Choice::new(role, &ui.say("role").with("role", role), role == chosen)
            .hint(&ui.say("role-hint").with("role", role))
    });
    Field::radios(name, &ui.say("role-title"), choices.into())
}
