//! The events of a company, searched; the types it has seen; the choice of the company.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;

use super::super::company_page::{CompanyHead, Tab};
use super::super::parts::{Empty, Pager, icon};
use super::super::ui::Moment;
use super::super::{
    Asked, Choice, Errors, Field, Frame, InCompany, Pairs, Panel, Reader, Section, Shown, Ui, calls, choose,
    lines, refuse, show,
};
use super::search_for;
use crate::admin::{self, CatalogueView, EventQuery, EventView, Page, TypeView};

/// Rows of a page.
const ON_A_PAGE: u32 = 50;
/// What one value can be looked for as.
const KEYS: [&str; 4] = ["call", "phone", "agent", "chat"];

/// Of one company the events at once; of several, which.
pub async fn choose(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    choose::page(&panel, &visit, &asked, Section::Events, ("/events", "/events")).await
}

#[derive(Template)]
#[template(path = "panel/events/list.html")]
struct List {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    /// The path of this page, without a query.
    path: String,
    /// Where the live tail of this search comes from; `None` where the page is not the newest.
    live: Option<String>,
    fields: Vec<Field>,
    filtered: bool,
    rows: Vec<Row>,
    /// It stopped before it had looked at everything, and found nothing so far.
    unfinished: bool,
    empty: Empty,
    pager: Pager,
    types: Vec<Type>,
    counted: String,
}

/// One event in the list, and in the live tail.
#[derive(Template)]
#[template(path = "panel/events/row.html")]
pub struct Row {
    href: String,
    at: Moment,
    name: String,
    what: Option<String>,
    call: Option<(String, String)>,
    phone: Option<Told>,
    agent: Option<Told>,
    /// What is odd about it, in words.
    odd: Option<String>,
}

impl askama::filters::HtmlSafe for Row {}

/// What people call something, and what the provider does.
pub struct Told {
    href: String,
    said: String,
    raw: String,
}

struct Type {
    href: String,
    name: String,
    what: Option<String>,
    count: String,
}

/// What the address asks for.
struct Search {
    name: String,
    /// One of [`KEYS`], and its value.
    key: Option<(&'static str, String)>,
    text: String,
    from: String,
    to: String,
}

impl Search {
    /// A value is named by its kind (`call=k7…`), or as the form sends it (`by=call&key=k7…`).
    fn of(asked: &Pairs) -> Self {
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
        }
    }

    fn query(&self, ui: &Ui, cursor: Option<&str>) -> EventQuery {
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
            cursor: cursor.map(str::to_owned),
            limit: Some(ON_A_PAGE),
        }
    }

    /// As it stands in an address; empty when nothing is asked for.
    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in
            [("type", &self.name), ("text", &self.text), ("from", &self.from), ("to", &self.to)]
        {
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

    fn fields(&self, ui: &Ui, errors: &Errors) -> Vec<Field> {
        let chosen = self.key.as_ref().map_or("call", |(kind, _)| kind);
        let kinds =
            KEYS.map(|kind| Choice::new(kind, &ui.say("events-key").with("kind", kind), kind == chosen));
        let value = self.key.as_ref().map_or("", |(_, value)| value);
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
        ]
    }
}

pub async fn list(
    Reader(visit): Reader,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Asked(asked): Asked,
) -> Shown {
    let (ui, search) = (&visit.ui, Search::of(&asked));
    // An address that was cut off begins at the beginning.
    let at = asked.given("cursor").filter(|cursor| cursor.parse::<i64>().is_ok());
    let (found, errors) = match panel.admin.search(&visit.actor, id, &search.query(ui, at)).await {
        Ok(found) => (found, Errors::default()),
        Err(error) => (Page { items: Vec::new(), next: None }, Errors::of(error)?),
    };
    let names = panel.admin.agent_names(&visit.actor, id).await?;
    let (seen, counted) = panel.admin.types_seen(&visit.actor, id, ui.lang).await?;
    let known = panel.admin.types_known(&visit.actor, id, ui.lang).await?;
    let path = format!("/companies/{id}/events");
    let address = search.address();
    let filtered = !address.is_empty();
    let page = List {
        frame: visit.frame(Section::Events).of_company(id),
        live: (at.is_none() && errors.is_empty()).then(|| format!("{path}/live{address}")),
        fields: search.fields(ui, &errors),
        unfinished: found.items.is_empty() && found.next.is_some(),
        empty: nothing(ui, filtered, &path),
        pager: Pager::new(ui, &format!("{path}{address}"), at, found.next.as_deref()),
        rows: found.items.into_iter().map(|event| row(ui, &names, event)).collect(),
        types: types(ui, &path, seen, known),
        counted: ui.say("events-counted").with("n", counted).text(),
        head: CompanyHead::new(&visit, id, &company.name, Tab::Events),
        company: company.name,
        ui: ui.clone(),
        filtered,
        path,
    };
    if errors.is_empty() { show(&page) } else { refuse(&page) }
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

fn nothing(ui: &Ui, filtered: bool, path: &str) -> Empty {
    if filtered {
        Empty::new(icon("search"), &ui.say("events-none-found"), &ui.say("events-none-found-text"))
            .step(path, &ui.say("events-clear"))
    } else {
        Empty::new(icon("list-tree"), &ui.say("events-none"), &ui.say("events-none-text"))
    }
}

/// `names` are those of the company's agents, by their ids.
pub fn row(ui: &Ui, names: &HashMap<String, String>, event: EventView) -> Row {
    let company = event.company_id;
    let link = |kind, value: String| (search_for(&company, kind, &value), value);
    let told = |kind, raw: String, said: Option<String>| Told {
        href: search_for(&company, kind, &raw),
        said: said.unwrap_or_else(|| raw.clone()),
        raw,
    };
    let odd = event.warnings.len() + event.flags.len();
    Row {
        href: format!("/events/{}", event.id),
        at: lines::moment(Some(&event.received_at)).map_or_else(|| ui.clock(ui.now), |at| ui.clock(at)),
        what: admin::description(&event.name, ui.lang),
        name: event.name,
        call: event.call.map(|call| link("call", call)),
        phone: event.phones.into_iter().next().map(|phone| {
            let said = calls::phone(&phone);
            told("phone", phone, Some(said))
        }),
        agent: event.agent.map(|agent| {
            let name = names.get(&agent).cloned();
            told("agent", agent, name)
        }),
        odd: (odd > 0).then(|| ui.say("events-odd").with("n", odd).text()),
    }
}

/// The types seen with their counts, then those that are known and have not come.
fn types(ui: &Ui, path: &str, seen: Vec<TypeView>, known: Vec<CatalogueView>) -> Vec<Type> {
    let href = |name: &str| {
        let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("{path}?type={name}")
    };
    let unseen: Vec<_> = known
        .into_iter()
        .filter(|entry| seen.iter().all(|seen| seen.name != entry.name))
        .map(|entry| Type {
            href: href(entry.name),
            name: entry.name.to_owned(),
            what: Some(entry.description),
            count: ui.number(0),
        })
        .collect();
    let seen = seen.into_iter().map(|seen| Type {
        href: href(&seen.name),
        what: seen.description,
        count: ui.number(seen.count),
        name: seen.name,
    });
    seen.chain(unseen).collect()
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
