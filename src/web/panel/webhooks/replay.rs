//! One replay: how far it is, live, and what is told to it: wait, go on, end.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::InWebhook;
use super::orders::told;
use crate::admin::{Actor, Admin, AdminError, ReplayId, ReplayStep, ReplayView, Role, WebhookStatusView};
use crate::domain::WebhookId;
use crate::web::panel::parts::{Badge, Crumbs, Tone, icon};
use crate::web::panel::ui::Moment;
use crate::web::panel::who::who;
use crate::web::panel::{Failed, Frame, Operator, Panel, Reader, Section, Shown, Ui, lines, show};

pub fn routes() -> Router<Panel> {
    let one = "/companies/{company}/webhooks/{webhook}/replays/{replay}";
    Router::new()
        .route(one, get(page))
        .route(&format!("{one}/live"), get(live))
        .route(&format!("{one}/{{step}}"), post(step))
}

#[derive(Template)]
#[template(path = "panel/webhooks/replay.html")]
#[expect(clippy::struct_excessive_bools, reason = "what a page asks of itself")]
struct One {
    ui: Ui,
    frame: Frame,
    crumbs: Crumbs,
    path: String,
    name: String,
    operates: bool,
    ended: bool,
    progress: Progress,
    /// The first and the last event of the range, and when each was received; those that are gone have no time.
    ends: [(String, Option<Moment>); 2],
    events: String,
    rate: String,
    undelivered: bool,
    as_new: bool,
    by: String,
    at: Option<Moment>,
}

/// The live part.
#[derive(Template)]
#[template(path = "panel/webhooks/replay_progress.html")]
struct Progress {
    ui: Ui,
    /// `running`, `paused`, `done` or `cancelled`: the style shows the buttons that help then.
    state: &'static str,
    badge: Badge,
    percent: i64,
    sentence: String,
    figures: Vec<(String, String)>,
    ended: Option<Moment>,
}

impl HtmlSafe for Progress {}

pub fn name(ui: &Ui, replay: &ReplayView) -> String {
    ui.say("replay-name").with("n", replay.id.trim_start_matches("replay_").to_owned()).text()
}

pub fn badge(ui: &Ui, replay: &ReplayView) -> Badge {
    let word = ui.say("replay-state").with("state", replay.state);
    match replay.state {
        "running" => Badge::new(Tone::Info, icon("loader-circle"), &word).spinning(),
        "paused" => Badge::new(Tone::Off, icon("circle-pause"), &word),
        "done" if replay.failed > 0 => Badge::new(Tone::Warn, icon("triangle-alert"), &word),
        "done" => Badge::new(Tone::Ok, icon("circle-check"), &word),
        _ => Badge::new(Tone::Off, icon("ban"), &word),
    }
}

/// How much of the range has been looked at.
pub fn percent(replay: &ReplayView) -> i64 {
    let share = |part: i64, whole: i64| part.clamp(0, whole).saturating_mul(100) / whole.max(1);
    let passed = share(replay.position - replay.from_seq + 1, replay.to_seq - replay.from_seq + 1);
    // The position stands at the first event that is still under way; what is beyond it counts too.
    let settled = replay.delivered + replay.failed + replay.skipped;
    let settled = replay.total.map_or(0, |total| share(settled, total));
    if replay.state == "done" { 100 } else { passed.max(settled) }
}

/// The replay that `{replay}` in the path names, which has to be this webhook's.
async fn replay_of(
    admin: &Admin,
    actor: &Actor,
    at: &InWebhook,
    raw: &str,
) -> Result<(ReplayId, ReplayView), AdminError> {
    let id: ReplayId = raw.parse().map_err(|_| AdminError::not_found("replay", raw))?;
    let replay = admin.replay(actor, id).await?;
    if replay.webhook_id != at.id.to_string() {
        return Err(AdminError::not_found("replay", raw));
    }
    Ok((id, replay))
}

async fn page(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Path((_, _, raw)): Path<(String, String, String)>,
) -> Shown {
    let (ui, admin, actor) = (&visit.ui, &panel.admin, &visit.actor);
    let (id, replay) = replay_of(admin, actor, &at, &raw).await?;
    let status = admin.webhook_status(actor, ui.lang, at.id).await?;
    let mut ends = [replay.from_seq, replay.to_seq].map(|seq| {
        let event = crate::domain::EventId { company: at.company, seq: crate::domain::Seq(seq) };
        (event.to_string(), None)
    });
    for (event, received) in &mut ends {
        let id = event.parse().map_err(|_| AdminError::not_found("event", &*event))?;
        let found = admin.event(actor, id).await.ok();
        *received = found.and_then(|event| lines::moment(Some(&event.received_at))).map(|at| ui.clock(at));
    }
    let path = format!("{}/replays", at.path());
    show(&One {
        frame: visit.frame(Section::Companies).of_company(at.company),
        crumbs: at.crumbs(ui).step(&path, &ui.say("replays-title")),
        path: format!("{path}/{id}"),
        name: name(ui, &replay),
        operates: actor.require(Role::Operator).is_ok(),
        ended: has_ended(&replay),
        progress: progress(ui, &replay, &status),
        ends,
        events: replay.events.join(", "),
        rate: replay.rate_per_second.map_or_else(String::new, |rate| ui.number(rate)),
        undelivered: replay.undelivered_only,
        as_new: replay.as_new,
        at: lines::moment(Some(&replay.created_at)).map(|at| ui.clock(at)),
        by: who(ui, &replay.created_by),
        ui: ui.clone(),
    })
}

async fn live(
    Reader(visit): Reader,
    at: InWebhook,
    State(panel): State<Panel>,
    Path((_, _, raw)): Path<(String, String, String)>,
) -> Result<Response, Failed> {
    let (id, _) = replay_of(&panel.admin, &visit.actor, &at, &raw).await?;
    let (admin, actor, ui, webhook) = (panel.admin.clone(), visit.actor.clone(), visit.ui.clone(), at.id);
    Ok(
        panel.hub.stream(&visit, &id.to_string(), move || {
            let (admin, actor, ui) = (admin.clone(), actor.clone(), ui.afresh());
            async move {
                look(&admin, &actor, &ui, webhook, id).await.map(|html| vec![("progress".to_owned(), html)])
            }
        }),
    )
}

async fn look(
    admin: &Admin,
    actor: &Actor,
    ui: &Ui,
    webhook: WebhookId,
    id: ReplayId,
) -> Result<String, AdminError> {
    let replay = admin.replay(actor, id).await?;
    let status = admin.webhook_status(actor, ui.lang, webhook).await?;
    progress(ui, &replay, &status).render().map_err(|error| AdminError::Internal(format!("a page: {error}")))
}

pub fn has_ended(replay: &ReplayView) -> bool {
    matches!(replay.state, "done" | "cancelled")
}

fn progress(ui: &Ui, replay: &ReplayView, status: &WebhookStatusView) -> Progress {
    let kind = match (replay.state, status.health.as_str()) {
        ("running", "paused") => "webhook-paused",
        ("running", "failing") => "webhook-failing",
        ("done", _) if replay.failed > 0 => "done-with-failures",
        (state, _) => state,
    };
    let mut figures = vec![
        (ui.say("replay-delivered"), replay.delivered),
        (ui.say("replay-failed"), replay.failed),
        (ui.say("replay-skipped"), replay.skipped),
    ];
    if let Some(total) = replay.total {
        figures.insert(0, (ui.say("replay-total"), total));
    }
    Progress {
        state: replay.state,
        badge: badge(ui, replay),
        percent: percent(replay),
        sentence: ui.say("replay-sentence").with("kind", kind).text(),
        figures: figures.into_iter().map(|(name, n)| (name.text(), ui.number(n))).collect(),
        ended: lines::moment(replay.ended_at.as_deref()).map(|at| ui.clock(at)),
        ui: ui.clone(),
    }
}

async fn step(
    Operator(visit): Operator,
    at: InWebhook,
    State(panel): State<Panel>,
    Path((_, _, raw, step)): Path<(String, String, String, String)>,
) -> Shown {
    let (id, _) = replay_of(&panel.admin, &visit.actor, &at, &raw).await?;
    let (step, said) = match step.as_str() {
        "pause" => (ReplayStep::Pause, visit.ui.say("replay-pause-done")),
        "resume" => (ReplayStep::Resume, visit.ui.say("replay-resume-done")),
        "cancel" => (ReplayStep::Cancel, visit.ui.say("replay-cancel-done")),
        other => return Err(AdminError::not_found("page", other).into()),
    };
    let back = format!("{}/replays/{id}", at.path());
    match panel.admin.step_replay(&visit.actor, id, step).await {
        Ok(_) => Ok(visit.done(&back, &said)),
        Err(error) => told(&visit, &back, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_passed_from_its_first_event_to_its_last() {
        let replay = |position, state| ReplayView {
            id: "replay_1".into(),
            webhook_id: "webhook_1".into(),
            from_seq: 101,
            to_seq: 300,
            state,
            position,
            events: Vec::new(),
            total: None,
            delivered: 0,
            failed: 0,
            skipped: 0,
            undelivered_only: false,
            as_new: false,
            rate_per_second: None,
            created_at: String::new(),
            created_by: String::new(),
            ended_at: None,
        };
        let at = |position, state| percent(&replay(position, state));
        assert_eq!(
            [at(0, "running"), at(100, "running"), at(200, "paused"), at(300, "running")],
            [0, 0, 50, 100]
        );
        assert_eq!((at(299, "running"), at(150, "done")), (99, 100));
        let slow = ReplayView { total: Some(50), delivered: 20, failed: 5, ..replay(110, "running") };
        assert_eq!(percent(&slow), 50, "what has arrived counts although an earlier event is under way");
    }
}
