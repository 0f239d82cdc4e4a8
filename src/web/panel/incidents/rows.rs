//! Incidents as rows, by what they cost.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::admin::{Actor, IncidentCounts, IncidentView, Role, loses_what_comes};
use crate::domain::Timestamp;
use crate::domain::incident::{Cost, Kind};
use crate::texts::Saying;
use crate::web::panel::pairs::address;
use crate::web::panel::parts::{Icon, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::{Ui, lines};

/// Those of one cost, with the heading that says what it means.
#[derive(Template)]
#[template(path = "panel/incidents/group.html")]
pub struct Group {
    ui: Ui,
    cost: Cost,
    rows: Vec<Row>,
}

impl HtmlSafe for Group {}

pub struct Row {
    /// None while it cannot be written down.
    pub path: Option<String>,
    pub icon: Icon,
    pub title: String,
    /// Whom it hits.
    pub who: String,
    pub since: Option<Moment>,
    pub sentence: String,
    pub next_try: Option<String>,
    /// What waits or is lost: a label and a number.
    pub amount: Option<(String, String)>,
    /// About how much was lost, of a line; of nothing else.
    pub loss: Option<Loss>,
    /// Where its button leads, and what it says.
    pub button: Option<(String, String)>,
    pub taken: Option<String>,
    pub silenced: Option<String>,
    /// The reader may take and silence it.
    pub acts: bool,
    /// The time that *tomorrow morning* is.
    pub morning: Option<(String, Moment)>,
    pub in_an_hour: Option<(String, Moment)>,
}

/// The incidents in their order, which is by what they cost.
pub fn groups(ui: &Ui, actor: &Actor, incidents: Vec<IncidentView>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for incident in incidents {
        let cost = incident.cost;
        let row = row(ui, actor, incident);
        match groups.last_mut().filter(|group| group.cost == cost) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group { ui: ui.clone(), cost, rows: vec![row] }),
        }
    }
    groups
}

/// How many of what, as a heading: *2 incidents losing events now, 4 late and 1 to come*. Nothing, when there is nothing.
pub fn heading(ui: &Ui, counts: &IncidentCounts) -> Option<String> {
    // Only the first says of what.
    let first = |is_first: bool| if is_first { "yes" } else { "no" };
    let waiting_first = first(counts.losing == 0);
    let coming_first = first(counts.losing + counts.waiting == 0);
    let counts = [
        (counts.losing, ui.say("incidents-heading-losing").with("n", counts.losing)),
        (
            counts.waiting,
            ui.say("incidents-heading-waiting").with("n", counts.waiting).with("first", waiting_first),
        ),
        (
            counts.coming,
            ui.say("incidents-heading-coming").with("n", counts.coming).with("first", coming_first),
        ),
    ];
    let said = counts.into_iter().filter(|(n, _)| *n > 0).map(|(_, saying)| saying.text());
    let mut said: Vec<String> = said.collect();
    let last = said.pop()?;
    if said.is_empty() {
        return Some(last);
    }
    let and = ui.say("incidents-heading-and").with("some", said.join(", ")).with("last", last);
    Some(and.text())
}

/// What did not come while a line did not stand, as an estimate.
pub struct Loss {
    /// `None` where there is nothing to go by.
    pub about: Option<String>,
    /// The same as a sentence.
    pub sentence: String,
}

impl Loss {
    pub fn of(ui: &Ui, incident: &IncidentView) -> Option<Self> {
        loses_what_comes(incident.kind).then(|| Self {
            about: incident.estimated_loss.map(|n| ui.say("loss-about").with("n", n).text()),
            sentence: lines::loss(ui, incident.estimated_loss),
        })
    }
}

pub fn row(ui: &Ui, actor: &Actor, incident: IncidentView) -> Row {
    let at = |text: Option<&str>| lines::moment(text);
    let next = at(incident.next_try_at.as_deref()).filter(|next| *next > ui.now);
    Row {
        path: incident.id.as_ref().map(|id| format!("/incidents/{id}")),
        icon: sign(incident.kind),
        who: who(ui, &incident),
        since: at(Some(&incident.since)).map(|since| ui.ago(since)),
        next_try: next.map(|next| ui.say("in-span").with("span", ui.span(next.since(ui.now))).text()),
        amount: amount(ui, &incident),
        loss: Loss::of(ui, &incident),
        button: incident.closed_at.is_none().then(|| button(ui, actor, &incident)).flatten(),
        taken: incident.acknowledged_by.as_ref().map(|by| {
            let when = at(incident.acknowledged_at.as_deref()).map_or_else(String::new, |at| ui.minute(at));
            format!("{by}, {when}")
        }),
        silenced: silenced(ui, &incident),
        acts: incident.id.is_some() && incident.closed_at.is_none() && actor.role >= Role::Operator,
        morning: ui.next_morning().map(|at| (at.to_string(), ui.clock(at))),
        in_an_hour: Some(ui.now.plus(std::time::Duration::from_hours(1)))
            .map(|at| (at.to_string(), ui.clock(at))),
        title: incident.title,
        sentence: incident.sentence,
    }
}

/// What is shown of a silence.
pub fn silenced(ui: &Ui, incident: &IncidentView) -> Option<String> {
    if !incident.silenced {
        return None;
    }
    let said: Saying = match lines::moment(incident.silenced_until.as_deref()) {
        Some(until) => ui.say("incident-silenced-until").with("until", ui.minute(until)),
        None => ui.say("incident-silenced-until-closed"),
    };
    Some(said.text())
}

/// Whom it hits: a webhook or several, and the company.
pub fn who(ui: &Ui, incident: &IncidentView) -> String {
    let Some(company) = &incident.company_name else {
        return match incident.company_id {
            Some(_) => incident.company_id.clone().unwrap_or_default(),
            None => ui.say("incident-of-installation").text(),
        };
    };
    let Some(first) = incident.webhooks.first() else { return company.clone() };
    let what = ui.say("incident-webhooks").with("n", incident.webhooks.len()).with("name", &first.name);
    ui.say("incident-of-company").with("what", what.text()).with("company", company).text()
}

fn amount(ui: &Ui, incident: &IncidentView) -> Option<(String, String)> {
    let label = match incident.kind {
        Kind::WebhookFailing | Kind::WebhookGone | Kind::WebhookPaused | Kind::WebhookNotStarted => {
            ui.say("incident-waiting")
        }
        Kind::EventsDead => ui.say("incident-undelivered"),
        Kind::EventsCrowdedOut | Kind::EventsExpired => ui.say("incident-lost"),
        _ => return None,
    };
    // Of what is over the sentence says how much it was.
    let known = incident.amount_known.filter(|_| incident.closed_at.is_none())?;
    let count = ui.say("backlog-count").with("n", incident.amount?).with("known", known);
    Some((label.text(), count.text()))
}

fn sign(kind: Kind) -> Icon {
    match kind {
        Kind::TokenRefused | Kind::TokenExpired | Kind::TokenExpires => icon("key-round"),
        Kind::GapOpen | Kind::NotConnected => icon("wifi-off"),
        Kind::WebhookGone | Kind::WebhookPaused => icon("circle-pause"),
        Kind::Silence => icon("info"),
        _ => icon("triangle-alert"),
    }
}

/// The one thing that helps.
fn button(ui: &Ui, actor: &Actor, incident: &IncidentView) -> Option<(String, String)> {
    let company = incident.company_id.as_deref().map(|id| format!("/companies/{id}"));
    let source = || Some(format!("{}/sources/{}", company.as_deref()?, incident.source_id.as_deref()?));
    let webhook = || match &incident.webhooks[..] {
        [] => None,
        [one] => Some(format!("{}/webhooks/{}", company.as_deref()?, one.id)),
        _ => {
            let of_these = [("q", incident.destination.as_deref().unwrap_or_default())];
            Some(address(&format!("{}/webhooks", company.as_deref()?), &of_these))
        }
    };
    match incident.kind {
        Kind::TokenRefused | Kind::TokenExpired | Kind::TokenExpires if actor.role == Role::Administrator => {
            Some((source()?, ui.say("home-change-token").text()))
        }
        Kind::TokenRefused
        | Kind::TokenExpired
        | Kind::TokenExpires
        | Kind::GapOpen
        | Kind::NotConnected
        | Kind::Silence
        | Kind::NotServed
        | Kind::DoorRefuses
        | Kind::EventsRefused
        | Kind::EventsLost => Some((company?, ui.say("home-see-connection").text())),
        Kind::CallsNotRouted => Some((format!("{}/calls", company?), ui.say("home-see-calls").text())),
        Kind::ContactFailing => Some(("/alerts".to_owned(), ui.say("incident-see-contact").text())),
        // Nothing to press: the sentence says what to do on the machine.
        Kind::NotWriting | Kind::NotOurs | Kind::DiskLow => None,
        Kind::DutyFailing => (actor.role == Role::Administrator)
            .then(|| ("/account/system".to_owned(), ui.say("home-see-system").text())),
        Kind::WebhookFailing if incident.webhooks.len() == 1 => {
            Some((format!("{}?outcome=failed#attempts", webhook()?), ui.say("webhook-see-failures").text()))
        }
        Kind::EventsDead | Kind::EventsCrowdedOut => {
            Some((format!("{}/held?state=dead", webhook()?), ui.say("webhook-see-dead").text()))
        }
        Kind::EventsExpired
        | Kind::EventFailing
        | Kind::WebhookFailing
        | Kind::WebhookNotStarted
        | Kind::WebhookGone
        | Kind::WebhookPaused => {
            let label = match incident.webhooks.len() {
                0 | 1 => ui.say("home-see-webhook"),
                _ => ui.say("incident-see-webhooks"),
            };
            Some((webhook()?, label.text()))
        }
    }
}

/// A stretch of time that is over.
pub fn lasted(ui: &Ui, incident: &IncidentView) -> Option<String> {
    let since = lines::moment(Some(&incident.since))?;
    let closed: Timestamp = lines::moment(incident.closed_at.as_deref())?;
    let saying = ui.say("incident-lasted").with("from", ui.minute(since)).with("to", ui.minute(closed));
    Some(saying.with("span", ui.span(closed.since(since))).text())
}
