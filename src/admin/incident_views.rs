//! Incidents as people and programs are shown them.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::actions::called;
use crate::domain::incident::{Cost, Entry, Incident, Kind, OF_INSTALLATION, Silence, Step};
use crate::domain::{CompanyId, IncidentId, Known, Lang, SourceId, Timestamp, WebhookId};
use crate::incidents::Open;
use crate::texts::say;
use crate::watch::Over;
use crate::watch::attention::Level;

/// Something that is wrong, or was.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentView {
    /// Absent while the database does not take writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<IncidentId>)]
    pub id: Option<String>,
    /// What is the matter, as in `attention`.
    pub kind: Kind,
    /// `losing` what comes meanwhile, `waiting` for what is late but kept, `coming` for what has cost nothing yet.
    pub cost: Cost,
    /// How bad it is now, while it is open and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
    /// What is the matter, in a line, in the caller's language.
    pub title: String,
    /// The same with what it costs and what to do.
    pub sentence: String,
    /// Since when it is so.
    #[schema(value_type = Timestamp)]
    pub since: String,
    /// When it was seen.
    #[schema(value_type = Timestamp)]
    pub opened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub closed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CompanyId>)]
    pub company_id: Option<String>,
    /// As it is called, or was last if it is no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// That company is still there.
    #[serde(skip)]
    pub has_company: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SourceId>)]
    pub source_id: Option<String>,
    /// The webhooks that it hits; those that are still there.
    pub webhooks: Vec<IncidentWebhook>,
    /// Host and port of the endpoint, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// As `amount` of `attention`; of one that is closed the most that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Known>)]
    pub amount_known: Option<&'static str>,
    /// About how many events did not come while its line did not stand, for its provider does not send them again: an estimate by
    /// what the company usually hears in these hours. It is part of no count. Absent where there is nothing to go by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_loss: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub next_try_at: Option<String>,
    /// Who has taken it, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub acknowledged_at: Option<String>,
    /// Nobody is told of it for now.
    pub silenced: bool,
    /// Until then; absent while it is silenced until it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub silenced_until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silenced_by: Option<String>,
}

/// A webhook that an incident hits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IncidentWebhook {
    #[schema(value_type = WebhookId)]
    pub id: String,
    pub name: String,
}

/// An incident with what happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneIncident {
    pub incident: IncidentView,
    /// Newest first.
    pub history: Vec<IncidentEntry>,
    /// The last ones before it of the same subject, or of a webhook or a source that it is about, newest first.
    pub earlier: Vec<IncidentView>,
}

/// A line of its history.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentEntry {
    #[schema(value_type = Timestamp)]
    pub at: String,
    pub step: Step,
    /// Who did it; absent where the program did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What was the matter, the note, who was told, or why it was closed; in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Until when it was silenced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Timestamp>)]
    pub until: Option<String>,
}

type Names = HashMap<CompanyId, String>;

pub fn open(lang: Lang, open: &Open, names: &Names, webhooks: Vec<(String, String)>) -> IncidentView {
    let view = stored(lang, &open.incident, names, webhooks);
    let Some(alert) = &open.alert else {
        let sentence = say(lang, "incident-not-proven").text();
        return IncidentView { sentence, amount: None, ..view };
    };
    IncidentView {
        level: Some(alert.level),
        title: alert.title(lang),
        sentence: alert.sentence(lang),
        amount: alert.amount,
        amount_known: alert.amount.map(|_| alert.known.as_str()),
        next_try_at: alert.next_try_at.map(|at| at.to_string()),
        ..view
    }
}

/// `ended` is the word of what ended it, where that is told.
pub fn closed(
    lang: Lang,
    incident: &Incident,
    names: &Names,
    webhooks: Vec<(String, String)>,
    ended: Option<&str>,
) -> IncidentView {
    let view = stored(lang, incident, names, webhooks);
    let over = Over::of(incident, ended, lang);
    // How long it lasted stands beside it.
    let sentence = Over { lasted: None, ..over }.text();
    let most = incident.facts.most.unwrap_or_default();
    let sentence = if incident.facts.is_about {
        format!("{sentence} {}", say(lang, "incident-began-about").text()).trim().to_owned()
    } else {
        sentence
    };
    let known = (most > 0).then_some(Known::AtLeast.as_str());
    IncidentView { sentence, amount_known: known, ..view }
}

fn stored(lang: Lang, incident: &Incident, names: &Names, webhooks: Vec<(String, String)>) -> IncidentView {
    let silence = incident
        .silence
        .as_ref()
        .filter(|silence| incident.closed_at.is_none() && silence.until > Timestamp::now());
    let until = silence.map(|silence| silence.until).filter(|until| *until != Silence::UNTIL_CLOSED);
    let name = incident.company.and_then(|id| names.get(&id));
    IncidentView {
        id: (incident.id.0 > 0).then(|| incident.id.to_string()),
        kind: incident.kind,
        cost: incident.kind.cost(),
        level: None,
        title: incident.facts.title.of(lang).to_owned(),
        sentence: incident.facts.sentence.of(lang).to_owned(),
        since: incident.since.to_string(),
        opened_at: incident.opened_at.to_string(),
        closed_at: incident.closed_at.map(|at| at.to_string()),
        company_id: incident.company.map(|id| id.to_string()),
        company_name: name.cloned().or_else(|| incident.facts.company.clone()),
        has_company: name.is_some(),
        source_id: incident.facts.source.map(|id| id.to_string()),
        webhooks: webhooks.into_iter().map(|(id, name)| IncidentWebhook { id, name }).collect(),
        destination: incident.facts.destination.clone(),
        amount: incident.facts.most.filter(|most| *most > 0),
        amount_known: None,
        estimated_loss: None,
        next_try_at: None,
        acknowledged_by: incident.taken.as_ref().map(|(by, _)| called(by)),
        acknowledged_at: incident.taken.as_ref().map(|(_, at)| at.to_string()),
        silenced: silence.is_some(),
        silenced_until: until.map(|until| until.to_string()),
        silenced_by: silence.map(|silence| called(&silence.by)),
    }
}

/// What happened to it, as somebody may know it: a contact of the installation is there only for who sees all companies.
pub fn history(lang: Lang, sees_all: bool, entries: Vec<Entry>) -> Vec<IncidentEntry> {
    let view = |entry: Entry| {
        let is_hidden = !sees_all && entry.detail.as_deref() == Some(OF_INSTALLATION);
        let why = entry.detail.as_deref().filter(|_| entry.step == Step::Closed);
        let why = why.map(|why| say(lang, "incident-ended").with("why", why).text());
        IncidentEntry {
            at: entry.at.to_string(),
            step: entry.step,
            by: entry.by.as_deref().map(called),
            text: entry.text.filter(|_| !is_hidden).map(|said| said.of(lang).to_owned()).or(why),
            until: entry.detail.filter(|_| entry.step == Step::Silenced),
        }
    };
    entries.into_iter().map(view).collect()
}
