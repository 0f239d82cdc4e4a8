//! Memory for what clients say and are told at length, all of them together. What is short has its own, of which there is one for
//! each socket.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All that is long: four messages of the largest size.
const KIBIBYTES: usize = 64 << 10;
/// What is shorter is not counted.
const SHORT: usize = 64 << 10;

/// See the module. A clone is the same.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(KIBIBYTES)))
    }
}

fn kibibytes(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1 << 10).min(KIBIBYTES)).unwrap_or(u32::MAX)
}

impl Room {
    /// Waits for room for an answer; it is free again when this is dropped.
    pub async fn of_answer(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        if bytes <= SHORT {
            return None;
        }
        let room = self.0.clone().acquire_many_owned(kibibytes(bytes)).await;
        Some(room.expect("this semaphore is never closed"))
    }
}

/// A connection from which a message is read as long as there is room for it.
pub(super) struct Bounded<S> {
    stream: S,
    room: Room,
    /// Read of the message that is not there yet.
    read: usize,
    held: Option<OwnedSemaphorePermit>,
}

impl<S> Bounded<S> {
    pub fn new(stream: S, room: Room) -> Self {
        Self { stream, room, read: 0, held: None }
    }

    /// A message was taken out of it.
    pub fn taken(&mut self) {
        (self.read, self.held) = (0, None);
    }

    fn came(&mut self, bytes: usize) -> io::Result<()> {
        self.read += bytes;
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let wanted = if self.read > SHORT { kibibytes(self.read) as usize } else { 0 };
        let more = u32::try_from(wanted.saturating_sub(held)).unwrap_or(u32::MAX);
        if more > 0 {
            let no_room = |_| io::Error::other("the messages of other clients fill the room there is");
            let more = self.room.0.clone().try_acquire_many_owned(more).map_err(no_room)?;
            match &mut self.held {
                Some(held) => held.merge(more),
                None => self.held = Some(more),
            }
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        Poll::Ready(self.came(into.filled().len() - before))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_share_their_room_and_give_it_back() {
        let room = Room::default();
        let mut clients: Vec<_> = (0..5).map(|_| Bounded::new((), room.clone())).collect();
        for client in &mut clients {
            client.came(SHORT).expect("what is short has room");
        }
        assert_eq!(room.0.available_permits(), KIBIBYTES);
        for client in &mut clients[..4] {
            client.came((16 << 20) - SHORT).expect("four of the largest have room");
        }
        assert!(clients[4].came(1).is_err());
        clients[0].taken();
        clients[4].came(1).expect("there is room again");
        drop(clients);
        assert_eq!(room.0.available_permits(), KIBIBYTES);
    }

    #[tokio::test]
    async fn an_answer_waits_for_its_room() {
        let room = Room::default();
        assert!(room.of_answer(SHORT).await.is_none());
        let all = room.of_answer(usize::MAX).await;
        let mut waits = std::pin::pin!(room.of_answer(SHORT + 1));
        assert!(futures_util::poll!(&mut waits).is_pending());
        drop(all);
        assert!(waits.await.is_some());
    }
}
