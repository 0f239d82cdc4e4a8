//! What runs, in figures, for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Runtime;
use crate::domain::SourceState;
use crate::watch::metrics::Figures;

impl Runtime {
    /// What runs, in figures.
    pub async fn figures(&self) -> Figures {
        let census = self.running().lines.census();
        let lines =
            SourceState::ALL.iter().map(|state| (state.as_str(), census.get(state).copied().unwrap_or(0)));
        let budget = &self.inner.budget;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let decisions = self.inner.decisions.counts();
        let mut figures = Figures {
            lines: lines.collect(),
            webhooks: ["healthy", "unstable", "slow", "failing", "paused"].map(|health| (health, 0)).to_vec(),
            panics: self.inner.panics.count(),
            looks_at_everything: of(&self.inner.costs.everything),
            looks_at_companies: of(&self.inner.costs.companies),
            rows_looked_at: of(&self.inner.costs.rows),
            frame_bytes: budget.used(),
            frame_capacity: budget.capacity(),
            unread_sessions: budget.unread_sessions(),
            overloads: budget.stops(),
            webhook_bytes: self.inner.couriers.bytes_in_hand(),
            decisions: vec![
                ("sent", decisions.sent),
                ("failed", decisions.failed),
                ("expired", decisions.expired),
            ],
            decision_attempts: decisions.attempts,
            decision_us: decisions.took_us,
            ..Figures::default()
        };
        for (_, _, status) in self.inner.couriers.statuses() {
            let health = figures.webhooks.iter_mut().find(|(health, _)| *health == status.health.as_str());
            if let Some((_, count)) = health {
                *count += 1;
            }
            figures.delivered += status.counters.delivered;
            figures.failed += status.counters.failures;
            figures.died += status.counters.died;
            figures.not_wanted += status.counters.not_wanted;
            figures.crowded_out += status.counters.crowded_out;
            figures.paced += usize::from(status.pace.is_some());
            figures.held += status.held;
            figures.in_flight += status.in_flight;
            figures.exchange_us += status.total_us;
        }
        // While the database cannot be read nobody knows, and the figure is missing.
        figures.backlog = self.backlog_of_all().await.ok().map(|backlog| backlog.events);
        figures
    }
}
