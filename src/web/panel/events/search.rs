//! What the address of a list of events asks for.

use super::super::{Choice, Errors, Field, Pairs, Ui};
use super::list::ON_A_PAGE;
use crate::admin::EventQuery;
use crate::domain::WebhookId;

/// What one value can be looked for as.
const KEYS: [&str; 4] = ["call", "phone", "agent", "chat"];

/// See the module.
pub struct Search {
    name: String,
    /// One of [`KEYS`], and its value.
    key: Option<(&'static str, String)>,
    text: String,
    from: String,
    to: String,
    /// A webhook's id, `any`, or nothing.
    not_delivered_to: String,
}

impl Search {
    /// A value is named by its kind (`call=k7…`), or as the form sends it (`by=call&key=k7…`).
    pub fn of(asked: &Pairs) -> Self {
        let named = KEYS.into_iter().find_map(|kind| Some((kind, asked.given(kind)?.to_owned())));
        let by = KEYS.into_iter().find(|kind| *kind == asked.text("by"));
        let chosen = by.and_then(|kind| {
            let value = asked.given("key")?;
            // Who types a number has not always said that it is one.
            Some((if kind == "call" && is_phone(value) { "phone" } else { kind }, value.to_owned()))
        });
        let text = |name| asked.given(name).unwrap_or_default().to_owned();
        Self {
            name: text("type"),
            key: chosen.or(named),
            text: text("text"),
            from: text("from"),
            to: text("to"),
            not_delivered_to: text("not_delivered_to"),
        }
    }

    pub fn query(&self, ui: &Ui, cursor: Option<&str>) -> EventQuery {
        let given = |text: &String| (!text.is_empty()).then(|| text.clone());
        let key = |kind| self.key.as_ref().filter(|(found, _)| *found == kind).map(|(_, key)| key.clone());
        EventQuery {
            call: key("call"),
            phone: key("phone"),
            agent: key("agent"),
            chat: key("chat"),
            name: given(&self.name),
            from: given(&self.from).map(|text| ui.typed_time(&text)),
            to: given(&self.to).map(|text| ui.typed_time(&text)),
            text: given(&self.text),
            not_delivered_to: given(&self.not_delivered_to),
            cursor: cursor.map(str::to_owned),
            limit: Some(ON_A_PAGE),
        }
    }

    /// As it stands in an address; empty when nothing is asked for.
    pub fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("type", &self.name),
            ("text", &self.text),
            ("from", &self.from),
            ("to", &self.to),
            ("not_delivered_to", &self.not_delivered_to),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some((kind, value)) = &self.key {
            query.append_pair(kind, value);
        }
        let query = query.finish();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// Whether what is new can be found by it: of what comes just now nobody knows yet that it does not arrive.
    pub fn follows(&self) -> bool {
        self.not_delivered_to.is_empty()
    }

    /// `webhooks` are those of the company.
    pub fn fields(&self, ui: &Ui, webhooks: &[(WebhookId, String)], errors: &Errors) -> Vec<Field> {
        let chosen = self.key.as_ref().map_or("call", |(kind, _)| kind);
        let kinds =
            KEYS.map(|kind| Choice::new(kind, &ui.say("events-key").with("kind", kind), kind == chosen));
        let value = self.key.as_ref().map_or("", |(_, value)| value);
        let to =
            |id: &str, name: &dyn ToString| Choice::new(id, &name.to_string(), id == self.not_delivered_to);
        let any = [to("", &ui.say("events-all")), to("any", &ui.say("events-to-any"))];
        let each = webhooks.iter().map(|(id, name)| to(&id.to_string(), name));
        vec![
            Field::text("type", &ui.say("events-type"), &self.name)
                .mono()
                .placeholder("call-*")
                .error(ui, errors),
            Field::select("by", &ui.say("events-by"), kinds.into()),
            Field::text("key", &ui.say("events-value"), value).mono().hint(&ui.say("events-value-hint")),
            Field::typed("search", "text", &ui.say("events-text"), &self.text).error(ui, errors),
            Field::typed("datetime-local", "from", &ui.say("events-from"), &self.from).error(ui, errors),
            Field::typed("datetime-local", "to", &ui.say("events-to"), &self.to).error(ui, errors),
            Field::select(
                "not_delivered_to",
                &ui.say("events-not-delivered"),
                any.into_iter().chain(each).collect(),
            )
            .error(ui, errors),
        ]
    }
}

/// As numbers are written in Brazil: area code and number, in whatever grouping.
fn is_phone(value: &str) -> bool {
    let digits = value.chars().filter(char::is_ascii_digit).count();
    (10..=13).contains(&digits) && value.chars().all(|c| c.is_ascii_digit() || " ()+-".contains(c))
}

/// What the live tail of this address looks for.
pub fn query(ui: &Ui, asked: &Pairs) -> EventQuery {
    Search::of(asked).query(ui, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_as_a_phone() {
        for phone in ["(11) 90000-4001", "+55 11 90000-4001", "1130004001"] {
            assert!(is_phone(phone), "{phone}");
        }
        for other in ["rtEj7wCEVo", "1705338959.123", "90000-4001", "900104", "12345678901234"] {
            assert!(!is_phone(other), "{other}");
        }
    }
}
