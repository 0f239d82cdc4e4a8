//! Whether events can be written down.

use crate::journal::RecorderHealth;

/// The process as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    trouble: Option<&'static str>,
}

impl Health {
    pub fn of(recorder: &RecorderHealth) -> Self {
        let trouble = match recorder {
            RecorderHealth::Working => None,
            RecorderHealth::Waiting { reason, .. } => Some(reason.as_str()),
        };
        Self { trouble }
    }

    /// A stable word for what is wrong.
    pub fn trouble(self) -> Option<&'static str> {
        self.trouble
    }
}
