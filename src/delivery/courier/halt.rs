//! What keeps everything from starting: a pause, or the end.

use super::PauseReason;

/// See the module.
#[derive(Default)]
pub(super) struct Halt {
    paused: Option<PauseReason>,
    /// It paused itself, and has not said so yet.
    announce: bool,
    draining: bool,
}

impl Halt {
    pub(super) fn new(paused: Option<PauseReason>) -> Halt {
        Halt { paused, ..Halt::default() }
    }

    pub(super) fn pause(&mut self, reason: PauseReason) {
        (self.paused, self.announce) = (Some(reason), false);
    }

    /// It pauses itself, unless it is paused.
    pub(super) fn pause_itself(&mut self, reason: PauseReason) {
        if self.paused.is_none() {
            self.paused = Some(reason);
            self.announce = true;
        }
    }

    /// What is to be said of a pause of its own, once.
    pub(super) fn announced(&mut self) -> Option<PauseReason> {
        if std::mem::take(&mut self.announce) { self.paused.clone() } else { None }
    }

    pub(super) fn resume(&mut self) {
        self.paused = None;
    }

    /// No new requests from now on.
    pub(super) fn drain(&mut self) {
        self.draining = true;
    }

    pub(super) fn paused(&self) -> Option<&PauseReason> {
        self.paused.as_ref()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining
    }

    pub(super) fn is_halted(&self) -> bool {
        self.draining || self.is_paused()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_of_its_own_is_said_once_and_does_not_replace_a_persons() {
        let mut halt = Halt::default();
        halt.pause_itself(PauseReason::Gone);
        assert_eq!((halt.announced(), halt.announced()), (Some(PauseReason::Gone), None));
        halt.resume();
        assert!(!halt.is_halted());
        let person = PauseReason::Operator("so".to_owned());
        halt.pause(person.clone());
        halt.pause_itself(PauseReason::Gone);
        assert_eq!((halt.announced(), halt.paused()), (None, Some(&person)));
        halt.resume();
        halt.drain();
        assert!(halt.is_halted() && !halt.is_paused());
    }
}
