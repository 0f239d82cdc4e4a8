//! The audit log: who changed what, with what was there before.

mod changes;

use std::collections::HashMap;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use changes::{Change, changes};

use super::lines::moment;
use super::parts::{Empty, Pager, icon};
use super::scope::Companies;
use super::ui::Moment;
use super::who::who;
use super::{Administrator, Asked, Choice, Errors, Field, Frame, Pairs, Panel, Section, Shown, Ui, Visit};
use super::{refuse, show};
use crate::admin::{ACTIONS, AdminError, AuditQuery, AuditView, Named};

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
    /// As programs know it.
    action: String,
    target: Option<Named>,
    /// The id of what it was done to.
    id: Option<String>,
    company: Option<String>,
    changes: Vec<Change>,
}

async fn list(Administrator(visit): Administrator, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let companies = Companies::of(&panel, &visit).await?;
    let asked = companies.understood(&asked, "company");
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
    let people = people(&panel, &visit).await?;
    let (items, next, errors) = match panel.admin.audit_log(&visit.actor, &query).await {
        Ok(page) => (page.items, page.next, Errors::default()),
        Err(error) => (Vec::new(), None, Errors::of(error)?),
    };
    let names = panel.admin.audit_names(&visit.actor, &items).await?;
    let filtered = ASKED.iter().any(|name| asked.given(name).is_some());
    let none = if filtered { ui.say("audit-none-found") } else { ui.say("audit-none") };
    let page = Audit {
        frame: visit.frame(Section::Account),
        fields: fields(ui, &companies, people, &asked, &errors),
        filtered,
        rows: items.into_iter().map(|entry| row(ui, &companies, &names, entry)).collect(),
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
    let (company, any) = (ui.say("audit-company"), ui.say("audit-company-any"));
    let fields = [
        Field::text("actor", &ui.say("audit-actor"), asked.text("actor")).offering(people),
        Field::select("action", &ui.say("audit-action-asked"), actions(ui, asked.text("action"))),
        Field::text("target", &ui.say("audit-target"), asked.text("target"))
            .placeholder(ui.say("audit-target-example").text()),
        companies.field(ui, ("company", &company), Some(&any), asked.text("company"), errors),
        Field::typed("datetime-local", "from", &ui.say("audit-from"), asked.text("from")),
        Field::typed("datetime-local", "to", &ui.say("audit-to"), asked.text("to")),
    ];
    fields.map(|field| field.error(ui, errors)).into()
}

fn row(ui: &Ui, companies: &Companies, names: &HashMap<String, Named>, entry: AuditView) -> Row {
    // What is gone keeps the name that it had when this was written.
    let kept = entry.detail.as_ref().and_then(name_then);
    let is_its_own = entry.company_id.is_some() && entry.company_id == entry.target;
    let company = entry.company_id.as_deref().filter(|_| !is_its_own).map(|id| companies.name(id).to_owned());
    let now = |id: &str| match id {
        id if id.starts_with("company_") => {
            Some(companies.name(id)).filter(|name| *name != id).map(str::to_owned)
        }
        id => names.get(id).map(|it| it.name.clone()),
    };
    let target = |id: &String| match names.get(id) {
        Some(found) => found.clone(),
        None => Named { name: kept.clone().unwrap_or_else(|| id.clone()), path: None },
    };
    Row {
        company,
        at: moment(Some(&entry.at)).map(|at| ui.clock(at)),
        actor: who(ui, &entry.actor),
        address: entry.address,
        what: words(ui, &entry.action),
        changes: entry
            .detail
            .as_ref()
            .map(|detail| changes(ui, &entry.action, detail, &now))
            .unwrap_or_default(),
        action: entry.action,
        target: entry.target.as_ref().map(target),
        id: entry.target,
    }
}

/// What the thing was called when the line was written.
fn name_then(detail: &Value) -> Option<String> {
    let places = ["/name", "/settings/name", "/after/name", "/after/settings/name", "/before/name"];
    places.into_iter().find_map(|place| detail.pointer(place)?.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_words() {
        for lang in [crate::domain::Lang::Pt, crate::domain::Lang::En] {
            let ui = Ui::new(lang, None, crate::domain::Timestamp(0));
            let bare = ACTIONS.iter().find(|action| words(&ui, action) == **action);
            assert_eq!(bare, None);
        }
    }
}
