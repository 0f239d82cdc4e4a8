//! Which companies a user or a key may see: all of them, or those that are ticked.

use std::collections::BTreeSet;

use super::{Choice, Errors, Field, Pairs, Panel, Ui, Visit};
use crate::admin::{AdminError, CompanyView};
use crate::domain::{Sought, plain};
use crate::texts::Saying;

/// Companies up to which a form lists them all. Of more it asks for a name, and offers those that have what was typed in theirs: a
/// thousand in a list would be the most of a page.
const LISTED: usize = 100;
/// Where those are to be had.
const OFFER: &str = "/companies/offer";

/// The companies to choose from, by name.
pub struct Companies {
    items: Vec<CompanyView>,
    /// Whether the person may hand out all companies, those to come included.
    all: bool,
}

/// Which company is meant by what was typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant<'a> {
    Nothing,
    /// By its id.
    One(&'a str),
    /// None is called so.
    Unknown,
    /// Several have it in their names, and none is called just so.
    Several,
}

impl Companies {
    pub async fn of(panel: &Panel, visit: &Visit) -> Result<Self, AdminError> {
        let (items, _) = panel.admin.companies_by_name(&visit.actor, None, 0, usize::MAX).await?;
        Ok(Self { items, all: visit.actor.companies.is_none() })
    }

    /// By its id, its name, or a part of its name that only one has.
    pub fn meant(&self, typed: &str) -> Meant<'_> {
        let Some(sought) = Sought::typed(typed) else { return Meant::Nothing };
        let called = plain(sought.as_str());
        let is_it = |company: &&CompanyView| company.id == sought.as_str() || plain(&company.name) == called;
        if let Some(company) = self.items.iter().find(is_it) {
            return Meant::One(&company.id);
        }
        let mut found = self.items.iter().filter(|company| sought.is_in(&[&company.name]));
        match (found.next(), found.next()) {
            (Some(only), None) => Meant::One(&only.id),
            (Some(_), Some(_)) => Meant::Several,
            (None, _) => Meant::Unknown,
        }
    }

    /// The id of the company that is meant; what means none stays as it was typed, to be refused where it is read.
    fn id(&self, typed: &str) -> String {
        match self.meant(typed) {
            Meant::One(id) => id.to_owned(),
            _ => typed.to_owned(),
        }
    }

    /// What was typed or asked for, with the id of the company that is meant in this field.
    pub fn understood(&self, typed: &Pairs, name: &str) -> Pairs {
        typed.with(name, &self.id(typed.text(name)))
    }

    /// A field to choose one; `any` is what none means, where that may be.
    pub fn field(
        &self,
        ui: &Ui,
        (name, label): (&'static str, &Saying),
        any: Option<&Saying>,
        typed: &str,
        errors: &Errors,
    ) -> Field {
        if self.items.len() <= LISTED {
            return Field::select(name, label, self.choices(any, typed)).error(ui, errors);
        }
        let shown = match self.meant(typed) {
            Meant::One(id) => self.name(id),
            _ => typed,
        };
        let nothing = any.map_or_else(String::new, Saying::text);
        let field = Field::text(name, label, shown).offered_by(OFFER).placeholder(nothing);
        match self.why_not(ui, typed).or_else(|| errors.at(ui.lang, name)) {
            Some(why) => field.wrong(Some(why), errors),
            None => field,
        }
    }

    /// Why no company is meant by what was typed.
    fn why_not(&self, ui: &Ui, typed: &str) -> Option<String> {
        match self.meant(typed) {
            Meant::Nothing | Meant::One(_) => None,
            Meant::Unknown => Some(ui.say("company-unknown").with("typed", typed).text()),
            Meant::Several => Some(ui.say("company-several").with("typed", typed).text()),
        }
    }

    /// The fields to choose some or all, with what is chosen; `None` is all.
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
        let chosen = chosen.unwrap_or_default();
        let is_chosen = |company: &&CompanyView| chosen.contains(&company.id);
        let few = self.items.len() <= LISTED;
        let boxes = self.items.iter().filter(|company| few || is_chosen(company));
        let boxes = boxes.map(|it| Choice::new(it.id.clone(), &it.name, is_chosen(&it))).collect::<Vec<_>>();
        if few {
            fields.push(Field::boxes("companies", &ui.say("scope-companies"), boxes).error(ui, errors));
            return fields;
        }
        if !boxes.is_empty() {
            fields.push(Field::boxes("companies", &ui.say("scope-chosen"), boxes));
        }
        fields.push(Field::text("company", &ui.say("scope-add"), "").offered_by(OFFER));
        let unknown: Vec<&str> =
            chosen.iter().map(String::as_str).filter(|one| self.name(one) == *one).collect();
        let lines = Field::area("companies_named", &ui.say("scope-lines"), unknown.join("\n"));
        let lines = lines.hint(&ui.say("scope-lines-hint"));
        let why = unknown.iter().find_map(|one| self.why_not(ui, one));
        fields.push(match why.or_else(|| errors.at(ui.lang, "companies")) {
            Some(why) => lines.wrong(Some(why), errors),
            None => lines,
        });
        fields
    }

    /// What was sent; `None` is all. What means no company is among it as it was typed.
    pub fn sent(&self, typed: &Pairs) -> Option<Vec<String>> {
        let all = self.all && typed.text("scope") != "some";
        let lines = typed.text("companies_named").lines().chain(typed.given("company"));
        let named = lines.map(str::trim).filter(|line| !line.is_empty()).map(|line| self.id(line));
        let mut seen = BTreeSet::new();
        let chosen = typed.all("companies").map(str::to_owned).chain(named);
        (!all).then(|| chosen.filter(|one| seen.insert(one.clone())).collect())
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
    fn choices(&self, any: Option<&Saying>, typed: &str) -> Vec<Choice> {
        let chosen = self.id(typed);
        let first = any.map(|any| Choice::new("", &any.text(), chosen.is_empty()));
        let rest = self.items.iter().map(|it| Choice::new(it.id.clone(), &it.name, it.id == chosen));
        // One that is not there stays what it is: a form that is sent again would let it go.
        let is_listed = chosen.is_empty() || self.items.iter().any(|it| it.id == chosen);
        let beyond = (!is_listed).then(|| Choice::new(chosen.clone(), &chosen, true));
        first.into_iter().chain(rest).chain(beyond).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, Timestamp};
    use askama::Template as _;

    fn companies(names: &[&str]) -> Companies {
        let company = |(at, name): (usize, &&str)| CompanyView {
            id: format!("company_{}", at + 1),
            name: (*name).to_owned(),
            provisioned: false,
            version: 1,
            created_at: String::new(),
        };
        Companies { items: names.iter().enumerate().map(company).collect(), all: true }
    }

    #[test]
    fn a_company_is_meant_by_its_name_its_id_or_what_only_its_name_has() {
        let all = companies(&["Ótica São João", "Ótica", "Padaria", "Padaria Nova"]);
        assert_eq!(all.meant("  "), Meant::Nothing);
        assert_eq!(all.meant("company_3"), Meant::One("company_3"));
        assert_eq!(all.meant("otica"), Meant::One("company_2"), "it is called just so");
        assert_eq!(all.meant("joao"), Meant::One("company_1"));
        assert_eq!(all.meant("pada"), Meant::Several);
        assert_eq!(all.meant("company_9"), Meant::Unknown);
    }

    #[test]
    fn some_of_many_are_named_and_those_that_mean_none_are_told() {
        let names: Vec<String> = (1..=1_000).map(|n| format!("Empresa de número {n:04}")).collect();
        let all = companies(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let typed = Pairs::parse(
            b"scope=some&companies=company_7&company=0008&companies_named=company_9%0D%0Anumero+0010%0D%0ANada",
        );
        let sent = all.sent(&typed).expect("some");
        assert_eq!(sent, ["company_7", "company_9", "company_10", "Nada", "company_8"]);
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        let fields = all.fields(&ui, Some(&sent), &Errors::default());
        let html: String = fields.iter().map(|field| field.render().expect("renders")).collect();
        assert_eq!(html.matches("checked").count(), 5, "some, and the four: {html}");
        assert!(
            html.contains("Nenhuma empresa se chama “Nada”.") && html.contains(">Nada</textarea>"),
            "{html}"
        );
        assert!(html.len() < 8_000, "{}", html.len());
        let one = all.field(&ui, ("company", &ui.say("scope")), None, "company_12", &Errors::default());
        let html = one.render().expect("renders");
        assert!(html.contains(r#"value="Empresa de número 0012""#) && html.contains(OFFER), "{html}");
    }
}
