//! Procurar: one search for everything, as a page, and as the palette that every page opens with Ctrl K.
//!
//! What must hold here: both show the same; everything that is found is a link.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::pairs::address;
use super::parts::{Empty, Icon, icon};
use super::{Asked, Frame, Panel, Reader, Section, Shown, Ui, Visit, calls, lines, show};
use crate::admin::{AdminError, CallView, Everywhere, FoundAgent, Role};
use crate::domain::Sought;
use crate::texts::Saying;

pub fn routes() -> Router<Panel> {
    Router::new().route("/search", get(page)).route("/search/found", get(found_alone))
}

#[derive(Template)]
#[template(path = "panel/search.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    q: String,
    found: Found,
}

/// What was found, in groups.
#[derive(Template)]
#[template(path = "panel/search_found.html")]
struct Found {
    /// How many in all, for who does not see them.
    count: String,
    groups: Vec<Group>,
    /// Said where there is nothing.
    empty: Option<Empty>,
}

impl HtmlSafe for Found {}

struct Group {
    title: String,
    links: Vec<Link>,
}

struct Link {
    href: String,
    icon: Icon,
    label: String,
    /// What else is to be said of it: whose it is, and when.
    beside: String,
}

async fn page(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    let sought = Sought::typed(asked.text("q"));
    show(&Page {
        frame: visit.frame(Section::Nowhere),
        found: found(&panel, &visit, sought.as_ref()).await?,
        q: sought.map_or_else(String::new, |sought| sought.as_str().to_owned()),
        ui: visit.ui.clone(),
    })
}

async fn found_alone(Reader(visit): Reader, State(panel): State<Panel>, Asked(asked): Asked) -> Shown {
    show(&found(&panel, &visit, Sought::typed(asked.text("q")).as_ref()).await?)
}

async fn found(panel: &Panel, visit: &Visit, sought: Option<&Sought>) -> Result<Found, AdminError> {
    let ui = &visit.ui;
    let found = match sought {
        Some(sought) => panel.admin.everywhere(&visit.actor, sought).await?,
        None => Everywhere::default(),
    };
    let mut groups = groups(ui, found, sought);
    groups.push((ui.say("search-pages"), pages(visit, sought)));
    groups.retain(|(_, links)| !links.is_empty());
    let count: usize = groups.iter().map(|(_, links)| links.len()).sum();
    let none = || Empty::new(icon("search"), &ui.say("search-none"), &ui.say("search-none-text"));
    Ok(Found {
        count: ui.say("search-count").with("n", count).text(),
        empty: groups.is_empty().then(none),
        groups: groups.into_iter().map(|(title, links)| Group { title: title.text(), links }).collect(),
    })
}

fn groups(ui: &Ui, found: Everywhere, sought: Option<&Sought>) -> Vec<(Saying, Vec<Link>)> {
    let link = |href: String, name: &'static str, label: String, beside: String| Link {
        href,
        icon: icon(name),
        label,
        beside,
    };
    let at = |text: &str| lines::moment(Some(text)).map_or_else(String::new, |at| ui.short(at));
    let typed = sought.map_or("", Sought::as_str);
    let event = found.event.map(|(event, company)| {
        let beside = format!("{company} · {}", at(&event.received_at));
        link(format!("/events/{}", event.id), "list-tree", event.name, beside)
    });
    let all_of_phone = found.phone_at.into_iter().map(|company| {
        let href = address(&format!("/companies/{}/events", company.id), &[("phone", typed)]);
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let label = ui.say("search-events-of").with("phone", calls::phone(&digits));
        link(href, "list-tree", label.text(), company.name)
    });
    let call = |(call, company): (CallView, String)| {
        let beside = format!("{company} · {}", at(&call.heard_at));
        Link {
            href: format!("/calls/{}", call.id),
            icon: calls::direction(&call),
            label: calls::in_words(ui, &call),
            beside,
        }
    };
    let agent = |agent: FoundAgent| {
        let path = format!("/companies/{}/calls", agent.company.id);
        let (href, company) = (address(&path, &[("agent", agent.id.as_str())]), agent.company.name);
        let beside = if agent.name.is_some() { format!("{company} · {}", agent.id) } else { company };
        link(href, "headset", agent.name.unwrap_or(agent.id), beside)
    };
    vec![
        (ui.say("calls-title"), found.calls.into_iter().map(call).collect()),
        (ui.say("events-title"), event.into_iter().chain(all_of_phone).collect()),
        (
            ui.say("companies-title"),
            found
                .companies
                .into_iter()
                .map(|it| link(format!("/companies/{}", it.id), "building-2", it.name, it.id.to_string()))
                .collect(),
        ),
        (
            ui.say("webhooks-title"),
            found
                .webhooks
                .into_iter()
                .map(|it| {
                    let href = format!("/companies/{}/webhooks/{}", it.company.id, it.id);
                    link(href, "send", it.name, format!("{} · {}", it.company.name, it.url))
                })
                .collect(),
        ),
        (ui.say("search-agents"), found.agents.into_iter().map(agent).collect()),
    ]
}

/// The pages of the panel that somebody may open, by their names; all of them where nothing is looked for.
fn pages(visit: &Visit, sought: Option<&Sought>) -> Vec<Link> {
    let ui = &visit.ui;
    let administers = visit.actor.role == Role::Administrator;
    let all = administers && visit.actor.companies.is_none();
    let pages = [
        (true, "/", "house", ui.say("home-title")),
        (true, "/companies", "building-2", ui.say("companies-title")),
        (true, "/events", "list-tree", ui.say("events-title")),
        (true, "/calls", "phone", ui.say("calls-title")),
        (true, "/webhooks", "send", ui.say("webhooks-title")),
        (true, "/incidents", "triangle-alert", ui.say("incidents-title")),
        (true, "/alerts", "bell", ui.say("alerts-title")),
        (visit.frame(Section::Nowhere).answers.is_some(), "/answer", "headset", ui.say("answer-title")),
        (all, "/companies/new", "plus", ui.say("company-new")),
        (true, "/account", "user-round-cog", ui.say("account-title")),
        (all, "/users", "users", ui.say("users-title")),
        (administers, "/api-keys", "key-round", ui.say("keys-of-api-title")),
        (administers, "/audit", "scroll-text", ui.say("audit-title")),
        (all, "/account/system", "refresh-cw", ui.say("system-title")),
    ];
    let pages = pages.into_iter().filter(|(may, ..)| *may);
    let pages = pages.map(|(_, href, sign, name)| Link {
        href: href.to_owned(),
        icon: Icon::new(sign),
        label: name.text(),
        beside: String::new(),
    });
    pages.filter(|page| sought.is_none_or(|sought| sought.is_in(&[&page.label]))).collect()
}
