//! The program itself: what runs in the background, and how each of it is doing. All of it is live.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::lines::moment;
use super::parts::{Badge, Tone, icon};
use super::ui::Moment;
use super::{Administrator, Failed, Frame, Panel, Section, Shown, Ui, show};
use crate::admin::{Actor, Admin, AdminError, DutyState, DutyView, RunOutcome, RunView};

pub fn routes() -> Router<Panel> {
    Router::new().route("/account/system", get(page)).route("/account/system/live", get(live))
}

#[derive(Template)]
#[template(path = "panel/system.html")]
struct System {
    ui: Ui,
    frame: Frame,
    duties: Duties,
}

/// The live part.
#[derive(Template)]
#[template(path = "panel/system_duties.html")]
struct Duties {
    ui: Ui,
    rows: Vec<Row>,
}

impl HtmlSafe for Duties {}

struct Row {
    name: &'static str,
    title: String,
    does: String,
    /// How often it runs.
    rhythm: String,
    state: Badge,
    /// For one that is running: since when.
    since: Option<Moment>,
    last: Option<Last>,
    /// What it last had to do, and when.
    work: Option<(String, Moment)>,
    next: Option<Moment>,
    runs: String,
    panics: String,
    /// Each is a defect.
    has_panicked: bool,
}

struct Last {
    at: Option<Moment>,
    took: String,
    outcome: Badge,
    error: Option<String>,
}

async fn page(Administrator(visit): Administrator, State(panel): State<Panel>) -> Shown {
    show(&System {
        frame: visit.frame(Section::Account),
        duties: duties(&panel.admin, &visit.actor, &visit.ui)?,
        ui: visit.ui.clone(),
    })
}

async fn live(Administrator(visit): Administrator, State(panel): State<Panel>) -> Result<Response, Failed> {
    // Refused here, not in a stream that says nothing.
    panel.admin.duties(&visit.actor, visit.ui.lang)?;
    let (admin, actor, ui) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone());
    Ok(panel.hub.stream(&visit, "system", move || {
        let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
        async move {
            let html = duties(&admin, &actor, &ui)?.render();
            let html = html.map_err(|error| AdminError::Internal(format!("a page: {error}")))?;
            Ok(vec![("duties".to_owned(), html)])
        }
    }))
}

fn duties(admin: &Admin, actor: &Actor, ui: &Ui) -> Result<Duties, AdminError> {
    let items = admin.duties(actor, ui.lang)?.items;
    Ok(Duties { rows: items.into_iter().map(|duty| row(ui, duty)).collect(), ui: ui.clone() })
}

fn row(ui: &Ui, duty: DutyView) -> Row {
    let clock = |text: &Option<String>| moment(text.as_deref()).map(|at| ui.clock(at));
    let work = duty.last_work.as_ref().and_then(|work| {
        let text = ui.say("duty-work").with("what", work.what).with("count", work.count).text();
        Some((text, ui.ago(moment(Some(&work.at))?)))
    });
    Row {
        name: duty.name,
        rhythm: rhythm(ui, duty.period_ms),
        state: state(ui, duty.state),
        since: clock(&duty.running_since),
        last: duty.last_run.map(|run| last(ui, run)),
        work,
        next: clock(&duty.next_run_at),
        runs: ui.number(duty.runs),
        panics: ui.number(duty.panics),
        has_panicked: duty.panics > 0,
        title: duty.title,
        does: duty.description,
    }
}

fn rhythm(ui: &Ui, period_ms: Option<u64>) -> String {
    match period_ms {
        None => ui.say("duty-woken").text(),
        Some(ms) if !ms.is_multiple_of(1_000) => {
            let ms = ui.say("duty-ms").with("n", ms).text();
            ui.say("duty-every").with("span", ms).text()
        }
        Some(ms) => ui.say("duty-every").with("span", ui.span(Duration::from_millis(ms))).text(),
    }
}

fn state(ui: &Ui, state: DutyState) -> Badge {
    match state {
        DutyState::Running => {
            Badge::new(Tone::Info, icon("loader-circle"), &ui.say("duty-running")).spinning()
        }
        DutyState::Waiting => Badge::new(Tone::Ok, icon("clock"), &ui.say("duty-waiting")),
        DutyState::Restarting => Badge::new(Tone::Bad, icon("refresh-cw"), &ui.say("duty-restarting")),
        DutyState::Ended => Badge::new(Tone::Off, icon("circle-minus"), &ui.say("duty-ended")),
    }
}

fn last(ui: &Ui, run: RunView) -> Last {
    Last {
        at: moment(Some(&run.ended_at)).map(|at| ui.ago(at)),
        took: took(ui, run.took_ms),
        outcome: match run.outcome {
            RunOutcome::Well => Badge::new(Tone::Ok, icon("circle-check"), &ui.say("duty-well")),
            RunOutcome::Failed => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("duty-failed")),
            RunOutcome::Panicked => Badge::new(Tone::Bad, icon("circle-x"), &ui.say("duty-panicked")),
        },
        error: run.error,
    }
}

/// Most runs take less than a millisecond, some take minutes.
fn took(ui: &Ui, ms: f64) -> String {
    match ms {
        ..1.0 => ui.say("duty-ms").with("n", ui.decimal(ms, 3)).text(),
        1.0..10_000.0 => ui.say("duty-ms").with("n", ui.decimal(ms, 1)).text(),
        _ => ui.span(Duration::from_secs_f64(ms / 1_000.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Lang, Timestamp};

    #[test]
    fn a_period_is_told_exactly() {
        let said = |ms| rhythm(&Ui::new(Lang::Pt, None, Timestamp(0)), ms);
        assert_eq!(said(Some(250)), "A cada 250 ms");
        assert_eq!(said(Some(30_000)), "A cada 30 s");
        assert_eq!(said(None), "Só quando é preciso");
    }

    #[test]
    fn short_and_long_runs_are_told_as_finely_as_they_are() {
        let said = |ms| took(&Ui::new(Lang::Pt, None, Timestamp(0)), ms);
        assert_eq!(
            [said(0.046), said(35.24), said(1_234.5), said(65_000.0)],
            ["0,046 ms", "35,2 ms", "1.234,5 ms", "1 min 5 s"]
        );
    }
}
