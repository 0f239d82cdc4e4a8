//! What runs in the background for as long as the program does: how it is kept running.
//!
//! What must hold here:
//!
//! - A duty that panics is said and counted, and starts again after a pause; nothing else ends with it.
//! - The pause grows while a duty keeps panicking, and is the first one again once it has been well for a minute: a defect
//!   that shows twice a day does not cost more each time ([`Restarts`]).
//! - A duty that ends without a panic has ended; who gave it its `stop` knows why.

mod one_look;
mod restarts;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::log::lines;

pub use one_look::OneLook;
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

/// Does `duty()` until it ends by itself; after a panic again, unless `stop` is cancelled meanwhile.
pub async fn keep<F, Fut>(name: &'static str, stop: CancellationToken, panics: Panics, duty: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = ()>,
{
    let mut restarts = Restarts::default();
    loop {
        let began = Instant::now();
        if AssertUnwindSafe(duty()).catch_unwind().await.is_ok() {
            return;
        }
        panics.note();
        let pause = restarts.pause_after(began.elapsed());
        lines::task_panicked(name, pause);
        if stop.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_duty_that_panics_starts_again_and_its_pause_does_not_grow_for_life() {
        let panics = Panics::default();
        let began = RefCell::new(Vec::new());
        let start = Instant::now();
        let duty = || async {
            began.borrow_mut().push(start.elapsed());
            let run = began.borrow().len();
            if run == 4 {
                sleep(Duration::from_secs(90)).await;
            }
            assert!(run > 4, "on purpose");
        };
        keep("test", CancellationToken::new(), panics.clone(), duty).await;
        let pauses: Vec<_> = began.borrow().windows(2).map(|pair| pair[1].checked_sub(pair[0])).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(pauses, [ms(500), ms(1_000), ms(2_000), ms(90_500)]);
        assert_eq!(panics.count(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_does_not_wait_for_a_restart() {
        let stop = CancellationToken::new();
        let kept = keep("test", stop.clone(), Panics::default(), || async { panic!("on purpose") });
        let stopping = async {
            tokio::task::yield_now().await;
            stop.cancel();
        };
        let began = Instant::now();
        tokio::join!(kept, stopping);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
