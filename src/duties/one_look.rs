//! A look at something that may not answer, such as a disk: on a thread of its own, and never on two.

use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

/// One look at a time: one that has not come back is asked for again, and not begun a second time
/// (`a_look_that_does_not_come_back_is_not_begun_again`). What hangs costs one thread, however long it does.
#[derive(Debug)]
pub struct OneLook<T>(Option<JoinHandle<T>>);

impl<T> Default for OneLook<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Send + 'static> OneLook<T> {
    /// What it has found, if that is known within this time; the one that is under way, or `look`. Dropping this future
    /// changes nothing. None after a panic, too.
    pub async fn within(&mut self, time: Duration, look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let looking = self.0.get_or_insert_with(|| spawn_blocking(look));
        let found = timeout(time, looking).await.ok()?;
        self.0 = None;
        found.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, mpsc};

    use super::*;

    #[tokio::test]
    async fn a_look_that_does_not_come_back_is_not_begun_again() {
        let (answer, answers) = mpsc::channel();
        let answers = Arc::new(std::sync::Mutex::new(answers));
        let begun = Arc::new(AtomicUsize::new(0));
        let mut one = OneLook::default();
        let look = || {
            let (answers, begun) = (answers.clone(), begun.clone());
            move || {
                begun.fetch_add(1, Ordering::SeqCst);
                answers.lock().unwrap().recv().unwrap()
            }
        };
        for _ in 0..5 {
            assert_eq!(one.within(Duration::from_millis(5), look()).await, None);
        }
        answer.send(7).unwrap();
        assert_eq!(one.within(Duration::from_mins(1), look()).await, Some(7), "it is had when it comes");
        assert_eq!(begun.load(Ordering::SeqCst), 1);
        answer.send(8).unwrap();
        assert_eq!(one.within(Duration::from_mins(1), look()).await, Some(8), "the next one is a new one");
    }
}
