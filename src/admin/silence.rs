//! When the silence of a company is told: after how long, of which events, in which hours.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::fault::{Expected, Fault, Faults};
use super::own_account::USUAL_ZONE;
use super::place::Place;
use super::{Actor, Admin, AdminError, Role, audit, refused};
use crate::domain::bounds::{List, Whole};
use crate::domain::silence::SilenceAlarm;
use crate::domain::working_hours::{Hours, WorkingHours};
use crate::domain::{CompanyId, Day, Pattern, ValueFault};

/// A day at most.
type Minutes = Whole<1, 1_440>;
type Types = List<Pattern, 0, 50>;
type DaysOff = List<Day, 0, 200>;
const MOST_TYPES: usize = 50;
const MOST_DAYS: usize = 200;
const WEEKDAYS: i64 = 7;

/// Hours of a weekday: `{"from": "08:00", "to": "20:00"}`; `24:00` is the end of the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayHours {
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    pub from: String,
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
    pub to: String,
}

/// When the silence of a company is told. What is absent stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceAlarmInput {
    pub enabled: Option<bool>,
    /// Without an event for so many minutes of working time, 1 to 1,440.
    #[schema(value_type = Option<Minutes>, inline)]
    pub after_minutes: Option<i64>,
    /// Events that count, as a webhook's `events`; empty is all.
    #[schema(value_type = Option<Types>, inline)]
    pub events: Option<Vec<String>>,
    /// When the company works, Monday first: seven days, `null` where nobody does. In Brasília time.
    #[schema(value_type = Option<Vec<Option<DayHours>>>, min_items = 7, max_items = 7)]
    pub week: Option<Vec<Option<DayHours>>>,
    /// Nobody works on Brazil's national holidays.
    pub holidays_off: Option<bool>,
    /// Other days on which nobody works.
    #[schema(value_type = Option<DaysOff>, inline)]
    pub days_off: Option<Vec<String>>,
    /// The version that was read; another one since is a conflict.
    pub version: Option<i64>,
}

/// See [`SilenceAlarmInput`].
#[derive(Debug, Serialize, ToSchema)]
pub struct SilenceAlarmView {
    pub enabled: bool,
    pub after_minutes: u64,
    pub events: Vec<Pattern>,
    #[schema(value_type = Vec<Option<DayHours>>)]
    pub week: Vec<Option<DayHours>>,
    pub holidays_off: bool,
    pub days_off: BTreeSet<Day>,
    /// When events came on most days of the last four weeks, for who wants to take it as `week`; absent where less than a week was
    /// counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Option<DayHours>>>)]
    pub suggested_week: Option<Vec<Option<DayHours>>>,
    /// 0 where nothing was saved yet.
    pub version: i64,
}

impl Admin {
    pub async fn silence_alarm(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<SilenceAlarmView, AdminError> {
        self.company(actor, company).await?;
        let zone = TimeZone::get(USUAL_ZONE).unwrap_or(TimeZone::UTC);
        let suggested = self.learned_week(company, &zone).await?;
        let suggested_week = suggested.map(|week| week.map(|hours| hours.map(written)).into());
        Ok(SilenceAlarmView { suggested_week, ..view(&self.store.silence_alarm(company).await?) })
    }

    /// The same as it is stored, without a look at its events.
    pub async fn silence_alarm_stored(
        &self,
        actor: &Actor,
        company: CompanyId,
    ) -> Result<SilenceAlarmView, AdminError> {
        self.company(actor, company).await?;
        Ok(view(&self.store.silence_alarm(company).await?))
    }

    pub async fn save_silence_alarm(
        &self,
        actor: &Actor,
        company: CompanyId,
        input: &SilenceAlarmInput,
    ) -> Result<SilenceAlarmView, AdminError> {
        actor.require(Role::Administrator)?;
        self.company(actor, company).await?;
        let before = self.store.silence_alarm(company).await?;
        let alarm = checked(&before, input).map_err(AdminError::Invalid)?;
        let by = actor.clone();
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_silence_alarm(company, &alarm).await?;
                let detail = json!({ "before": view(&before), "after": view(&alarm) });
                tx.audit(&audit(&by, "silence_alarm.update", Some(company), company.to_string(), &detail))
                    .await
            })
        });
        saved.await.map_err(refused("version"))?;
        self.silence_alarm(actor, company).await
    }
}

fn checked(
    before: &SilenceAlarm,
    input: &SilenceAlarmInput,
) -> Result<SilenceAlarm, Vec<super::fault::FieldFault>> {
    let (mut alarm, mut faults) = (before.clone(), Faults::default());
    alarm.enabled = input.enabled.unwrap_or(alarm.enabled);
    alarm.version = input.version.unwrap_or(before.version);
    alarm.hours.holidays_off = input.holidays_off.unwrap_or(alarm.hours.holidays_off);
    if let Some(raw) = input.after_minutes {
        let minutes = Minutes::check(raw).map_err(Fault::Value);
        let after = minutes.map(|it| Duration::from_mins(u64::try_from(it).unwrap_or(0)));
        faults.set(&mut alarm.after, "after_minutes", after);
    }
    if let Some(raw) = &input.events {
        if raw.len() > MOST_TYPES {
            faults.add("events", Fault::Value(ValueFault::TooMany { max: MOST_TYPES }));
        }
        alarm.types.clear();
        for (at, raw) in raw.iter().take(MOST_TYPES).enumerate() {
            alarm.types.extend(faults.check(
                Place::from("events").at(at),
                raw.parse::<Pattern>().map_err(|wrong| Fault::Value(wrong.into())),
            ));
        }
    }
    if let Some(raw) = &input.week {
        week(raw, &mut alarm.hours, &mut faults);
    }
    if let Some(raw) = &input.days_off {
        if raw.len() > MOST_DAYS {
            faults.add("days_off", Fault::Value(ValueFault::TooMany { max: MOST_DAYS }));
        }
        alarm.hours.days_off.clear();
        for (at, raw) in raw.iter().take(MOST_DAYS).enumerate() {
            let day = raw.parse::<Day>().map_err(|_| Fault::Malformed { expected: Expected::Date });
            alarm.hours.days_off.extend(faults.check(Place::from("days_off").at(at), day));
        }
    }
    faults.done()?;
    Ok(alarm)
}

fn week(raw: &[Option<DayHours>], hours: &mut WorkingHours, faults: &mut Faults) {
    if i64::try_from(raw.len()) != Ok(WEEKDAYS) {
        return faults.add("week", Fault::Value(ValueFault::OutOfRange { min: WEEKDAYS, max: WEEKDAYS }));
    }
    for (at, day) in raw.iter().enumerate() {
        hours.week[at] = day.as_ref().and_then(|day| {
            let place = |field: &str| Place::from("week").at(at).key(field);
            let from = faults.check(place("from"), minute(&day.from))?;
            let to = faults.check(place("to"), minute(&day.to))?;
            faults.check(place("to"), Hours::new(from, to).ok_or(Fault::EndBeforeStart))
        });
    }
}

/// `08:30` as minutes of the day.
pub(super) fn minute(raw: &str) -> Result<u16, Fault> {
    let wrong = || Fault::Malformed { expected: Expected::Clock };
    let (hour, minute) = raw.trim().split_once(':').ok_or_else(wrong)?;
    let number = |text: &str, most: u16| {
        let plain = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| plain && *number <= most)
    };
    let (hour, minute) = number(hour, 24).zip(number(minute, 59)).ok_or_else(wrong)?;
    let whole = hour * 60 + minute;
    if whole <= Hours::ALL.to { Ok(whole) } else { Err(wrong()) }
}

/// Minutes of the day as `08:30`.
pub(super) fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn view(alarm: &SilenceAlarm) -> SilenceAlarmView {
    SilenceAlarmView {
        enabled: alarm.enabled,
        after_minutes: alarm.after.as_secs() / 60,
        events: alarm.types.clone(),
        week: alarm.hours.week.iter().map(|hours| hours.map(written)).collect(),
        holidays_off: alarm.hours.holidays_off,
        days_off: alarm.hours.days_off.clone(),
        suggested_week: None,
        version: alarm.version,
    }
}

fn written(hours: Hours) -> DayHours {
    DayHours { from: clock(hours.from), to: clock(hours.to) }
}
