//! What happened to incidents becomes notices, and notices become messages.
//!
//! What must hold here:
//!
//! - Notices are as durable as deliveries: they are planned in the transaction that says how far the incidents' log was read, and are
//!   done with in the one that follows the answer. Whatever ends in between, each is told once or twice, never not at all.
//! - None of it is on the way of an event or a delivery: it reads the store and waits for the network in a duty of its own.
//! - A storm is one message: what is due to a contact within a few seconds goes together, and the next message waits a while.
//! - What is not wanted any more when its time comes (it is over, acknowledged, silenced; the rule is gone) is dropped.
//! - That the database takes no writes is told too, although it cannot be written down that it was: once by each process.

mod due;
mod planning;
mod unwritten;

pub use planning::over;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::tz::TimeZone;

use super::Senders;
use crate::domain::incident::Incident;
use crate::domain::{ContactPointId, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::journal::Journal;
use crate::store::{Store, StoreError};

pub const SPEC: Spec = Spec::new("alerts", Rhythm::Every(Duration::from_secs(2)));

/// Incidents that cannot be written down, as they are found now.
pub type Unwritten = Arc<dyn Fn() -> Vec<Incident> + Send + Sync>;

/// The duty.
pub struct Notices {
    store: Store,
    journal: Journal,
    senders: Senders,
    /// Of quiet hours.
    zone: TimeZone,
    /// Nothing is sent to a contact before.
    not_before: HashMap<ContactPointId, Timestamp>,
    unwritten: unwritten::Known,
}

impl Notices {
    pub fn new(
        store: Store,
        journal: Journal,
        senders: Senders,
        zone: TimeZone,
        unwritten: Unwritten,
    ) -> Self {
        let unwritten = unwritten::Known::new(unwritten);
        Self { store, journal, senders, zone, not_before: HashMap::new(), unwritten }
    }

    async fn work(&mut self) -> Result<usize, StoreError> {
        self.plan().await?;
        let sent = self.send_due().await?;
        self.learn().await?;
        Ok(sent)
    }
}

impl Duty for Notices {
    async fn run(&mut self) -> Done {
        let worked = self.work().await;
        let told = self.tell_unwritten().boxed().await;
        match worked {
            Ok(sent) => Done::counted("messages", sent + told),
            Err(error) => Done::failed(error),
        }
    }
}
