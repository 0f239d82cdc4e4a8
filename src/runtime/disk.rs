//! How much room the database's volume has, looked at every few seconds.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Runtime;
use crate::domain::Timestamp;
use crate::duties::{Done, Duty, OneLook, Rhythm, Spec};
use crate::store::Volume;
use crate::watch::Disk;

pub(super) const SPEC: Spec = Spec::new("disk", Rhythm::Every(Duration::from_secs(5)));
/// The next look asks the one that takes longer.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);

/// What the last look found.
#[derive(Default)]
pub(super) struct Room(Mutex<Option<Disk>>);

impl Room {
    pub fn found(&self) -> Option<Disk> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, volume: Volume) {
        let mut disk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *disk = Some(Disk::after(*disk, volume, Timestamp::now()));
    }
}

pub(super) struct Looking {
    runtime: Runtime,
    look: OneLook<Option<Volume>>,
}

impl Looking {
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime, look: OneLook::default() }
    }
}

impl Duty for Looking {
    /// Beside the runtime's own threads: a volume that does not answer must not hold them up.
    async fn run(&mut self) -> Done {
        let store = self.runtime.inner.store.clone();
        match self.look.within(ANSWERS_WITHIN, move || store.volume()).await {
            None => Done::failed("the volume does not answer"),
            Some(None) => Done::failed("the system does not tell how much room there is"),
            Some(Some(volume)) => {
                self.runtime.inner.room.note(volume);
                Done::nothing()
            }
        }
    }
}
