//! Fields of forms: a label, the value as it was typed, a hint, and the fault beside it.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

use askama::Template;
use askama::filters::HtmlSafe;

use super::parts::{Notice, Tone};
use super::{Pairs, Ui};
use crate::admin::{AdminError, Fault, FieldFault, NameTaken};
use crate::domain::Lang;
use crate::sources::PROVIDERS;
use crate::sources::settings::Kind as SettingKind;
use crate::texts::Saying;

/// What is wrong with which field of a form. Empty for a form that has not been sent.
///
/// It keeps in mind which fields told their faults, in the order in which they were made: the first of them has the
/// focus, and the sentence over the form leads to each.
#[derive(Debug, Default)]
pub struct Errors {
    faults: Vec<FieldFault>,
    /// Told in its own words, which name the other one.
    taken: Option<NameTaken>,
    told: Mutex<Vec<Told>>,
}

/// A fault where it is told: the id of what is to be filled in, its label, the sentence.
#[derive(Debug, Clone)]
pub struct Told {
    pub id: String,
    pub label: String,
    pub fault: String,
}

impl Errors {
    /// The faults of an operation, or the error itself when it is not about fields.
    pub fn of(error: AdminError) -> Result<Self, AdminError> {
        match error {
            AdminError::Invalid(faults) => Ok(Self { faults, ..Self::default() }),
            AdminError::NameTaken(taken) => {
                let faults = vec![FieldFault::new("name", Fault::Taken)];
                Ok(Self { faults, taken: Some(taken), ..Self::default() })
            }
            error => Err(error),
        }
    }

    /// What is refused under one name is told at the field of another.
    #[must_use]
    pub fn told_at(mut self, refused: &str, field: &str) -> Self {
        for fault in self.faults.iter_mut().filter(|fault| fault.field == refused) {
            field.clone_into(&mut fault.field);
        }
        self
    }

    /// The faults of this field itself and of its entries, in their order.
    pub fn of_field(&self, field: &str) -> impl Iterator<Item = &Fault> {
        let is_here = move |fault: &&FieldFault| {
            fault.field.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        self.faults.iter().filter(is_here).map(|fault| &fault.fault)
    }

    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Says over a form that it was refused, and leads to what is wrong in it: to be asked for after its fields.
    pub fn notice(&self, ui: &Ui) -> Option<Notice> {
        let told = self.told().clone();
        (!self.is_empty()).then(|| {
            let places = told.into_iter().map(|told| Told { fault: String::new(), ..told }).collect();
            Notice::new(ui, Tone::Bad, ui.say("form-wrong")).places(places)
        })
    }

    /// Says what is wrong with which field, where the form itself is not shown again.
    pub fn summary(&self, ui: &Ui) -> Notice {
        let told = self.told().clone();
        // A fault that no field tells is said all the same.
        let advice = told
            .is_empty()
            .then(|| self.faults.iter().map(|fault| fault.fault.text(ui.lang)).collect::<Vec<_>>().join(" "));
        let notice = Notice::new(ui, Tone::Bad, ui.say("trial-fields"));
        match advice {
            Some(advice) => notice.advice(advice),
            None => notice.places(told),
        }
    }

    /// Keeps in mind where a fault is told; `true` for the first of them, which has the focus.
    pub fn tell(&self, id: impl Into<String>, label: &str, fault: &str) -> bool {
        let mut told = self.told();
        told.push(Told { id: id.into(), label: label.to_owned(), fault: fault.to_owned() });
        told.len() == 1
    }

    fn told(&self) -> MutexGuard<'_, Vec<Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with this field, or with a part of it (`rules.x[0]` is a part of `rules`).
    pub fn at(&self, lang: Lang, field: &str) -> Option<String> {
        if let (Some(taken), "name") = (&self.taken, field) {
            return Some(taken.text(lang));
        }
        let is_here = |fault: &&FieldFault| {
            fault
                .field
                .strip_prefix(field)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        self.faults.iter().find(is_here).map(|fault| fault.fault.text(lang))
    }
}

/// One of the answers of a select, or one box of a list.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: &impl ToString, chosen: bool) -> Self {
        Self { value: value.into(), label: label.to_string(), hint: None, chosen }
    }

    #[must_use]
    pub fn hint(mut self, hint: &Saying) -> Self {
        self.hint = Some(hint.text());
        self
    }
}

/// Fields of ours that hold secrets; those of a provider its definition names.
const SECRETS: [&str; 7] = ["password", "current", "new", "again", "bearer", "secret", "address"];

/// Whether a field of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let of_providers = PROVIDERS.iter().flat_map(|provider| provider.fields());
    let mut secrets = of_providers
        .filter(|field| matches!(field.kind, SettingKind::Token(..) | SettingKind::Secret { .. }));
    SECRETS.contains(&name) || secrets.any(|field| field.name == name)
}

/// How a field is filled in.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// An `<input>` of this type.
    Input(&'static str),
    Select,
    /// One of several, all in sight.
    Radios,
    /// Any of several; each sends the field's name with its value.
    Boxes,
    /// On or off; sends `on`.
    Box,
    Area,
}

/// A field as a template writes it with `{{ field }}`.
#[derive(Template)]
#[template(path = "panel/parts/field.html")]
pub struct Field {
    name: &'static str,
    /// Whose form it stands in, where a page has several with fields of the same name.
    within: Option<&'static str>,
    label: String,
    kind: Kind,
    value: String,
    choices: Vec<Choice>,
    /// Where what may be typed is asked for while somebody types.
    offered_by: Option<&'static str>,
    hint: Option<String>,
    /// What became of a secret that was typed.
    erased: Option<String>,
    error: Option<String>,
    optional: Option<String>,
    placeholder: String,
    autocomplete: &'static str,
    mono: bool,
    focused: bool,
}

impl Field {
    fn new(name: &'static str, label: &impl Display, kind: Kind) -> Self {
        Self {
            name,
            within: None,
            label: label.to_string(),
            kind,
            value: String::new(),
            choices: Vec::new(),
            offered_by: None,
            hint: None,
            erased: None,
            error: None,
            optional: None,
            placeholder: String::new(),
            autocomplete: "off",
            mono: false,
            focused: false,
        }
    }

    pub fn text(name: &'static str, label: &impl Display, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::new(name, label, Kind::Input("text")) }
    }

    /// Of another type of `<input>`: `email`, `number`, `date`, `url`, `search`.
    pub fn typed(
        kind: &'static str,
        name: &'static str,
        label: &impl Display,
        value: impl Into<String>,
    ) -> Self {
        Self { value: value.into(), ..Self::new(name, label, Kind::Input(kind)) }
    }

    /// A secret, with one of the names by which it is known that it is one ([`is_secret`]): what was typed never comes back. Browsers take no heed of `off` on such a field, and would offer a login's
    /// password for a token; only where one signs in is that what is asked for.
    pub fn secret(name: &'static str, label: &impl Display) -> Self {
        debug_assert!(is_secret(name), "{name} is no secret by its name");
        Self { autocomplete: "new-password", ..Self::new(name, label, Kind::Input("password")) }
    }

    pub fn area(name: &'static str, label: &impl Display, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..Self::new(name, label, Kind::Area) }
    }

    pub fn select(name: &'static str, label: &impl Display, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(name, label, Kind::Select) }
    }

    pub fn radios(name: &'static str, label: &impl Display, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(name, label, Kind::Radios) }
    }

    pub fn boxes(name: &'static str, label: &impl Display, choices: Vec<Choice>) -> Self {
        Self { choices, ..Self::new(name, label, Kind::Boxes) }
    }

    pub fn checkbox(name: &'static str, label: &impl Display, on: bool) -> Self {
        Self { value: if on { "on".into() } else { String::new() }, ..Self::new(name, label, Kind::Box) }
    }

    /// One of several forms of a page: its ids are its own, and its fault is told by them. Said before the fault is taken.
    #[must_use]
    pub fn within(mut self, form: Option<&'static str>) -> Self {
        self.within = form;
        self
    }

    fn id(&self) -> String {
        self.within.map_or_else(|| self.name.to_owned(), |form| format!("{form}-{}", self.name))
    }

    #[must_use]
    pub fn hint(mut self, hint: &impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Says that the secret that was typed here has to be typed again, where one was.
    #[must_use]
    pub fn erased(mut self, ui: &Ui, typed: &Pairs) -> Self {
        let what = match self.name {
            "token" | "bearer" => "token",
            "headers" => "values",
            "secret" => "secret",
            "address" => "address",
            _ => "password",
        };
        self.erased = typed.given(self.name).map(|_| ui.say("field-erased").with("what", what).text());
        self
    }

    /// Says beside the label that it may stay empty.
    #[must_use]
    pub fn optional(mut self, ui: &Ui) -> Self {
        self.optional = Some(ui.say("field-optional").text());
        self
    }

    /// A fault that is told in other words than its own.
    #[must_use]
    pub fn wrong(mut self, error: Option<String>, errors: &Errors) -> Self {
        // In a form that was refused a person begins where the first fault is.
        self.focused = error.as_ref().is_some_and(|error| errors.tell(self.id(), &self.label, error));
        self.error = error;
        self
    }

    /// Takes this field's fault, if it has one.
    #[must_use]
    pub fn error(self, ui: &Ui, errors: &Errors) -> Self {
        let error = errors.at(ui.lang, self.name);
        if errors.is_empty() { self } else { self.wrong(error, errors) }
    }

    #[must_use]
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }

    /// The browser's own help, by the name of HTML's attribute.
    #[must_use]
    pub fn autocomplete(mut self, kind: &'static str) -> Self {
        self.autocomplete = kind;
        self
    }

    /// Tokens, ids and URLs.
    #[must_use]
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }

    /// What may be typed here: the browser offers it while somebody types, and anything else is taken as well.
    #[must_use]
    pub fn offering(mut self, choices: Vec<Choice>) -> Self {
        self.choices = choices;
        self
    }

    /// The same, asked for at this address with what has been typed so far.
    #[must_use]
    pub fn offered_by(mut self, address: &'static str) -> Self {
        self.offered_by = Some(address);
        self
    }

    /// Where a person begins to type.
    #[must_use]
    pub fn focused(mut self) -> Self {
        self.focused = true;
        self
    }

    fn is_group(&self) -> bool {
        matches!(self.kind, Kind::Radios | Kind::Boxes)
    }

    fn described_by(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let erased = self.erased.as_ref().map(|_| format!("{}-erased", self.id()));
        hint.into_iter().chain(erased).chain(error).collect::<Vec<_>>().join(" ")
    }
}

impl HtmlSafe for Field {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::ValueFault;

    #[test]
    fn a_fault_stands_beside_its_field_and_the_value_stays() {
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        let errors =
            Errors::of(AdminError::invalid("name", Fault::Value(ValueFault::Missing))).expect("faults");
        let html = Field::text("name", &ui.say("companies-name"), "<b>")
            .error(&ui, &errors)
            .render()
            .expect("renders");
        assert!(html.contains(r#"value="&#60;b&#62;""#), "{html}");
        assert!(html.contains(r#"aria-invalid="true""#), "{html}");
        assert!(html.contains(r#"id="name-error""#) && html.contains("Preencha este campo."), "{html}");
        assert!(errors.at(Lang::Pt, "url").is_none());
    }

    #[test]
    fn a_secret_never_comes_back() {
        let ui = Ui::new(Lang::En, None, Timestamp(0));
        let html = Field::secret("password", &ui.say("sign-in-password")).render().expect("renders");
        assert!(html.contains(r#"type="password""#) && !html.contains("value="), "{html}");
        assert!(html.contains(r#"autocomplete="new-password""#), "{html}");
    }
}
