//! How much of the journal is in hand at the same time while stretches of many companies are made.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::journal::ReadLimit;

/// A share, and how many of them there are.
const SHARE: usize = 256 << 10;
const SHARES: usize = 32;
/// Events that a share is taken for: of more, more shares are taken.
const EVENTS: i64 = 250;

pub(super) struct InHand(Arc<Semaphore>);

impl InHand {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(SHARES)))
    }

    /// Waits until so much may be read of a stretch that has so many events; how many bytes of its room that is.
    pub async fn take(&self, room: ReadLimit, events: i64) -> (Option<OwnedSemaphorePermit>, usize) {
        let most = room.bytes.div_ceil(SHARE).clamp(1, SHARES);
        let wanted = usize::try_from(events / EVENTS).unwrap_or(0).clamp(1, most);
        let shares = u32::try_from(wanted).unwrap_or(1);
        // It is never closed.
        let held = Arc::clone(&self.0).acquire_many_owned(shares).await.ok();
        (held, room.bytes.min(wanted * SHARE))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn who_has_much_to_read_takes_more_and_all_together_have_a_bound() {
        let (in_hand, room) = (InHand::new(), ReadLimit { items: 1_000, bytes: 1 << 20 });
        let (one, bytes) = in_hand.take(room, 20).await;
        assert_eq!((one.map(|held| held.num_permits()), bytes), (Some(1), SHARE));
        let mut held = Vec::new();
        for _ in 0..8 {
            let (many, bytes) = in_hand.take(room, 50_000).await;
            assert_eq!(bytes, 1 << 20);
            held.push(many);
        }
        assert!(in_hand.take(room, 1).now_or_never().is_none(), "all shares are taken");
        held.pop();
        let small = ReadLimit { items: 10, bytes: 64 << 10 };
        assert_eq!(in_hand.take(small, 50_000).await.1, 64 << 10, "no more than it has room for");
    }
}
