//! How one connection gets on: what it waits for, and since when.
//!
//! A state machine without a clock or a socket: what happens on the connection is noted with its time, and whoever looks
//! after all connections asks now and then whether one is [overdue](Pace::judge).

use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

/// From the first byte of a head to its last one, and from opening a connection to its first byte.
pub const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// From the end of an answer to the next request. Longer than the minute that proxies keep a connection for: it is they who
/// close it, so that none of their requests crosses our end of it on the wire.
pub const IDLE_WITHIN: Duration = Duration::from_secs(75);
/// Between two pieces of a body.
pub const BODY_PAUSE: Duration = Duration::from_secs(15);
/// A whole body, and a second more for every so many bytes of it that have come.
pub const BODY_WITHIN: Duration = Duration::from_secs(30);
const BODY_BYTES_PER_SECOND: usize = 32 << 10;
/// Who asked for an answer is waited for this long while they take none of it, and a second longer for every so many bytes
/// that they took; never longer than this at once.
pub const ANSWER_PAUSE: Duration = Duration::from_secs(30);
const ANSWER_BYTES_PER_SECOND: usize = 16 << 10;
/// The handler whose body is late has this long to say so.
const SAY_WITHIN: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub struct Pace {
    stage: Stage,
    since: Instant,
    /// Counts the requests, so that the end of one is not taken for the end of the next.
    request: u64,
    body: Body,
    /// While the peer takes nothing of what is to be written.
    stalled: Option<Instant>,
    /// How much longer it may go on taking nothing.
    patience: Duration,
    /// The body of the last request was not read to its end.
    unread: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not a byte of the next request is there.
    Idle { served: bool },
    /// A part of its head is there.
    Head,
    /// A handler has it.
    Request,
    /// It is no HTTP any more, and whoever it was handed over to looks after it.
    Upgraded,
}

#[derive(Debug, Default)]
struct Body {
    /// Since its first bytes were asked for.
    began: Option<Instant>,
    bytes: usize,
    /// A handler waits for its next bytes.
    awaited: Option<Instant>,
    late: Option<Instant>,
    waker: Option<Waker>,
}

/// What is to become of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// It is closed.
    Over,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        let stage = Stage::Idle { served: false };
        let (body, stalled, patience) = (Body::default(), None, ANSWER_PAUSE);
        Self { stage, since: now, request: 0, body, stalled, patience, unread: false }
    }

    /// Bytes came from the peer.
    pub fn read(&mut self, now: Instant) {
        if matches!(self.stage, Stage::Idle { .. }) {
            (self.stage, self.since) = (Stage::Head, now);
        }
    }

    /// A handler has a request; gives its number on this connection.
    pub fn asked(&mut self, now: Instant) -> u64 {
        (self.stage, self.since) = (Stage::Request, now);
        (self.body, self.unread) = (Body::default(), false);
        self.request += 1;
        self.request
    }

    /// What follows is no HTTP.
    pub fn upgraded(&mut self) {
        self.stage = Stage::Upgraded;
        self.body = Body::default();
        // The end of the answer says nothing.
        self.request += 1;
    }

    /// The answer to this request has been made, to the last byte. (It may still have to be written.)
    pub fn answered(&mut self, now: Instant, request: u64) {
        if request != self.request {
            return;
        }
        (self.stage, self.since) = (Stage::Idle { served: true }, now);
        self.body = Body::default();
    }

    /// The handler wants more of the body than there is. Says whether it is to wait: no longer when the body is late.
    pub fn body_awaited(&mut self, now: Instant, waker: &Waker) -> bool {
        if self.body.late.is_some() {
            return false;
        }
        self.body.began.get_or_insert(now);
        self.body.awaited.get_or_insert(now);
        self.body.waker = Some(waker.clone());
        true
    }

    /// Some of the body came, or its end.
    pub fn body_came(&mut self, now: Instant, bytes: usize) {
        self.body.began.get_or_insert(now);
        self.body.bytes += bytes;
        self.body.awaited = None;
    }

    /// Nobody wants the rest of the body.
    pub fn left_unread(&mut self) {
        self.unread = true;
    }

    pub fn is_unread(&self) -> bool {
        self.unread
    }

    /// The peer takes nothing for the moment.
    pub fn stalled(&mut self, now: Instant) {
        self.stalled.get_or_insert(now);
    }

    /// The peer took something.
    pub fn took(&mut self, now: Instant, bytes: usize) {
        if let Some(since) = self.stalled.take() {
            let earned = seconds(bytes, ANSWER_BYTES_PER_SECOND);
            self.patience =
                self.patience.saturating_sub(now - since).saturating_add(earned).min(ANSWER_PAUSE);
        }
    }

    /// The peer, or its system, has everything that was written so far.
    pub fn flushed(&mut self) {
        self.stalled = None;
        self.patience = ANSWER_PAUSE;
    }

    /// Whether no handler has anything to do for this connection.
    pub fn is_between_requests(&self) -> bool {
        self.stage != Stage::Request && self.stalled.is_none()
    }

    /// Since when it is the peer whom this connection waits for; `None` while we have something to do for it.
    pub fn waits_since(&self) -> Option<Instant> {
        if self.stage == Stage::Upgraded {
            return None;
        }
        let for_bytes = if self.stage == Stage::Request { self.body.awaited } else { Some(self.since) };
        self.stalled.or(for_bytes)
    }

    /// What is to become of the connection at this time. A body that is late is first said so to its handler, who may
    /// still answer.
    pub fn judge(&mut self, now: Instant) -> Verdict {
        let over = |is_over: bool| if is_over { Verdict::Over } else { Verdict::Fine };
        if self.stage == Stage::Upgraded {
            return Verdict::Fine;
        }
        if let Some(since) = self.stalled {
            return over(now - since >= self.patience);
        }
        match self.stage {
            Stage::Idle { served: true } => over(now - self.since >= IDLE_WITHIN),
            Stage::Idle { served: false } | Stage::Head => over(now - self.since >= HEAD_WITHIN),
            Stage::Upgraded => Verdict::Fine,
            Stage::Request => match self.body.late {
                Some(late) => over(self.body.awaited.is_some() && now - late >= SAY_WITHIN),
                None => {
                    self.body.judge(now);
                    Verdict::Fine
                }
            },
        }
    }
}

impl Body {
    fn judge(&mut self, now: Instant) {
        let (Some(awaited), Some(began)) = (self.awaited, self.began) else { return };
        let whole = BODY_WITHIN + seconds(self.bytes, BODY_BYTES_PER_SECOND);
        if now - awaited >= BODY_PAUSE || now - began >= whole {
            self.late = Some(now);
            if let Some(waker) = self.waker.take() {
                waker.wake();
            }
        }
    }
}

/// How long so many bytes may take.
fn seconds(bytes: usize, per_second: usize) -> Duration {
    Duration::from_millis((bytes as u64).saturating_mul(1_000) / per_second as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn a_head_has_ten_seconds_from_its_first_byte_and_a_kept_connection_more_before_it() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.judge(after(start, 9)), Verdict::Fine);
        assert_eq!(pace.judge(after(start, 10)), Verdict::Over);
        pace.read(after(start, 5));
        pace.read(after(start, 14));
        assert_eq!(pace.judge(after(start, 14)), Verdict::Fine);
        assert_eq!(pace.judge(after(start, 15)), Verdict::Over, "a trickle does not prolong it");
        let first = pace.asked(after(start, 14));
        assert_eq!(pace.waits_since(), None, "it is our turn");
        assert_eq!(pace.judge(after(start, 10_000)), Verdict::Fine, "a stream lives on");
        pace.answered(after(start, 10_000), first);
        assert_eq!(pace.judge(after(start, 10_074)), Verdict::Fine);
        assert_eq!(pace.judge(after(start, 10_075)), Verdict::Over);
        pace.asked(after(start, 10_075));
        pace.answered(after(start, 10_076), first);
        assert_eq!(pace.judge(after(start, 20_000)), Verdict::Fine, "that was the end of the one before");
    }

    #[test]
    fn a_body_may_not_pause_nor_trickle_and_its_handler_hears_of_it_first() {
        let start = Instant::now();
        let asked = || {
            let mut pace = Pace::new(start);
            pace.read(start);
            pace.asked(start);
            assert!(pace.body_awaited(start, Waker::noop()));
            pace
        };
        let mut silent = asked();
        assert_eq!((silent.judge(after(start, 14)), silent.body.late.is_some()), (Verdict::Fine, false));
        assert_eq!((silent.judge(after(start, 15)), silent.body.late.is_some()), (Verdict::Fine, true));
        assert!(!silent.body_awaited(after(start, 15), Waker::noop()));
        assert_eq!(silent.judge(after(start, 20)), Verdict::Over);

        let mut trickle = asked();
        for second in 0..31 {
            trickle.body_came(after(start, second), 1);
            trickle.body_awaited(after(start, second), Waker::noop());
            trickle.judge(after(start, second));
            assert_eq!(trickle.body.late.is_some(), second >= 30, "after {second} s");
        }

        let mut long = asked();
        for second in 0..200 {
            long.body_came(after(start, second), 64 << 10);
            long.body_awaited(after(start, second), Waker::noop());
            assert_eq!(long.judge(after(start, second)), Verdict::Fine);
        }
        assert!(long.body.late.is_none());
    }

    #[test]
    fn who_takes_nothing_of_an_answer_is_waited_for_a_while_and_who_takes_little_not_much_longer() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        pace.asked(start);
        pace.stalled(start);
        assert_eq!(pace.waits_since(), Some(start));
        assert_eq!(pace.judge(after(start, 29)), Verdict::Fine);
        pace.took(after(start, 29), 1_000);
        pace.stalled(after(start, 29));
        assert_eq!(pace.judge(after(start, 32)), Verdict::Over, "a kilobyte earns no half minute");
        pace.took(after(start, 30), 10 << 20);
        pace.stalled(after(start, 30));
        assert_eq!(pace.judge(after(start, 59)), Verdict::Fine, "who takes much is waited for again");
        pace.flushed();
        assert_eq!((pace.judge(after(start, 600)), pace.waits_since()), (Verdict::Fine, None));
    }
}
