//! When nobody is to be disturbed: only what loses events is told then.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::fault::{Expected, Fault, Faults};
use super::own_account::USUAL_ZONE;
use super::silence::{clock, minute};
use super::users::require_all;
use super::{Actor, Admin, AdminError, Role, audit, refused};
use crate::alerting::notices;
use crate::domain::alert_rule::QuietHours;
use crate::domain::{Timestamp, ValueFault};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// From a time of the day to another, over midnight if the first is the later, in Brasília time. Both empty is never.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursInput {
    #[serde(default)]
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]
    pub from: String,
    #[serde(default)]
    #[schema(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]
    pub to: String,
    /// The version that was read; another one since is a conflict.
    pub version: Option<i64>,
}

/// See [`QuietHoursInput`].
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QuietHoursView {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    pub version: i64,
}

impl Admin {
    /// Those of the installation.
    pub async fn quiet_hours(&self) -> Result<QuietHoursView, AdminError> {
        let alerting = self.store.alerting().await?;
        Ok(QuietHoursView {
            from: alerting.quiet.map(|quiet| clock(quiet.from)),
            to: alerting.quiet.map(|quiet| clock(quiet.to)),
            version: alerting.version,
        })
    }

    pub async fn save_quiet_hours(
        &self,
        actor: &Actor,
        input: &QuietHoursInput,
    ) -> Result<QuietHoursView, AdminError> {
        actor.require(Role::Administrator)?;
        require_all(actor)?;
        let (before, now) = (self.quiet_hours().await?, Timestamp::now());
        let waits_until = self.quiet_until(now).await?;
        let version = input.version.unwrap_or(before.version);
        let quiet = checked(input)?;
        let by = actor.clone();
        let after = quiet.map(|quiet| (clock(quiet.from), clock(quiet.to)));
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_quiet_hours(quiet, version).await?;
                if let Some(until) = waits_until {
                    tx.end_quiet(until, now).await?;
                }
                let detail = json!({ "before": before, "after": after });
                tx.audit(&audit(&by, "quiet_hours.update", None, "quiet_hours".to_owned(), &detail)).await
            })
        });
        saved.await.map_err(refused("version"))?;
        self.quiet_hours().await
    }
}

impl Admin {
    /// When the quiet hours are over that are now.
    pub(super) async fn quiet_until(&self, now: Timestamp) -> Result<Option<Timestamp>, AdminError> {
        let zone = TimeZone::get(USUAL_ZONE).unwrap_or(TimeZone::UTC);
        let quiet = self.store.alerting().await?.quiet;
        Ok(quiet.and_then(|quiet| notices::over(quiet, now, &zone)))
    }
}

fn checked(input: &QuietHoursInput) -> Result<Option<QuietHours>, AdminError> {
    let (from, to) = (input.from.trim(), input.to.trim());
    if from.is_empty() && to.is_empty() {
        return Ok(None);
    }
    let mut faults = Faults::default();
    let mut time = |field: &'static str, raw: &str| {
        let parsed = match raw {
            "" => Err(Fault::Value(ValueFault::Missing)),
            raw => minute(raw).and_then(|at| {
                if at < DAY { Ok(at) } else { Err(Fault::Malformed { expected: Expected::Clock }) }
            }),
        };
        faults.check(field, parsed)
    };
    let both = (time("from", from), time("to", to));
    faults.done().map_err(AdminError::Invalid)?;
    let (Some(from), Some(to)) = both else { return Ok(None) };
    if from == to {
        return Err(AdminError::invalid("to", Fault::EndBeforeStart));
    }
    Ok(Some(QuietHours { from, to }))
}
