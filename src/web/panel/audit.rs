//! The audit log: who changed what, with what was there before.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use super::lines::moment;
use super::parts::{Empty, Pager, icon};
use super::scope::Companies;
use super::ui::Moment;
use super::who::who;
use super::{Administrator, Asked, Choice, Errors, Field, Frame, Pairs, Panel, Section, Shown, Ui, Visit};
use super::{refuse, show};
use crate::admin::{ACTIONS, AdminError, AuditQuery, AuditView};

/// Rows of a page.
const ON_A_PAGE: u32 = 50;
/// Users, and keys, that the filter offers.
const OFFERED: u32 = 100;
/// What may be asked for; the names of the form's fields too.
const ASKED: [&str; 6] = ["actor", "action", "target", "company", "from", "to"];

pub fn routes() -> Router<Panel> {
    Router::new().route("/audit", get(list))
}

#[derive(Template)]
#[template(path = "panel/audit.html")]
struct Audit {
    ui: Ui,
    frame: Frame,
    fields: Vec<Field>,
    filtered: bool,
    rows: Vec<Row>,
    empty: Empty,
    pager: Pager,
}

struct Row {
    at: Option<Moment>,
    actor: String,
    address: Option<String>,
    what: String,
    action: String,
    target: Option<String>,
    company: Option<String>,
    changes: Vec<Change>,
}

/// One field: what it was, where that was written down, and what it is.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    field: String,
    before: Option<String>,
    after: String,
}

async fn list(Administrator(visit): Administrator, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let (ui, at) = (&visit.ui, asked.given("cursor"));
    let given = |name| asked.given(name).map(str::to_owned);
    // What is no time goes on as it is, and is refused beside its field.
    let time =
        |name| asked.given(name).map(|text| ui.typed(text).map_or(text.to_owned(), |at| at.to_string()));
    let query = AuditQuery {
        actor: given("actor"),
        action: given("action"),
        target: given("target"),
        company: given("company"),
        from: time("from"),
        to: time("to"),
        cursor: at.map(str::to_owned),
        limit: Some(ON_A_PAGE),
    };
    let companies = Companies::of(&panel, &visit).await?;
    let people = people(&panel, &visit).await?;
    let (items, next, errors) = match panel.admin.audit_log(&visit.actor, &query).await {
        Ok(page) => (page.items, page.next, Errors::default()),
        Err(error) => (Vec::new(), None, Errors::of(error)?),
    };
    let filtered = ASKED.iter().any(|name| asked.given(name).is_some());
    let none = if filtered { ui.say("audit-none-found") } else { ui.say("audit-none") };
    let page = Audit {
        frame: visit.frame(Section::Account),
        fields: fields(ui, &companies, people, &asked, &errors),
        filtered,
        rows: items.into_iter().map(|entry| row(ui, &companies, entry)).collect(),
        empty: Empty::new(icon("scroll-text"), &none, &ui.say("audit-none-text")),
        pager: Pager::new(ui, &address(&asked), at, next.as_deref()),
        ui: ui.clone(),
    };
    if errors.is_empty() { show(&page) } else { refuse(&page) }
}

/// This list's address with what is asked for, but the cursor.
fn address(asked: &Pairs) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ASKED.iter().filter_map(|name| Some((*name, asked.given(name)?))));
    let query = query.finish();
    if query.is_empty() { "/audit".into() } else { format!("/audit?{query}") }
}

/// Users and keys, by the names that the list shows.
async fn people(panel: &Panel, visit: &Visit) -> Result<Vec<Choice>, AdminError> {
    let (admin, actor) = (&panel.admin, &visit.actor);
    let mut people = Vec::new();
    // Who administers only some companies sees no users.
    if actor.companies.is_none() {
        let users = admin.users(actor, None, OFFERED).await?.items;
        people.extend(users.into_iter().map(|user| Choice::new(user.name, &user.id, false)));
    }
    let keys = admin.api_keys(actor, None, OFFERED).await?.items;
    people.extend(keys.into_iter().map(|key| Choice::new(key.name, &key.id, false)));
    Ok(people)
}

/// An action in words. Cases of the catalogue are words with hyphens.
fn words(ui: &Ui, action: &str) -> String {
    let case = action.replace(['.', '_'], "-");
    ui.say("audit-action").with("case", case).with("action", action.to_owned()).text()
}

/// Every action, and what an address asks for besides, such as a family of them.
fn actions(ui: &Ui, asked: &str) -> Vec<Choice> {
    let known = ACTIONS.contains(&asked);
    let other = (!known && !asked.is_empty()).then(|| Choice::new(asked, &asked, true));
    let any = Choice::new("", &ui.say("audit-action-any"), asked.is_empty());
    let all = ACTIONS.iter().map(|action| Choice::new(*action, &words(ui, action), *action == asked));
    std::iter::once(any).chain(other).chain(all).collect()
}

fn fields(ui: &Ui, companies: &Companies, people: Vec<Choice>, asked: &Pairs, errors: &Errors) -> Vec<Field> {
    let any = companies.choices(&ui.say("audit-company-any"), asked.text("company"));
    let fields = [
        Field::text("actor", &ui.say("audit-actor"), asked.text("actor")).offering(people),
        Field::select("action", &ui.say("audit-action-asked"), actions(ui, asked.text("action"))),
        Field::text("target", &ui.say("audit-target"), asked.text("target"))
            .placeholder(ui.say("audit-target-example").text()),
        Field::select("company", &ui.say("audit-company"), any),
        Field::typed("datetime-local", "from", &ui.say("audit-from"), asked.text("from")),
        Field::typed("datetime-local", "to", &ui.say("audit-to"), asked.text("to")),
    ];
    fields.map(|field| field.error(ui, errors)).into()
}

fn row(ui: &Ui, companies: &Companies, entry: AuditView) -> Row {
    // What is gone keeps the name that it had when this was written.
    let own = entry.company_id.is_some() && entry.company_id == entry.target;
    let kept = entry.detail.as_ref().filter(|_| own).and_then(|detail| detail["name"].as_str());
    let company = entry.company_id.as_deref().map(|id| match companies.name(id) {
        name if name == id => kept.unwrap_or(id).to_owned(),
        name => name.to_owned(),
    });
    Row {
        company,
        at: moment(Some(&entry.at)).map(|at| ui.clock(at)),
        actor: who(ui, &entry.actor),
        address: entry.address,
        what: words(ui, &entry.action),
        action: entry.action,
        target: entry.target,
        changes: entry.detail.as_ref().map(changes).unwrap_or_default(),
    }
}

/// A line's detail, field by field: only what differs where before and after are known.
fn changes(detail: &Value) -> Vec<Change> {
    let Value::Object(detail) = detail else {
        return vec![Change { field: String::new(), before: None, after: plain(detail) }];
    };
    let both =
        (detail.get("before").and_then(Value::as_object), detail.get("after").and_then(Value::as_object));
    let (Some(before), Some(after)) = both else {
        let change = |(field, value): (&String, &Value)| Change {
            field: field.clone(),
            before: None,
            after: plain(value),
        };
        return detail.iter().filter(|(_, value)| !value.is_null()).map(change).collect();
    };
    let mut fields: Vec<_> = before.keys().chain(after.keys()).collect();
    fields.sort_unstable();
    fields.dedup();
    // What is absent is nothing, as null is.
    let before = |field: &str| before.get(field).unwrap_or(&Value::Null);
    let after = |field: &str| after.get(field).unwrap_or(&Value::Null);
    let differs = fields.into_iter().filter(|field| before(field) != after(field));
    let change = |field: &String| Change {
        field: field.clone(),
        before: Some(plain(before(field))),
        after: plain(after(field)),
    };
    differs.map(change).collect()
}

/// A text as it is, nothing as a dash, all else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "—".into(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_action_has_its_words() {
        for lang in [crate::domain::Lang::Pt, crate::domain::Lang::En] {
            let ui = Ui::new(lang, None, crate::domain::Timestamp(0));
            let bare = ACTIONS.iter().find(|action| words(&ui, action) == **action);
            assert_eq!(bare, None);
        }
    }

    #[test]
    fn only_what_differs_is_shown() {
        let change = |field: &str, before: Option<&str>, after: &str| Change {
            field: field.into(),
            before: before.map(str::to_owned),
            after: after.into(),
        };
        let detail = json!({ "before": { "name": "Ana", "role": "reader", "zone": null },
            "after": { "name": "Ana", "role": "operator", "companies": ["company_1"] } });
        let expected =
            [change("companies", Some("—"), r#"["company_1"]"#), change("role", Some("reader"), "operator")];
        assert_eq!(changes(&detail), expected);
        assert_eq!(changes(&json!({ "event": "x", "until": null })), [change("event", None, "x")]);
        assert_eq!(changes(&json!("lost")), [change("", None, "lost")]);
    }
}
