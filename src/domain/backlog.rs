//! How many events wait for a webhook, and how well that is known.

/// Events that a webhook wants and has not settled; what it set aside is not among them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    pub events: u64,
    pub known: Known,
}

/// How well a number is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Known {
    #[default]
    Exactly,
    /// Rules on payloads have yet to decide about some.
    AtMost,
    /// More have not been counted yet.
    AtLeast,
}

impl Known {
    /// The word of the API and of the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Known::Exactly => "exactly",
            Known::AtMost => "at_most",
            Known::AtLeast => "at_least",
        }
    }
}

impl Backlog {
    pub fn exactly(events: u64) -> Backlog {
        Backlog { events, known: Known::Exactly }
    }

    /// Certainly nothing.
    pub fn is_empty(self) -> bool {
        self.events == 0 && self.known != Known::AtLeast
    }
}

/// What several webhooks have before them, all together.
impl std::iter::Sum for Backlog {
    fn sum<I: Iterator<Item = Backlog>>(all: I) -> Backlog {
        all.fold(Backlog::default(), |sum, one| Backlog {
            events: sum.events + one.events,
            known: sum.known.max(one.known),
        })
    }
}
