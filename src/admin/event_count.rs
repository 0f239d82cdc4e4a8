//! How many events came in the last minutes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Actor, Admin, AdminError};
use crate::domain::bounds::Whole;
use crate::domain::{CompanyId, Timestamp};

/// Up to a week.
type Minutes = Whole<1, 10_080>;

/// How far back.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct EventCountQuery {
    /// Minutes before now, 1 to 10,080 (30).
    #[param(value_type = Option<Minutes>, inline)]
    pub minutes: Option<u32>,
}

/// The events of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventCountView {
    #[schema(value_type = Timestamp)]
    pub from: String,
    #[schema(value_type = Timestamp)]
    pub to: String,
    /// Received at `from` or later, and before `to`.
    pub events: i64,
}

impl Admin {
    /// Counts what is in the journal: to the event, and without what retention has taken away.
    pub async fn count_events(
        &self,
        actor: &Actor,
        company: CompanyId,
        query: &EventCountQuery,
    ) -> Result<EventCountView, AdminError> {
        self.company(actor, company).await?;
        let minutes = Minutes::check(query.minutes.unwrap_or(30));
        let minutes = minutes.map_err(|fault| AdminError::invalid("minutes", fault.into()))?;
        // What was committed by now came before now.
        let (last, to) = (self.journal.head(company), Timestamp::now());
        let from = Timestamp(to.0 - i64::from(minutes) * 60_000_000);
        let first = self.journal.time_to_seq(company, from).await?;
        let counted =
            if first > last { 0 } else { self.journal.count(company, first, last, |_| true).await?.events };
        Ok(EventCountView { from: from.to_string(), to: to.to_string(), events: counted })
    }
}
