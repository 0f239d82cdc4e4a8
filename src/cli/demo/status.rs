//! How the demonstration stands, as a line.

use std::time::Duration;

use ramal::admin::{Actor, Admin, OverviewSize};
use ramal::domain::Lang;
use ramal::simulator::receiver::{Receiver, Stats};
use ramal::texts::say;
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;

use super::screen::Screen;

/// Between two looks where the line is rewritten, and where each is a line of its own.
const REWRITTEN_EVERY: Duration = Duration::from_secs(1);
const SAID_EVERY: Duration = Duration::from_secs(30);

/// What has come of it since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Figures {
    /// Written to the journal.
    events: u64,
    /// Accepted by the receiver, each once.
    delivered: u64,
    /// Waiting for webhooks.
    waiting: u64,
    repeated: u64,
    disordered: u64,
}

impl Figures {
    fn new(events: u64, waiting: u64, stats: &Stats) -> Self {
        Self {
            events,
            delivered: stats.distinct(),
            waiting,
            repeated: stats.duplicates,
            disordered: stats.order_violations,
        }
    }

    fn text(&self, lang: Lang) -> String {
        let line = say(lang, "demo-status").with("events", self.events).with("delivered", self.delivered);
        let line = line.with("waiting", self.waiting).with("repeated", self.repeated);
        line.with("disordered", self.disordered).text()
    }
}

/// Keeps the line at the bottom of the screen, under `panel`; never ends by itself.
pub async fn keep(
    screen: &Screen,
    rewrites: bool,
    panel: &str,
    lang: Lang,
    admin: &Admin,
    customer: &Receiver,
) {
    let mut looks = interval(if rewrites { REWRITTEN_EVERY } else { SAID_EVERY });
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    if !rewrites {
        // There is nothing to say yet.
        looks.tick().await;
    }
    loop {
        looks.tick().await;
        match admin.overview(&Actor::command_line(), lang, OverviewSize { rows: 0, cells: 0 }).await {
            Ok(overview) => {
                let waiting = overview.backlog.events;
                let figures = Figures::new(admin.journal.counts().events, waiting, &customer.stats());
                screen.stand(vec![panel.to_owned(), figures.text(lang)]);
            }
            Err(error) => warn!(%error, "how the demonstration stands is not known"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_adds_up_and_is_written_as_people_write() {
        let stats = Stats { accepted: 12_434, duplicates: 3, order_violations: 1, ..Stats::default() };
        let figures = Figures::new(12_480, 49, &stats);
        assert_eq!((figures.delivered, figures.waiting), (12_431, 49));
        assert_eq!(
            figures.text(Lang::Pt),
            "12.480 eventos · 12.431 entregues · 49 na fila · 3 repetidos · 1 fora de ordem"
        );
        let one = Figures::new(1, 0, &Stats { accepted: 1, ..Stats::default() });
        assert_eq!(one.text(Lang::Pt), "1 evento · 1 entregue · 0 na fila · 0 repetidos · 0 fora de ordem");
        assert_eq!(
            figures.text(Lang::En),
            "12,480 events · 12,431 delivered · 49 waiting · 3 twice · 1 out of order"
        );
    }
}
