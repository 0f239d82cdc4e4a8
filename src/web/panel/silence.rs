//! When the silence of a company is told: its form.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::company_page::{CompanyHead, Tab};
use super::parts::{Notice, Tone};
use super::{
    Administrator, Errors, Field, Frame, InCompany, Pairs, Panel, Section, Sent, Shown, Ui, Visit, refuse,
    show,
};
use crate::admin::{AdminError, DayHours, SilenceAlarmInput, SilenceAlarmView};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

pub fn routes() -> Router<Panel> {
    Router::new().route("/companies/{company}/silence", get(page).post(save))
}

#[derive(Template)]
#[template(path = "panel/silence.html")]
struct Page {
    ui: Ui,
    frame: Frame,
    head: CompanyHead,
    notice: Option<Notice>,
    action: String,
    version: String,
    enabled: Field,
    after: Field,
    events: Field,
    week: Vec<Day>,
    week_error: Option<String>,
    suggested: Vec<(String, String)>,
    holidays: Field,
    days_off: Field,
}

/// A weekday as it is typed.
struct Day {
    word: &'static str,
    name: String,
    from: String,
    to: String,
}

async fn page(Administrator(visit): Administrator, at: InCompany, State(panel): State<Panel>) -> Shown {
    let stored = panel.admin.silence_alarm(&visit.actor, at.id).await?;
    show(&form(&visit, &at, &typed_of(&stored), &stored, &Errors::default()))
}

async fn save(
    Administrator(visit): Administrator,
    at: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    match panel.admin.save_silence_alarm(&visit.actor, at.id, &input(&typed)).await {
        Ok(_) => Ok(visit.done(&format!("/companies/{}/settings", at.id), &visit.ui.say("silence-saved"))),
        Err(AdminError::Stale) => {
            let stored = panel.admin.silence_alarm(&visit.actor, at.id).await?;
            let mut again = form(&visit, &at, &typed, &stored, &Errors::default());
            again.version = stored.version.to_string();
            again.notice = Some(Notice::new(&visit.ui, Tone::Warn, visit.ui.say("silence-stale")));
            refuse(&again)
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let stored = panel.admin.silence_alarm(&visit.actor, at.id).await?;
            refuse(&form(&visit, &at, &typed, &stored, &errors))
        }
    }
}

/// What the form begins with.
fn typed_of(stored: &SilenceAlarmView) -> Pairs {
    let on = |on: bool| if on { "on" } else { "" };
    let lines = |items: Vec<String>| items.join("\n");
    let mut pairs = Pairs::of([
        ("version", stored.version.to_string()),
        ("after_minutes", stored.after_minutes.to_string()),
        ("events", lines(stored.events.iter().map(ToString::to_string).collect())),
        ("days_off", lines(stored.days_off.iter().map(ToString::to_string).collect())),
    ]);
    for (name, set) in [("enabled", stored.enabled), ("holidays_off", stored.holidays_off)] {
        if set {
            pairs = pairs.and(name, on(set));
        }
    }
    for (word, hours) in DAYS.iter().zip(&stored.week) {
        let (from, to) = hours.as_ref().map_or(("", ""), |hours| (&hours.from, &hours.to));
        pairs = pairs.and(&format!("{word}_from"), from).and(&format!("{word}_to"), to);
    }
    pairs
}

fn input(typed: &Pairs) -> SilenceAlarmInput {
    let lines = |name: &str| {
        let lines = typed.text(name).split(['\n', ',', ';']).map(str::trim);
        Some(lines.filter(|line| !line.is_empty()).map(str::to_owned).collect())
    };
    let day = |word: &&str| {
        let (from, to) =
            (typed.text(&format!("{word}_from")).trim(), typed.text(&format!("{word}_to")).trim());
        let hours = DayHours { from: from.to_owned(), to: to.to_owned() };
        (!from.is_empty() || !to.is_empty()).then_some(hours)
    };
    SilenceAlarmInput {
        enabled: Some(typed.has("enabled")),
        // What is no number is out of every bound, and is told so.
        after_minutes: Some(typed.text("after_minutes").trim().parse().unwrap_or(-1)),
        events: lines("events"),
        week: Some(DAYS.iter().map(day).collect()),
        holidays_off: Some(typed.has("holidays_off")),
        days_off: lines("days_off"),
        version: typed.given("version").and_then(|version| version.parse().ok()),
    }
}

fn form(
    visit: &Visit,
    InCompany { id, company }: &InCompany,
    typed: &Pairs,
    stored: &SilenceAlarmView,
    errors: &Errors,
) -> Page {
    let ui = &visit.ui;
    let after =
        Field::typed("number", "after_minutes", &ui.say("silence-after"), typed.text("after_minutes"));
    let events = Field::area("events", &ui.say("silence-events"), typed.text("events")).optional(ui).mono();
    let days_off = Field::area("days_off", &ui.say("silence-days-off"), typed.text("days_off")).optional(ui);
    let holidays = Field::checkbox("holidays_off", &ui.say("silence-holidays"), typed.has("holidays_off"));
    let week = DAYS.iter().map(|word| Day {
        word,
        name: ui.say("weekday").with("day", *word).text(),
        from: typed.text(&format!("{word}_from")).to_owned(),
        to: typed.text(&format!("{word}_to")).to_owned(),
    });
    Page {
        head: CompanyHead::new(visit, *id, &company.name, Tab::Settings),
        frame: visit.frame(Section::Companies).of_company(*id),
        action: format!("/companies/{id}/silence"),
        version: typed.text("version").to_owned(),
        enabled: Field::checkbox("enabled", &ui.say("silence-enabled"), typed.has("enabled")),
        after: after.hint(&ui.say("silence-after-hint")).error(ui, errors),
        events: events.hint(&ui.say("silence-events-hint")).error(ui, errors),
        week: week.collect(),
        week_error: errors.at(ui.lang, "week"),
        suggested: suggested(ui, stored),
        holidays: holidays.hint(&ui.say("silence-holidays-hint")),
        days_off: days_off.hint(&ui.say("silence-days-off-hint")).error(ui, errors),
        notice: errors.notice(ui),
        ui: ui.clone(),
    }
}

/// What its events say of when it works: weekday and hours.
fn suggested(ui: &Ui, stored: &SilenceAlarmView) -> Vec<(String, String)> {
    let week = stored.suggested_week.as_deref().unwrap_or_default();
    let day = |(word, hours): (&&str, &Option<DayHours>)| {
        let hours = match hours {
            Some(hours) => ui.say("silence-hours").with("from", &hours.from).with("to", &hours.to).text(),
            None => ui.say("silence-nobody").text(),
        };
        (ui.say("weekday").with("day", *word).text(), hours)
    };
    DAYS.iter().zip(week).map(day).collect()
}
