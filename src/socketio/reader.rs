//! The reading of a session: it never waits for the consumer, because pings come in the same stream as events, and a
//! reader that waits stops answering them.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::sync::CancellationToken;

use super::decoder::Packet;
use super::line::{Heard, Line};
use super::queue::Inlet;
use super::reason::{Ended, Reason};
use super::session::ending;
use super::unfinished::Unfinished;
use super::wire::Parting;

/// A flood must not keep us from noticing that we should stop: looked at once in so many messages.
const MESSAGES_PER_LOOK: u32 = 64;
/// The time to stop: `41`, the close frame, and the peer's answer.
const STOP: Duration = Duration::from_millis(700);
/// The time to leave a connection that has ended for another reason.
const LEAVE: Duration = Duration::from_millis(250);

/// A session's reader. The session lives while [`Reader::run`] does.
pub struct Reader {
    line: Line,
    inlet: Inlet,
    stop: CancellationToken,
    /// The longest time without a byte from the server.
    silence: Duration,
    unread: UnreadTime,
    unfinished: Unfinished,
}

impl Reader {
    pub(super) fn new(
        line: Line,
        inlet: Inlet,
        unfinished: Unfinished,
        stop: CancellationToken,
        silence: Duration,
        ping_timeout: Duration,
    ) -> Self {
        Self { line, inlet, stop, silence, unread: UnreadTime::new(ping_timeout), unfinished }
    }

    /// Reads until the session ends, and leaves the connection. The consumer's end tells how it ended.
    pub async fn run(mut self) {
        let reason = self.read().await;
        let ended = Ended { overloaded: self.unread.is_to_blame(&reason), reason };
        let Self { line: Line { wire, mut ear }, inlet, .. } = self;
        if let Some(how) = parting(&ended.reason) {
            let stopping = ended.reason == Reason::Stopped;
            wire.part(how, |message| {
                // Between our farewell and the peer's close, events may still come; they count like any other.
                if stopping && let Ok(Heard::Packet(Packet::Event(event))) = ear.sort(message) {
                    inlet.push(event);
                }
                inlet.has_room()
            })
            .await;
        }
        inlet.end(ended);
    }

    async fn read(&mut self) -> Reason {
        let silence = sleep(self.silence);
        tokio::pin!(silence);
        let mut messages = 0;
        loop {
            // What is counted already has its room, and gives it back when it is whole.
            if !self.unfinished.is_counted() && !self.inlet.has_room() {
                if self
                    .unread_until(async |inlet: &Inlet, _: &mut Unfinished| inlet.room().await)
                    .await
                    .is_none()
                {
                    return Reason::Stopped;
                }
                // What came meanwhile lies unread in the socket: silence begins anew.
                silence.as_mut().reset(Instant::now() + self.silence);
            }
            let heard = tokio::select! {
                biased;
                heard = self.line.hear() => heard,
                () = self.stop.cancelled() => return Reason::Stopped,
                overdue = self.unfinished.overdue() => return overdue,
                () = silence.as_mut() => {
                    // Any byte is life: a large message on a slow line comes for longer than pings may be away, and a
                    // busy server may send its events before its pings.
                    let alive_until = self.line.wire.heard_at() + self.silence;
                    if alive_until <= Instant::now() {
                        return Reason::PingTimeout { waited: self.silence };
                    }
                    silence.as_mut().reset(alive_until);
                    continue;
                }
            };
            let is_message = heard.as_ref().is_ok_and(Heard::is_message);
            match heard {
                Ok(Heard::Packet(Packet::Event(event))) => self.inlet.push(event),
                Ok(Heard::Large(bytes)) => {
                    if let Err(reason) = self.admit(bytes).await {
                        return reason;
                    }
                    silence.as_mut().reset(Instant::now() + self.silence);
                }
                Ok(Heard::Ping(_)) => self.unread.pinged(),
                // A second answer to CONNECT, or a second handshake, changes nothing.
                Ok(Heard::Nothing | Heard::Control | Heard::Open(_) | Heard::Packet(Packet::Connect(_))) => {}
                Ok(Heard::Packet(packet)) => return ending(&packet),
                Err(reason) => return reason,
            }
            if is_message {
                // What there was room for counts as what it is, once it is queued.
                let next = self.unfinished.heard(self.line.ear.decoder.pending_bytes());
                if let Some(bytes) = next
                    && !self.make_room(bytes).await
                {
                    return Reason::Stopped;
                }
            }
            messages += 1;
            if messages % MESSAGES_PER_LOOK == 0 {
                if self.stop.is_cancelled() {
                    return Reason::Stopped;
                }
                if let Some(overdue) = self.unfinished.is_overdue() {
                    return overdue;
                }
            }
        }
    }

    /// Lets a large message be read as soon as there is room for it.
    async fn admit(&mut self, bytes: usize) -> Result<(), Reason> {
        let bytes = self.line.ear.with_pending(bytes)?;
        if !self.make_room(bytes).await {
            return Err(Reason::Stopped);
        }
        self.line.wire.admit();
        Ok(())
    }

    /// Counts so much of what is being read, as soon as there is room for it; false when asked to stop.
    async fn make_room(&mut self, bytes: usize) -> bool {
        if self.unfinished.try_grow(&self.inlet, bytes) {
            return true;
        }
        let room = async |inlet: &Inlet, unfinished: &mut Unfinished| unfinished.grow(inlet, bytes).await;
        self.unread_until(room).await.is_some()
    }

    /// Leaves the socket unread until there is room; `None` when asked to stop.
    async fn unread_until<T>(&mut self, room: impl AsyncFnOnce(&Inlet, &mut Unfinished) -> T) -> Option<T> {
        let since = Instant::now();
        self.line.ear.vitals.set_overloaded(true);
        let found = tokio::select! {
            () = self.stop.cancelled() => None,
            found = room(&self.inlet, &mut self.unfinished) => Some(found),
        };
        self.line.ear.vitals.set_overloaded(false);
        self.unread.add(since.elapsed());
        found
    }
}

/// How a connection is left; `None` when there is nobody to tell.
fn parting(reason: &Reason) -> Option<Parting> {
    let leave = |code| Some(Parting { disconnect: false, code, within: LEAVE });
    match reason {
        Reason::Stopped => Some(Parting { disconnect: true, code: CloseCode::Normal, within: STOP }),
        Reason::TransportError { .. } => None,
        Reason::Protocol(_) => leave(CloseCode::Protocol),
        Reason::MessageTooLarge { .. } => leave(CloseCode::Size),
        _ => leave(CloseCode::Normal),
    }
}

/// How long the socket went unread, in the present and the last interval between pings.
#[derive(Debug)]
struct UnreadTime {
    ping_timeout: Duration,
    present: Duration,
    last: Duration,
}

impl UnreadTime {
    fn new(ping_timeout: Duration) -> Self {
        Self { ping_timeout, present: Duration::ZERO, last: Duration::ZERO }
    }

    fn add(&mut self, unread: Duration) {
        self.present += unread;
    }

    fn pinged(&mut self) {
        self.last = std::mem::take(&mut self.present);
    }

    /// Whether this end is the server's answer to our silence. Half its timeout, because our pong travels too.
    fn is_to_blame(&self, reason: &Reason) -> bool {
        let lost = matches!(reason, Reason::TransportClose { .. } | Reason::TransportError { .. });
        lost && self.present + self.last >= self.ping_timeout / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unread_socket_is_blamed_for_a_lost_connection_only() {
        let lost = Reason::TransportClose { code: None };
        let mut unread = UnreadTime::new(Duration::from_secs(2));
        unread.add(Duration::from_millis(600));
        assert!(!unread.is_to_blame(&lost));
        unread.pinged();
        unread.add(Duration::from_millis(600));
        assert!(unread.is_to_blame(&lost));
        assert!(!unread.is_to_blame(&Reason::ServerDisconnect));
        unread.pinged();
        unread.pinged();
        assert!(!unread.is_to_blame(&lost));
    }
}
