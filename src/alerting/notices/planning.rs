//! The incidents' log, read once: of each step, who is to be told and when.

use futures_util::FutureExt as _;
use jiff::tz::TimeZone;

use super::Notices;
use crate::domain::alert_rule::{Notice, QuietHours, Why, plan};
use crate::domain::incident::{Step, WORSE};
use crate::domain::{IncidentId, Timestamp};
use crate::store::{LoggedStep, StoreError};

/// Lines of the log in one transaction.
const STEPS: u32 = 50;

impl Notices {
    /// Reads on in the log; notices that come of it are written down with how far that is.
    pub(super) async fn plan(&mut self) -> Result<(), StoreError> {
        loop {
            let alerting = self.store.alerting().await?;
            let steps = self.store.incident_steps_after(alerting.planned_to, STEPS).await?;
            let Some(up_to) = steps.last().map(|step| step.id) else { return Ok(()) };
            let rules = self.store.alert_rules().await?;
            // What was to be told further, or again, of one that ended or came back begins anew.
            let mut notices: Vec<Notice> = Vec::new();
            let mut begun_anew = Vec::new();
            for step in &steps {
                if matches!(step.entry.step, Step::Closed | Step::Again) {
                    notices.retain(|one| one.incident != step.incident || !one.why.comes_later());
                    begun_anew.push(step.incident);
                }
                let of_step = self.of_step(step, &rules, &notices).await?;
                notices.extend(of_step);
            }
            let now = Timestamp::now();
            self.journal
                .control(move |tx| {
                    async move { tx.plan_notices(up_to, &begun_anew, &notices, now).await }.boxed()
                })
                .await?;
        }
    }

    async fn of_step(
        &self,
        LoggedStep { incident: id, entry, .. }: &LoggedStep,
        rules: &[crate::domain::alert_rule::AlertRule],
        planned: &[Notice],
    ) -> Result<Vec<Notice>, StoreError> {
        if entry.step == Step::Closed {
            return self.of_end(*id, entry.at, rules).await;
        }
        let Some(incident) = self.store.incident(*id).await? else { return Ok(Vec::new()) };
        let worse = entry.detail.as_deref() == Some(WORSE);
        if entry.step != Step::Changed || worse {
            return Ok(plan(&incident, entry.step, worse, entry.at, rules));
        }
        // It may have become of a kind that somebody is to be told of, who was not told of it as what it was.
        let of_kinds: Vec<_> = rules.iter().filter(|rule| !rule.terms.kinds.is_empty()).cloned().collect();
        let mut notices = plan(&incident, Step::Opened, false, entry.at, &of_kinds);
        if !notices.is_empty() {
            let named = self.store.named_in_notices(*id).await?;
            let is_new = |contact| {
                let is_planned = |one: &Notice| one.incident == *id && one.contact == contact;
                !named.contains(&contact) && !planned.iter().any(is_planned)
            };
            notices.retain(|notice| is_new(notice.contact));
        }
        Ok(notices)
    }

    /// Whoever was told of it, by rules that say so, is told that it is over.
    async fn of_end(
        &self,
        incident: IncidentId,
        at: Timestamp,
        rules: &[crate::domain::alert_rule::AlertRule],
    ) -> Result<Vec<Notice>, StoreError> {
        let Some(ended) = self.store.incident(incident).await? else { return Ok(Vec::new()) };
        let told = self.store.told_of(incident).await?;
        Ok(told
            .into_iter()
            .filter_map(|contact| {
                let rule = rules.iter().find(|rule| rule.terms.tells_end && rule.tells(contact, &ended))?;
                Some(Notice { contact, incident, rule: rule.id, why: Why::Closed, due_at: at })
            })
            .collect())
    }
}

/// When the quiet hours are over in which a moment lies.
pub fn over(quiet: QuietHours, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let moment = jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(zone.clone());
    let minute = u16::try_from(i32::from(moment.hour()) * 60 + i32::from(moment.minute())).ok()?;
    let QuietHours { from, to } = quiet;
    let (quiet, tomorrow) = if from <= to {
        (from <= minute && minute < to, false)
    } else {
        (minute >= from || minute < to, minute >= from)
    };
    let day = if tomorrow { moment.date().tomorrow().ok()? } else { moment.date() };
    let (hour, minute) = (i8::try_from(to / 60).ok()?, i8::try_from(to % 60).ok()?);
    let ends = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    quiet.then(|| Timestamp(ends.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_over_midnight_and_end_in_the_morning() {
        let zone = TimeZone::get("America/Sao_Paulo").expect("a zone");
        let at = |text: &str| -> Timestamp { format!("{text}:00-03:00").parse().expect("a time") };
        let ends = |from, to, text| over(QuietHours { from, to }, at(text), &zone);
        let (night, morning) = (22 * 60, 7 * 60);
        assert_eq!(ends(night, morning, "2026-11-27T23:10"), Some(at("2026-11-28T07:00")));
        assert_eq!(ends(night, morning, "2026-11-28T06:59"), Some(at("2026-11-28T07:00")));
        assert_eq!(ends(night, morning, "2026-11-28T07:00"), None);
        assert_eq!(ends(night, morning, "2026-11-28T21:59"), None);
        assert_eq!(ends(12 * 60, 13 * 60, "2026-11-28T12:30"), Some(at("2026-11-28T13:00")));
        assert_eq!(ends(12 * 60, 13 * 60, "2026-11-28T13:00"), None);
    }
}
