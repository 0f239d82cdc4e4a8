//! A company on one time axis: its sources, what it received, what each webhook was sent, and what was changed meanwhile.
//!
//! What must hold here: every read is bounded; the counts are those of [`super::series`], and what is not recorded (before the
//! installation, beyond what is kept, beyond what is read) is in no run and in no known slot.

use super::heard::{Heard, Run, Spell, Turn, disjoint, spells};
use super::lane_changes::{Axis, LaneMark, MARKED, door_runs, marks, names, pause_turn};
use super::{
    Actor, Admin, AdminError, LinePicture, PauseReason, Series, SourceView, Span, StretchView, WebhookPicture,
};
use crate::domain::{CompanyId, Lang, SessionId, SourceId, Subject, Timestamp};
use crate::runtime::pause_reason;
use crate::sources;
use crate::store::{AuditEntry, AuditFilter, Webhook};

/// Webhooks that have a lane, the worst first; the others are counted.
pub const LANES: usize = 12;
/// Sessions that are read of a line, and as many gaps.
const STRETCHES: u32 = 2_000;
/// Lines of the audit log that are read, of webhooks and of sources.
const CHANGES: u32 = 500;

/// See the module.
pub struct Lanes {
    pub company: Series,
    pub sources: Vec<SourceLane>,
    pub webhooks: Vec<WebhookLane>,
    /// Webhooks beyond those.
    pub more: usize,
    /// Oldest first.
    pub marks: Vec<LaneMark>,
}

/// When a source was heard.
pub struct SourceLane {
    pub provider: &'static str,
    /// Of a line; of an endpoint it is known only when it was open.
    pub is_line: bool,
    pub runs: Vec<Run>,
}

/// What a webhook was sent.
pub struct WebhookLane {
    pub picture: WebhookPicture,
    pub series: Series,
    pub pauses: Vec<Pause>,
}

/// A time in which a webhook was paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    pub from: Timestamp,
    pub to: Timestamp,
    /// When it began and who paused it, as the audit log names them, where that is known.
    pub by: Option<(Timestamp, String)>,
    pub lasts: bool,
}

impl Lanes {
    /// The lanes of what the company has, without anything in them.
    pub fn awaited(picture: &LinePicture) -> Self {
        let source = |one: &SourceView| SourceLane {
            provider: sources::name(one.provider),
            is_line: one.path.is_none(),
            runs: Vec::new(),
        };
        let webhook = |one: &WebhookPicture| WebhookLane {
            picture: one.clone(),
            series: Series::none(),
            pauses: Vec::new(),
        };
        Self {
            company: Series::none(),
            sources: picture.sources.iter().map(source).collect(),
            webhooks: picture.webhooks.iter().take(LANES).map(webhook).collect(),
            more: picture.webhooks.len().saturating_sub(LANES),
            marks: Vec::new(),
        }
    }
}

impl Admin {
    /// Of everything that the company has; slots are counted from `origin`.
    pub async fn lanes(
        &self,
        actor: &Actor,
        lang: Lang,
        company: CompanyId,
        span: Span,
        origin: Timestamp,
    ) -> Result<Lanes, AdminError> {
        let series = self.series_of_company(actor, company, span, origin).await?;
        let picture = self.line_picture(actor, lang, company).await?;
        let (now, (from, end)) = (Timestamp::now(), series.reach());
        let axis = Axis { from, to: end.min(now), now };
        let names = names(&picture);
        let (changes, known_from) = self.changes(company, axis).await?;
        let mut restarts = Vec::new();
        let mut lanes = Lanes { company: series, ..Lanes::awaited(&picture) };
        for (lane, source) in lanes.sources.iter_mut().zip(&picture.sources) {
            let Ok(id) = source.id.parse::<SourceId>() else { continue };
            lane.runs = if lane.is_line {
                self.line_runs(id, axis, &mut restarts).await?
            } else {
                door_runs((&source.id, source.connect), &changes, &lanes.company, known_from, axis)
            };
        }
        let rows = self.store.webhooks(company).await?;
        let node = self.store.series(Subject::Node, span.step(), axis.from, end).await?;
        for lane in &mut lanes.webhooks {
            let Some(row) = rows.iter().find(|row| row.id.to_string() == lane.picture.id) else { continue };
            let points = self.store.series(Subject::Webhook(row.id), span.step(), axis.from, end).await?;
            lane.series = Series::new(span, axis.from, row.created_at, &node, points);
            lane.pauses = self.pauses(actor, row, &changes, known_from, axis).await?;
        }
        lanes.marks = marks(restarts, &changes, &names);
        Ok(lanes)
    }

    /// When lines of the company should have been heard and were not, between two moments.
    pub async fn line_gaps(
        &self,
        actor: &Actor,
        company: CompanyId,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<Run>, AdminError> {
        actor.require_company(company)?;
        let now = Timestamp::now();
        let axis = Axis { from, to: to.min(now), now };
        let mut runs = Vec::new();
        for source in self.store.sources(company).await? {
            runs.extend(self.line_runs(source.id, axis, &mut Vec::new()).await?);
        }
        // Where two lines were, the one that was down counts.
        let mut gaps = disjoint(runs, axis.from, axis.to);
        gaps.retain(|run| matches!(run.heard, Heard::Gap | Heard::Restart));
        Ok(gaps)
    }

    /// What was written down of a line, and when it went down with the program.
    async fn line_runs(
        &self,
        id: SourceId,
        axis: Axis,
        restarts: &mut Vec<Timestamp>,
    ) -> Result<Vec<Run>, AdminError> {
        let sessions = self.store.sessions(id, SessionId(i64::MAX), STRETCHES).await?;
        let gaps = self.store.gaps(id, i64::MAX, STRETCHES).await?;
        // Of the time before the oldest that was read only a part is known.
        let first = |read: usize, oldest: Option<Timestamp>| {
            oldest.filter(|_| read >= STRETCHES as usize).unwrap_or(axis.from)
        };
        let from = first(sessions.len(), sessions.iter().map(|one| one.started_at).min())
            .max(first(gaps.len(), gaps.iter().map(|one| one.started_at).min()))
            .max(axis.from);
        let sessions = sessions.iter().map(StretchView::session);
        let all: Vec<_> = sessions.chain(gaps.iter().map(StretchView::gap)).collect();
        let fell = all.iter().filter(|one| one.is_restart()).map(|one| one.from);
        restarts.extend(fell.filter(|at| *at >= axis.from && *at < axis.to));
        Ok(disjoint(all.iter().map(|one| Run::of(one, axis.now)), from, axis.to))
    }

    /// What was done to the company's webhooks and sources, oldest first, and from when on all of it is known.
    async fn changes(
        &self,
        company: CompanyId,
        axis: Axis,
    ) -> Result<(Vec<AuditEntry>, Timestamp), AdminError> {
        let (mut changes, mut known_from) = (Vec::new(), axis.from);
        for family in ["webhook", "source"] {
            let filter = AuditFilter {
                company: Some(company),
                actor: "",
                action: family,
                target: "",
                from: axis.from,
                to: axis.to,
            };
            let rows = self.store.audit_log(&filter, i64::MAX, CHANGES).await?;
            if rows.len() >= CHANGES as usize {
                known_from = known_from.max(rows.last().map_or(axis.from, |row| row.at));
            }
            changes.extend(rows.into_iter().filter(|row| MARKED.contains(&row.action.as_str())));
        }
        changes.sort_by_key(|row| (row.at, row.id));
        Ok((changes, known_from))
    }

    /// When a webhook was paused, as far as that was written down.
    async fn pauses(
        &self,
        actor: &Actor,
        row: &Webhook,
        changes: &[AuditEntry],
        known_from: Timestamp,
        axis: Axis,
    ) -> Result<Vec<Pause>, AdminError> {
        let target = Some(row.id.to_string());
        let own: Vec<&AuditEntry> = changes
            .iter()
            .filter(|one| one.target == target && one.at >= known_from)
            .filter(|one| matches!(one.action.as_str(), "webhook.pause" | "webhook.resume"))
            .collect();
        let turns: Vec<Turn> = own.iter().map(|one| pause_turn(one)).collect();
        let reason = pause_reason(row);
        let by_person = matches!(reason, Some(PauseReason::Operator(_)));
        let from = known_from.max(row.created_at);
        let last_on = turns.last().map_or(by_person, |turn| turn.is_on);
        let mut pauses = Vec::new();
        for Spell { from, to, begun } in spells(&turns, by_person, from, axis.to) {
            let lasts = to == axis.to && reason.is_some();
            let by = match begun {
                Some(n) => Some((own[n].at, own[n].actor.clone())),
                None if lasts => {
                    let by = self.paused_by(actor, row.company, row.id).await?;
                    by.map(|last| (last.at, last.actor))
                }
                None => None,
            };
            pauses.push(Pause { from, to, by, lasts });
        }
        // Its endpoint said that it is no more: since the row was changed, at the latest.
        if reason.is_some() && !last_on {
            let from = row.updated_at.max(axis.from);
            pauses.push(Pause { from, to: axis.to, by: None, lasts: true });
        }
        pauses.retain(|pause| pause.from < pause.to);
        Ok(pauses)
    }
}
