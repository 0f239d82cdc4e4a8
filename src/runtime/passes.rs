//! Which changes the reconciler has seen: a change asks for a pass, and may wait until a pass that began after it is over.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Numbers of passes asked for and done.
pub(super) struct Passes {
    asked: watch::Sender<u64>,
    done: watch::Sender<u64>,
    /// Before the first pass nobody waits for one.
    begun: AtomicBool,
}

impl Default for Passes {
    fn default() -> Self {
        Self { asked: watch::Sender::new(0), done: watch::Sender::new(0), begun: AtomicBool::new(false) }
    }
}

impl Passes {
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Release);
    }

    /// Asks for a pass; returns the number that [`Passes::done`] waits for.
    pub fn ask(&self) -> u64 {
        let mut number = 0;
        self.asked.send_modify(|asked| {
            *asked += 1;
            number = *asked;
        });
        number
    }

    /// The newest number asked for.
    pub fn asked(&self) -> u64 {
        *self.asked.borrow()
    }

    /// A pass that began when `asked` was the newest number is over.
    pub fn finish(&self, asked: u64) {
        self.done.send_replace(asked);
    }

    /// Returns when a pass that began after `asked` was asked for is over.
    pub async fn done(&self, asked: u64) {
        if !self.begun.load(Ordering::Acquire) {
            return;
        }
        // The sender lives in `self`, so waiting ends with what is waited for.
        let _ = self.done.subscribe().wait_for(|done| *done >= asked).await;
    }

    pub async fn wait_for_more_than(&self, seen: u64) {
        let _ = self.asked.subscribe().wait_for(|asked| *asked > seen).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_for_a_pass_that_began_after_the_change() {
        let passes = Passes::default();
        passes.done(5).await;
        passes.begin();
        let before = passes.asked();
        let asked = passes.ask();
        passes.finish(before);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(10), passes.done(asked));
        assert!(waiting.await.is_err(), "a pass that began before the change does not count");
        passes.finish(asked);
        passes.done(asked).await;
    }
}
