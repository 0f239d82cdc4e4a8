//! When the silence of a company is told: a line that stands and says nothing while people work.

use std::time::Duration;

use super::Pattern;
use super::working_hours::WorkingHours;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceAlarm {
    pub enabled: bool,
    /// Without an event for so long, of which only working hours count.
    pub after: Duration,
    /// Events that count; none is all.
    pub types: Vec<Pattern>,
    pub hours: WorkingHours,
    /// 0 where nothing was saved yet.
    pub version: i64,
}

/// What a form begins with; it is off until somebody saves it.
impl Default for SilenceAlarm {
    fn default() -> Self {
        Self {
            enabled: false,
            after: Duration::from_mins(20),
            types: Vec::new(),
            hours: WorkingHours::default(),
            version: 0,
        }
    }
}
