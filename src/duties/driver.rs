//! The loop around every duty.

use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::registry::Entry;
use super::{Done, Duties, Duty, Outcome, Panics, Restarts, Rhythm, Spec};
use crate::log::lines;

impl Duties {
    /// Runs a duty until `stop`, and gives it back. It is listed from this call on, and as ended when the future is dropped.
    pub fn keep<D: Duty>(
        &self,
        spec: Spec,
        duty: D,
        stop: CancellationToken,
    ) -> impl Future<Output = D> + Send + use<D> {
        let listed = Listed(self.register(spec));
        let (restarts, panics) = (Restarts::default(), self.panics());
        Driver { spec, duty, stop, listed, restarts, panics, well_since: Instant::now() }.drive()
    }
}

struct Driver<D> {
    spec: Spec,
    duty: D,
    stop: CancellationToken,
    listed: Listed,
    restarts: Restarts,
    panics: Panics,
    /// When it was started the last time.
    well_since: Instant,
}

/// Closes the entry, however the driver ends.
struct Listed(Arc<Entry>);

impl Drop for Listed {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<D: Duty> Driver<D> {
    async fn drive(mut self) -> D {
        self.well_since = Instant::now();
        let mut goes_on = self.spec.rhythm != Rhythm::WhenWoken || self.wait(0, None).await;
        while goes_on {
            let (asked, began) = (self.listed.0.begin(), Instant::now());
            let run = AssertUnwindSafe(self.duty.run()).catch_unwind();
            let ended =
                if self.spec.finishes { Some(run.await) } else { self.stop.run_until_cancelled(run).await };
            goes_on = match ended {
                Some(Ok(done)) => {
                    let next = self.next(began, &done);
                    self.listed.0.end(asked, done.outcome, next);
                    self.wait(asked, next).await
                }
                Some(Err(_)) => self.restart(asked).await,
                None => false,
            };
        }
        self.duty
    }

    fn next(&self, began: Instant, done: &Done) -> Option<Instant> {
        let now = Instant::now();
        match (done.again_in, self.spec.rhythm) {
            (Some(pause), _) | (None, Rhythm::After(pause)) => Some(now + pause),
            (None, Rhythm::Every(period)) => Some((began + period).max(now)),
            (None, Rhythm::WhenWoken) => None,
        }
    }

    /// Resolves when it is time to run again; false when there will be no such time.
    async fn wait(&mut self, answered: u64, until: Option<Instant>) -> bool {
        let time = async {
            match until {
                Some(until) => sleep_until(until).await,
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            () = self.listed.0.asked_after(answered) => true,
            woken = AssertUnwindSafe(self.duty.woken()).catch_unwind() => match woken {
                Ok(()) => true,
                Err(_) => self.restart(answered).await,
            },
            () = time => true,
        }
    }

    /// After a panic: nobody's wish makes the pause shorter.
    async fn restart(&mut self, asked: u64) -> bool {
        self.panics.note();
        // What it does then is its own too, and may panic as well.
        if std::panic::catch_unwind(AssertUnwindSafe(|| self.duty.panicked())).is_err() {
            self.panics.note();
        }
        let pause = self.restarts.pause_after(self.well_since.elapsed());
        lines::task_panicked(self.spec.name, pause);
        let until = Instant::now() + pause;
        self.listed.0.end(asked, Outcome::Panicked, Some(until));
        let paused = self.stop.run_until_cancelled(sleep_until(until)).await;
        self.well_since = Instant::now();
        paused.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::task::{JoinHandle, yield_now};
    use tokio::time::sleep;

    use super::*;
    use crate::duties::{Count, State, Status};

    const NAME: &str = "test";
    const SECOND: Duration = Duration::from_secs(1);

    /// Says when each run begins, and then does what `each` says about its number.
    struct Told<F> {
        start: Instant,
        begun: Arc<Mutex<Vec<Duration>>>,
        each: F,
    }

    impl<F, Fut> Duty for Told<F>
    where
        F: FnMut(usize) -> Fut + Send,
        Fut: Future<Output = Done> + Send,
    {
        async fn run(&mut self) -> Done {
            let number = {
                let mut begun = self.begun.lock().expect("no panic under it");
                begun.push(self.start.elapsed());
                begun.len()
            };
            (self.each)(number).await
        }
    }

    struct Kept {
        duties: Duties,
        begun: Arc<Mutex<Vec<Duration>>>,
        stop: CancellationToken,
        task: JoinHandle<()>,
    }

    impl Kept {
        fn new<F, Fut>(spec: Spec, each: F) -> Kept
        where
            F: FnMut(usize) -> Fut + Send + 'static,
            Fut: Future<Output = Done> + Send + 'static,
        {
            let (duties, stop, begun) = (Duties::default(), CancellationToken::new(), Arc::default());
            let duty = Told { start: Instant::now(), begun: Arc::clone(&begun), each };
            let keeping = duties.keep(spec, duty, stop.clone());
            let task = tokio::spawn(async move { drop(keeping.await) });
            Kept { duties, begun, stop, task }
        }

        fn status(&self) -> Status {
            self.duties.statuses().remove(0)
        }

        fn begun_ms(&self) -> Vec<u128> {
            self.begun.lock().expect("no panic under it").iter().map(Duration::as_millis).collect()
        }

        /// How long it takes to stop.
        async fn stop(self) -> Duration {
            let asked = Instant::now();
            self.stop.cancel();
            self.task.await.expect("ends in order");
            assert_eq!(self.duties.statuses()[0].state, State::Ended);
            assert_eq!(self.duties.activate(NAME).await, None, "it does not run any more");
            asked.elapsed()
        }
    }

    fn every(period: Duration) -> Spec {
        Spec::new(NAME, Rhythm::Every(period))
    }

    #[tokio::test(start_paused = true)]
    async fn a_period_is_counted_from_begin_to_begin_or_from_end_to_begin() {
        let half = |_| async {
            sleep(SECOND / 2).await;
            Done::nothing()
        };
        let (by_begin, by_end) =
            (Kept::new(every(SECOND), half), Kept::new(Spec::new(NAME, Rhythm::After(SECOND)), half));
        let too_long = Kept::new(every(SECOND), |run| async move {
            sleep(if run == 1 { SECOND * 5 / 2 } else { Duration::ZERO }).await;
            Done::nothing()
        });
        sleep(Duration::from_millis(4_200)).await;
        assert_eq!(by_begin.begun_ms(), [0, 1_000, 2_000, 3_000, 4_000]);
        assert_eq!(by_end.begun_ms(), [0, 1_500, 3_000]);
        assert_eq!(too_long.begun_ms(), [0, 2_500, 3_500], "what was missed is not made up for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_run_may_ask_for_another_time_than_the_usual_one() {
        let kept = Kept::new(every(SECOND * 60), |run| async move {
            if run < 3 { Done::failed("away").again_in(SECOND) } else { Done::nothing() }
        });
        sleep(SECOND * 70).await;
        assert_eq!(kept.begun_ms(), [0, 1_000, 2_000, 62_000]);
        assert_eq!((kept.status().runs, kept.status().failures), (4, 2));
        assert_eq!(kept.status().failing_since, None);
    }

    #[tokio::test(start_paused = true)]
    async fn since_when_it_fails_or_hangs_is_known() {
        let kept = Kept::new(every(SECOND), |run| async move {
            match run {
                1 | 11 => Done::nothing(),
                2 => panic!("on purpose"),
                3..=10 => Done::failed("away"),
                _ => pending().await,
            }
        });
        let in_trouble = |kept: &Kept, minutes: u32| {
            let now = crate::domain::Timestamp::now().plus(SECOND * 60 * minutes);
            kept.status().in_trouble_since(now).is_some()
        };
        assert!(!in_trouble(&kept, 0));
        sleep(SECOND * 3 / 2).await;
        let first = kept.status().failing_since.expect("it has panicked");
        sleep(SECOND * 4).await;
        assert_eq!(kept.status().failing_since, Some(first), "it is told since the first");
        assert!(in_trouble(&kept, 0));
        sleep(SECOND * 10).await;
        assert!(kept.status().failing_since.is_none() && !in_trouble(&kept, 29), "it runs, for long");
        assert!(in_trouble(&kept, 31), "for too long");
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_for_a_run_waits_for_one_that_began_after_that() {
        let kept = Kept::new(Spec::new(NAME, Rhythm::WhenWoken), |run| async move {
            sleep(SECOND).await;
            Done::counted("blocks", run)
        });
        sleep(SECOND).await;
        assert_eq!(kept.status().state, State::Waiting { until: None }, "it is not woken by itself");
        let first = kept.duties.activate(NAME);
        sleep(SECOND / 2).await;
        let second = kept.duties.activate(NAME);
        let third = kept.duties.activate(NAME);
        let done = |count| Some(Outcome::Well(Some(Count { what: "blocks", count })));
        assert_eq!(first.await, done(1));
        assert_eq!(second.await, done(2), "the one that was under way does not count");
        assert_eq!(third.await, done(2), "one run answers all who asked before it began");
        assert_eq!(kept.begun_ms(), [1_000, 2_000]);
        assert_eq!(kept.duties.activate("another").await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn who_wants_it_achieved_waits_for_a_run_that_is_well() {
        let kept = Kept::new(every(SECOND), |run| async move {
            assert!(run != 2, "on purpose");
            if run < 5 { Done::failed("away") } else { Done::nothing() }
        });
        kept.duties.achieve(NAME).await;
        assert_eq!(kept.status().runs, 5);
        assert_eq!((kept.status().failures, kept.status().panics), (3, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_duty_that_panics_starts_again_and_its_pause_does_not_grow_for_life() {
        let kept = Kept::new(every(SECOND), |run| async move {
            if run == 4 {
                sleep(SECOND * 90).await;
            }
            assert!(run > 4, "on purpose");
            Done::nothing()
        });
        yield_now().await;
        assert!(matches!(kept.status().state, State::Restarting { .. }));
        kept.duties.wake(NAME);
        sleep(SECOND * 95).await;
        assert_eq!(kept.begun_ms()[..5], [0, 500, 1_500, 3_500, 94_000]);
        let status = kept.status();
        assert_eq!((status.panics, kept.duties.panics().count()), (4, 4));
        assert_eq!(status.last.map(|ran| ran.outcome), Some(Outcome::Well(None)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_an_end_and_is_told_to_who_waits_for_it() {
        let kept = Kept::new(Spec::new(NAME, Rhythm::WhenWoken), |_| async { panic!("on purpose") });
        assert_eq!(kept.duties.activate(NAME).await, Some(Outcome::Panicked));
        assert_eq!(kept.status().last.map(|ran| ran.outcome), Some(Outcome::Panicked));
        assert_eq!(kept.stop().await, Duration::ZERO, "nor is the end kept waiting");
    }

    /// Cannot even forget what it left half done, the first time.
    struct Broken(u32);

    impl Duty for Broken {
        async fn run(&mut self) -> Done {
            self.0 += 1;
            assert!(self.0 > 1, "on purpose");
            Done::nothing()
        }

        fn panicked(&mut self) {
            panic!("on purpose too");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_about_a_panic_is_counted_and_ends_nothing() {
        let (duties, stop) = (Duties::default(), CancellationToken::new());
        let keeping = tokio::spawn(duties.keep(every(SECOND), Broken(0), stop.clone()));
        duties.achieve(NAME).await;
        assert_eq!((duties.panics().count(), duties.statuses()[0].panics), (2, 1));
        stop.cancel();
        assert!(keeping.await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_hangs_is_seen_to_be_running_and_stops_at_once() {
        let kept = Kept::new(every(SECOND), |run| async move {
            if run > 1 {
                sleep(SECOND * 1_000).await;
            }
            Done::counted("rows", 7_u64)
        });
        let before = crate::domain::Timestamp::now();
        sleep(SECOND * 100).await;
        let status = kept.status();
        assert!(matches!(status.state, State::Running { since } if since >= before), "{status:?}");
        assert_eq!((status.runs, kept.begun_ms()), (1, vec![0, 1_000]));
        assert_eq!(status.last_work.map(|(count, _)| count), Some(Count { what: "rows", count: 7 }));
        assert_eq!(kept.stop().await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_duty_that_finishes_is_not_broken_off() {
        let ended = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ended);
        let kept = Kept::new(every(SECOND * 60).finishing(), move |_| {
            let counted = Arc::clone(&counted);
            async move {
                sleep(SECOND).await;
                counted.fetch_add(1, Ordering::Relaxed);
                Done::nothing()
            }
        });
        yield_now().await;
        assert_eq!(kept.stop().await, SECOND);
        assert_eq!(ended.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn stopping_waits_for_no_period() {
        let kept = Kept::new(every(SECOND * 60), |_| async { Done::nothing() });
        sleep(SECOND).await;
        assert!(matches!(kept.status().state, State::Waiting { until: Some(_) }));
        assert_eq!(kept.stop().await, Duration::ZERO);
    }
}
