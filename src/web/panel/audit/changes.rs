//! What a line of the audit log says of a change, field by field and in words: what it was, and what it became.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::{Ui, lines, webhooks};
use crate::domain::Rule;

/// One field: what it was, where that was written down, and what it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    pub field: String,
    pub before: Option<String>,
    pub after: String,
}

/// Groups of fields whose name says nothing to people.
const GROUPS: [&str; 4] = ["settings", "wishes", "credentials", "config"];
/// Fields that are one thing, however they are written down.
const WHOLE: [&str; 1] = ["rules"];

type Fields = BTreeMap<String, Value>;

/// A line's detail: only what differs where before and after are known, else what is there. `names` are those of companies and
/// webhooks.
pub fn changes(ui: &Ui, action: &str, detail: &Value, names: &dyn Fn(&str) -> Option<String>) -> Vec<Change> {
    let Value::Object(detail) = detail else { return vec![of(ui, "", None, detail, names)] };
    let (Some(before), Some(after)) = (detail.get("before"), detail.get("after")) else {
        let fields = fields(detail);
        return fields
            .iter()
            .filter(|(_, value)| !is_nothing(value))
            .map(|(name, value)| of(ui, name, None, value, names))
            .collect();
    };
    let (mut before, mut after) = match (before, after) {
        (Value::Object(before), Value::Object(after)) => (fields(before), fields(after)),
        // Of what has one field only its value was written down.
        (before, after) => {
            let name = if action.starts_with("replay.") { "state" } else { "name" };
            return vec![of(ui, name, Some(before), after, names)];
        }
    };
    if after.get("credentials") == Some(&Value::from("unchanged")) {
        let is_secret =
            |name: &str| ["bearer", "signing", "credentials"].contains(&name) || name.starts_with("headers.");
        before.retain(|name, _| !is_secret(name));
        after.retain(|name, _| !is_secret(name));
    }
    // What is absent is nothing, as null is.
    let all: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |of: &Fields, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
    let differing = all.into_iter().map(|name| (name, value(&before, name), value(&after, name)));
    differing
        .filter(|(_, before, after)| before != after)
        .map(|(name, before, after)| of(ui, name, Some(&before), &after, names))
        .collect()
}

fn of(
    ui: &Ui,
    name: &str,
    before: Option<&Value>,
    after: &Value,
    names: &dyn Fn(&str) -> Option<String>,
) -> Change {
    Change {
        field: label(ui, name),
        before: before.map(|before| words(ui, name, before, names)),
        after: words(ui, name, after, names),
    }
}

/// Its fields, those of groups included, by names that tell them apart.
fn fields(object: &Map<String, Value>) -> Fields {
    let mut all = Fields::new();
    gather(object, "", &mut all);
    all
}

fn gather(object: &Map<String, Value>, within: &str, all: &mut Fields) {
    for (name, value) in object {
        let within_group = GROUPS.contains(&name.as_str());
        let place = if within.is_empty() { name.clone() } else { format!("{within}.{name}") };
        // Settings of sources are written down as the text that is stored.
        let read = value
            .as_str()
            .filter(|text| text.starts_with('{'))
            .and_then(|text| serde_json::from_str(text).ok());
        match read.as_ref().unwrap_or(value) {
            Value::Object(inner) if within_group => gather(inner, within, all),
            Value::Object(inner) if !WHOLE.contains(&name.as_str()) => gather(inner, &place, all),
            value => drop(all.insert(place, value.clone())),
        }
    }
}

/// Nothing that could be said.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What a field is called; of one below another (`headers.X-Key`) what the other is called, and its own name.
fn label(ui: &Ui, name: &str) -> String {
    let (field, rest) = name.split_once('.').unwrap_or((name, ""));
    let case = field.replace('_', "-");
    let said = ui.say("audit-field").with("case", case).with("field", field.to_owned()).text();
    if rest.is_empty() { said } else { format!("{said}: {rest}") }
}

/// A value as people say it; never as a program writes it.
fn words(ui: &Ui, field: &str, value: &Value, names: &dyn Fn(&str) -> Option<String>) -> String {
    match value {
        _ if is_nothing(value) => "—".to_owned(),
        Value::Null => "—".to_owned(),
        Value::Bool(true) => ui.say("yes").text(),
        Value::Bool(false) => ui.say("no").text(),
        Value::Number(number) => match (field, number.as_i64()) {
            ("webhook", Some(id)) => {
                let id = format!("webhook_{id}");
                names(&id).unwrap_or(id)
            }
            (_, Some(number)) => ui.number(number),
            (_, None) => number.to_string(),
        },
        Value::String(text) => word(ui, field, text, names),
        Value::Array(items) => {
            items.iter().map(|item| words(ui, field, item, names)).collect::<Vec<_>>().join(", ")
        }
        Value::Object(_) if field == "rules" => rules(ui, value),
        Value::Object(fields) => {
            let each =
                fields.iter().map(|(name, value)| format!("{name}: {}", words(ui, name, value, names)));
            each.collect::<Vec<_>>().join("; ")
        }
    }
}

fn word(ui: &Ui, field: &str, text: &str, names: &dyn Fn(&str) -> Option<String>) -> String {
    match field {
        "role" => ui.say("role").with("role", text.to_owned()).text(),
        "state" => ui.say("replay-state").with("state", text.to_owned()).text(),
        "made_of" => ui.say("audit-made-of").with("made", text.to_owned()).text(),
        "expires_at" => lines::moment(Some(text)).map_or_else(|| text.to_owned(), |at| ui.exact(at)),
        "companies" | "webhook" => names(text).unwrap_or_else(|| text.to_owned()),
        _ => text.to_owned(),
    }
}

/// The rules of a webhook, in the words of its page.
fn rules(ui: &Ui, value: &Value) -> String {
    let read: Option<BTreeMap<String, Vec<Rule>>> = serde_json::from_value(value.clone()).ok();
    read.map(|read| webhooks::rules::in_one(ui, &read)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Lang, Timestamp};

    fn told(action: &str, detail: &Value) -> Vec<String> {
        let ui = Ui::new(Lang::Pt, None, Timestamp(0));
        let names = |id: &str| (id == "company_1").then(|| "Casa Verde".to_owned());
        let changes = changes(&ui, action, detail, &names);
        let one = |it: Change| match it.before {
            Some(before) => format!("{}: {before} → {}", it.field, it.after),
            None => format!("{}: {}", it.field, it.after),
        };
        changes.into_iter().map(one).collect()
    }

    #[test]
    fn only_what_differs_is_told_and_in_words() {
        let detail = json!({ "before": { "name": "Ana", "role": "reader", "zone": null },
            "after": { "name": "Ana", "role": "operator", "companies": ["company_1", "company_9"] } });
        assert_eq!(
            told("user.update", &detail),
            ["Empresas: — → Casa Verde, company_9", "Perfil: Somente leitura → Operador"]
        );
        assert_eq!(told("company.update", &json!({ "before": "Um", "after": "Dois" })), ["Nome: Um → Dois"]);
        assert_eq!(
            told("replay.pause", &json!({ "before": "running", "after": "paused" })),
            ["Situação: Em andamento → Pausado"]
        );
        assert_eq!(told("webhook.test", &json!({ "event": "call-*", "until": null })), ["Evento: call-*"]);
        let test = json!({ "made_of": "event", "id": "evt_1_7" });
        assert_eq!(told("webhook.test", &test), ["ID do evento: evt_1_7", "Conteúdo: um evento recebido"],);
        assert_eq!(told("x", &json!("perdido")), [": perdido"]);
    }

    #[test]
    fn nothing_is_told_as_programs_write_it() {
        let webhook = |url: &str, ordered: bool, rules: Value| {
            json!({ "settings": { "name": "CRM", "url": url, "ordered": ordered, "retry_seconds": [5, 1800] },
                "wishes": { "events": ["call-*", "agent-*"], "rules": rules },
                "credentials": { "bearer": null, "signing": ["whse…TTM="], "headers": { "X-Chave": "abc…" } } })
        };
        let before = webhook("https://a.example/", true, json!({}));
        let rule = json!({ "*": [{ "path": "call.status", "operator": "equals", "value": "7" }] });
        let mut after = webhook("https://b.example/", false, rule);
        after["credentials"] = json!("unchanged");
        let said = told("webhook.update", &json!({ "before": before, "after": after }));
        assert_eq!(
            said,
            [
                "Em ordem: sim → não",
                "Regras: — → Todos os eventos (*): call.status é igual a 7",
                "URL: https://a.example/ → https://b.example/",
            ]
        );
        let made = told("webhook.create", &before);
        assert!(made.contains(&"Cabeçalho: X-Chave: abc…".to_owned()), "{made:?}");
        assert!(made.contains(&"Novas tentativas, em segundos: 5, 1.800".to_owned()), "{made:?}");
        let source = json!({ "provider": "threecplus", "config": "{\"socket_url\":\"https://x.example\"}", "connect": true });
        let source = told("source.create", &source);
        assert!(source.contains(&"Servidor: https://x.example".to_owned()), "{source:?}");
        for line in made.iter().chain(&source) {
            assert!(!line.contains(['{', '[', '"']), "{line}");
        }
    }
}
