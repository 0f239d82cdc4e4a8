//! What the audit log says of the time that lanes show: marks across all of them, when a webhook was paused, when an endpoint was open.

use std::collections::HashMap;

use super::heard::{Heard, Run, Turn, disjoint, spells};
use super::{LinePicture, PauseReason, Series};
use crate::domain::Timestamp;
use crate::sources;
use crate::store::AuditEntry;

/// Lines that went down within this time of each other did so with the same restart.
const ONE_RESTART: i64 = 60_000_000;

/// The time that the lanes show.
#[derive(Clone, Copy)]
pub(super) struct Axis {
    pub from: Timestamp,
    pub to: Timestamp,
    pub now: Timestamp,
}

/// Something that happened to all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneMark {
    pub at: Timestamp,
    pub what: Marked,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Marked {
    /// The program was started again.
    Restart,
    /// `webhook.update`, …; what it was done to by name, and who did it, as the audit log names them.
    Change { action: String, name: String, actor: String },
}

/// What is set, switched or made; not what is tried or sent again.
pub(super) const MARKED: [&str; 11] = [
    "webhook.create",
    "webhook.update",
    "webhook.delete",
    "webhook.pause",
    "webhook.resume",
    "webhook.rotate_secret",
    "source.create",
    "source.update",
    "source.delete",
    "source.connect",
    "source.disconnect",
];

/// A pause, or its end.
pub(super) fn pause_turn(entry: &AuditEntry) -> Turn {
    let before = detail(entry).and_then(|detail| detail.get("before")?.as_str().map(str::to_owned));
    // When an endpoint took itself away is not in the log.
    let was_on = before.is_some_and(|before| before != PauseReason::Gone.to_string());
    Turn { at: entry.at, is_on: entry.action == "webhook.pause", was_on }
}

/// When an endpoint was open: while the program ran and nobody had closed it.
pub(super) fn door_runs(
    (id, is_open): (&str, bool),
    changes: &[AuditEntry],
    company: &Series,
    known_from: Timestamp,
    axis: Axis,
) -> Vec<Run> {
    let was_on = |entry: &AuditEntry| detail(entry)?.get("before")?.get("connect")?.as_bool();
    let own: Vec<_> =
        changes.iter().filter(|one| one.target.as_deref() == Some(id) && one.at >= known_from).collect();
    let made = own.iter().find(|one| one.action == "source.create").map(|one| one.at);
    let turns: Vec<Turn> = own
        .iter()
        .filter(|one| matches!(one.action.as_str(), "source.connect" | "source.disconnect"))
        .map(|one| {
            let is_on = one.action == "source.connect";
            Turn { at: one.at, is_on, was_on: was_on(one).unwrap_or(!is_on) }
        })
        .collect();
    let from = made.unwrap_or(known_from).max(known_from);
    let open = spells(&turns, is_open, from, axis.to);
    let on = |from: Timestamp, to: Timestamp| {
        let spells = open.iter().map(move |spell| (spell.from.max(from), spell.to.min(to)));
        spells.map(|(from, to)| Run { heard: Heard::On, from, to })
    };
    let ran = company.slots.iter().filter(|slot| slot.minutes > 0);
    let width = company.span.width();
    let mut runs: Vec<Run> = ran.flat_map(|slot| on(slot.at, Timestamp(slot.at.0 + width))).collect();
    let mut since = from;
    for end in open.iter().map(|spell| (spell.from, spell.to)).chain([(axis.to, axis.to)]) {
        runs.push(Run { heard: Heard::Rest, from: since, to: end.0 });
        since = end.1;
    }
    disjoint(runs, axis.from, axis.to)
}

fn detail(entry: &AuditEntry) -> Option<serde_json::Value> {
    serde_json::from_str(entry.detail.as_deref()?).ok()
}

/// What was deleted is called as it was then.
fn gone(row: &AuditEntry) -> Option<String> {
    let detail = detail(row)?;
    let name = detail.get("settings").and_then(|settings| settings.get("name"));
    let provider = || detail.get("provider")?.as_str().map(|id| sources::name(id).to_owned());
    name.and_then(|name| name.as_str()).map(str::to_owned).or_else(provider)
}

/// What the company has, by id.
pub(super) fn names(picture: &LinePicture) -> HashMap<&str, &str> {
    let webhooks = picture.webhooks.iter().map(|one| (one.id.as_str(), one.name.as_str()));
    let sources = picture.sources.iter().map(|one| (one.id.as_str(), sources::name(one.provider)));
    webhooks.chain(sources).collect()
}

/// Restarts and changes, oldest first.
pub(super) fn marks(
    mut restarts: Vec<Timestamp>,
    changes: &[AuditEntry],
    names: &HashMap<&str, &str>,
) -> Vec<LaneMark> {
    restarts.sort_unstable();
    restarts.dedup_by(|next, first| next.0 - first.0 < ONE_RESTART);
    let mut marks: Vec<_> = restarts.into_iter().map(|at| LaneMark { at, what: Marked::Restart }).collect();
    marks.extend(changes.iter().map(|row| {
        let target = row.target.as_deref().unwrap_or_default();
        let name = names.get(target).map(|name| (*name).to_owned()).or_else(|| gone(row));
        let name = name.unwrap_or_else(|| target.to_owned());
        LaneMark {
            at: row.at,
            what: Marked::Change { action: row.action.clone(), name, actor: row.actor.clone() },
        }
    }));
    marks.sort_by_key(|mark| mark.at);
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::{Slot, Span};
    use crate::domain::CompanyId;

    const MINUTE: i64 = 60_000_000;

    fn at(minute: i64) -> Timestamp {
        Timestamp(minute * MINUTE)
    }

    fn entry(minute: i64, action: &str, target: &str, detail: &str) -> AuditEntry {
        AuditEntry {
            id: minute,
            at: at(minute),
            actor: "user_1 Ana Souza".into(),
            address: None,
            action: action.into(),
            company: Some(CompanyId(1)),
            target: Some(target.into()),
            detail: Some(detail.into()),
        }
    }

    #[test]
    fn an_endpoint_was_open_while_the_program_ran_and_nobody_had_closed_it() {
        // It did not run in the minutes 2 and 3.
        let slot = |n: i64| Slot { at: at(n), minutes: u32::from(!(2..4).contains(&n)), ..Slot::default() };
        let company = Series { span: Span::Hour, slots: (0..10).map(slot).collect() };
        let changes = [
            entry(5, "source.disconnect", "source_7", r#"{"before":{"connect":true,"state":"connected"}}"#),
            entry(6, "source.disconnect", "source_8", r#"{"before":{"connect":true}}"#),
            entry(8, "source.connect", "source_7", r#"{"before":{"connect":false}}"#),
        ];
        let axis = Axis { from: at(0), to: at(10), now: at(10) };
        let runs = door_runs(("source_7", true), &changes, &company, at(0), axis);
        let run = |heard, from, to| Run { heard, from: at(from), to: at(to) };
        let wanted =
            [run(Heard::On, 0, 2), run(Heard::On, 4, 5), run(Heard::Rest, 5, 8), run(Heard::On, 8, 10)];
        assert_eq!(runs, wanted);
        // Of one that was made meanwhile nothing is said before; nor of what was not read.
        let made = [entry(7, "source.create", "source_7", "{}")];
        let runs = door_runs(("source_7", true), &made, &company, at(0), axis);
        assert_eq!(runs, [run(Heard::On, 7, 10)]);
        assert_eq!(door_runs(("source_7", true), &[], &company, at(6), axis), [run(Heard::On, 6, 10)]);
    }

    #[test]
    fn lines_that_went_down_together_are_one_restart_and_what_is_gone_keeps_its_name() {
        let changes = [
            entry(3, "webhook.delete", "webhook_9", r#"{"settings":{"name":"Antigo"}}"#),
            entry(4, "webhook.update", "webhook_2", "{}"),
            entry(6, "source.delete", "source_9", r#"{"provider":"outra"}"#),
        ];
        let fell = vec![at(5), at(2), Timestamp(at(2).0 + MINUTE / 2)];
        let names = HashMap::from([("webhook_2", "ERP")]);
        let marks = marks(fell, &changes, &names);
        let said: Vec<_> = marks
            .iter()
            .map(|mark| match &mark.what {
                Marked::Restart => (mark.at, "restart"),
                Marked::Change { name, .. } => (mark.at, name.as_str()),
            })
            .collect();
        let wanted = [(2, "restart"), (3, "Antigo"), (4, "ERP"), (5, "restart"), (6, "outra")];
        assert_eq!(said, wanted.map(|(minute, name)| (at(minute), name)));
    }

    #[test]
    fn a_resume_says_that_it_was_paused_unless_it_had_gone_away_itself() {
        let was_on = |detail: &str| pause_turn(&entry(1, "webhook.resume", "webhook_2", detail)).was_on;
        assert!(
            was_on(r#"{"before":"","reason":null}"#) && was_on(r#"{"before":"Manutenção","reason":null}"#)
        );
        let gone = serde_json::json!({ "before": PauseReason::Gone.to_string(), "reason": null }).to_string();
        assert!(!was_on(&gone) && !was_on(r#"{"before":null,"reason":""}"#));
    }
}
