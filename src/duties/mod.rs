//! What runs in the background for as long as the program does: one driver for all of it, and what became of each run.
//!
//! What must hold here:
//!
//! - A duty that panics is said and counted, and starts again after a pause; nothing else ends with it.
//! - The pause grows while a duty keeps panicking, and is the first one again once it has been well for a minute: a defect
//!   that shows twice a day does not cost more each time ([`Restarts`]).
//! - Whoever asks for a run gets one that begins after that: what was changed before is seen by it ([`Duties::activate`]).
//! - Stopping waits for no period and no pause. A run that is under way is dropped, unless the duty says that its runs end
//!   by themselves ([`Spec::finishes`]).
//! - What each duty does, since when, how its last run ended and when the next one begins can be read at any time, also of
//!   one that hangs.
//!
//! How it works: a room says what a duty is called and when it runs ([`Spec`]), and what one run does ([`Duty`]). The loop
//! around it is [`Duties::keep`], whose future the room spawns, so that each room still ends what is its own, in its order.
//!
//! What is not a duty, although it runs in the background: the recorder, couriers and lines, which work through a queue of
//! their own and are listed by company where somebody looks for them (they share [`Restarts`]); what belongs to one
//! connection, pool or open page and ends with it (sweeps of `listener` and `net::pool`, looks of the panel's live pages);
//! what is done once and waited for (the sealing of addresses at the start).

mod driver;
mod duty;
mod one_look;
mod registry;
mod restarts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use duty::{Count, Done, Duty, Outcome, Rhythm, Spec};
pub use one_look::OneLook;
pub use registry::{Duties, Ran, State, Status};
pub use restarts::Restarts;

/// How many tasks have panicked since the start. Not zero is a defect, and a metric says so.
#[derive(Debug, Clone, Default)]
pub struct Panics(Arc<AtomicU64>);

impl Panics {
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn note(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
