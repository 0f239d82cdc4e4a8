//! Time as disjoint runs of what held in it: when a line was heard, when a webhook was paused.
//!
//! What must hold here: no moment is in two runs, and one of which nothing is recorded is in none.

use super::StretchView;
use crate::domain::Timestamp;

/// How a source was at a moment; where two are written down of the same one, the worse holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heard {
    On,
    /// Somebody had switched it off.
    Rest,
    /// The program was started again.
    Restart,
    Gap,
}

/// A stretch of one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub heard: Heard,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Run {
    /// What is written down of a line; what lasts does so until `now`.
    pub(super) fn of(stretch: &StretchView, now: Timestamp) -> Self {
        let heard = match (stretch.is_gap, stretch.is_rest(), stretch.is_restart()) {
            (false, ..) => Heard::On,
            (true, true, _) => Heard::Rest,
            (true, false, true) => Heard::Restart,
            (true, false, false) => Heard::Gap,
        };
        Self { heard, from: stretch.from, to: stretch.to.unwrap_or(now) }
    }

    fn micros(&self) -> i64 {
        self.to.0 - self.from.0
    }

    /// The part of it that lies between two moments.
    fn within(&self, from: Timestamp, to: Timestamp) -> Self {
        Self { heard: self.heard, from: self.from.max(from), to: self.to.min(to) }
    }
}

/// What was written down between two moments, in order and without overlaps.
pub(super) fn disjoint(written: impl IntoIterator<Item = Run>, from: Timestamp, to: Timestamp) -> Vec<Run> {
    const KINDS: [Heard; 4] = [Heard::On, Heard::Rest, Heard::Restart, Heard::Gap];
    let mut turns: Vec<(Timestamp, Heard, i32)> = Vec::new();
    for run in written.into_iter().map(|run| run.within(from, to)).filter(|run| run.micros() > 0) {
        turns.extend([(run.from, run.heard, 1), (run.to, run.heard, -1)]);
    }
    turns.sort_by_key(|(at, ..)| *at);
    let mut open = [0; KINDS.len()];
    let mut runs: Vec<Run> = Vec::new();
    let mut since = from;
    for (at, heard, step) in turns {
        let worst = KINDS.into_iter().rev().find(|kind| open[*kind as usize] > 0);
        if let Some(heard) = worst.filter(|_| at > since) {
            match runs.last_mut() {
                Some(last) if last.heard == heard && last.to == since => last.to = at,
                _ => runs.push(Run { heard, from: since, to: at }),
            }
        }
        open[heard as usize] += step;
        since = at;
    }
    runs
}

/// The share of the time between two moments in which it was heard, of that in which it should have been; `None` where nothing is
/// recorded of that.
#[expect(clippy::cast_precision_loss, reason = "a quarter has 2^43 microseconds")]
pub fn share_heard(runs: &[Run], from: Timestamp, to: Timestamp) -> Option<f64> {
    let lasted = |of: &dyn Fn(Heard) -> bool| -> i64 {
        let runs = runs.iter().filter(|run| of(run.heard)).map(|run| run.within(from, to).micros());
        runs.map(|micros| micros.max(0)).sum()
    };
    let wanted = lasted(&|heard| heard != Heard::Rest);
    (wanted > 0).then(|| lasted(&|heard| heard == Heard::On) as f64 / wanted as f64)
}

/// Somebody switched something on or off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub at: Timestamp,
    pub is_on: bool,
    pub was_on: bool,
}

/// A time in which it was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spell {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The turn that it began with, if it did so within.
    pub begun: Option<usize>,
}

/// When something was on between two moments, by who turned it, oldest first; `is_on` is how it is where nobody did.
pub(super) fn spells(turns: &[Turn], is_on: bool, from: Timestamp, to: Timestamp) -> Vec<Spell> {
    let mut found = Vec::new();
    let mut open = turns.first().map_or(is_on, |turn| turn.was_on).then_some((from, None));
    for (n, turn) in turns.iter().enumerate() {
        open = match (open, turn.is_on) {
            (Some((from, begun)), false) => {
                found.push(Spell { from, to: turn.at, begun });
                None
            }
            (None, true) => Some((turn.at, Some(n))),
            (open, _) => open,
        };
    }
    found.extend(open.map(|(from, begun)| Spell { from, to, begun }));
    found.retain(|spell| spell.from < spell.to);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(moment: i64) -> Timestamp {
        Timestamp(moment)
    }

    fn run(heard: Heard, from: i64, to: i64) -> Run {
        Run { heard, from: at(from), to: at(to) }
    }

    #[test]
    fn of_two_the_worse_holds_and_what_is_not_written_down_is_in_none() {
        let written = [
            run(Heard::On, -50, 40),
            run(Heard::Gap, 40, 50),
            run(Heard::On, 50, 90),
            // Refused while it was connected.
            run(Heard::Gap, 60, 62),
            run(Heard::Rest, 95, 300),
        ];
        let runs = disjoint(written, at(0), at(100));
        let wanted = [
            run(Heard::On, 0, 40),
            run(Heard::Gap, 40, 50),
            run(Heard::On, 50, 60),
            run(Heard::Gap, 60, 62),
            run(Heard::On, 62, 90),
            run(Heard::Rest, 95, 100),
        ];
        assert_eq!(runs, wanted);
        // 78 of the 90 in which it should have been heard; what was chosen, and what is not known, is left out.
        assert_eq!(share_heard(&runs, at(0), at(100)), Some(78.0 / 90.0));
        assert_eq!(share_heard(&runs, at(40), at(50)), Some(0.0));
        assert_eq!(share_heard(&runs, at(95), at(100)), None);
        assert_eq!(share_heard(&runs, at(91), at(94)), None);
    }

    #[test]
    fn what_follows_on_the_same_is_one() {
        let runs =
            disjoint([run(Heard::On, 0, 10), run(Heard::On, 10, 30), run(Heard::On, 5, 20)], at(0), at(40));
        assert_eq!(runs, [run(Heard::On, 0, 30)]);
        assert_eq!(disjoint([], at(0), at(40)), []);
    }

    #[test]
    fn a_spell_lasts_from_one_turn_to_the_next() {
        let turn = |moment, is_on, was_on| Turn { at: at(moment), is_on, was_on };
        let spell = |from, to, begun| Spell { from: at(from), to: at(to), begun };
        let of = |turns: &[Turn], is_on| spells(turns, is_on, at(0), at(100));
        assert_eq!(of(&[], true), [spell(0, 100, None)]);
        assert_eq!(of(&[], false), []);
        assert_eq!(of(&[turn(30, false, true)], false), [spell(0, 30, None)]);
        // Told once more with another reason: it is the same one.
        let told =
            [turn(20, true, false), turn(30, true, true), turn(50, false, true), turn(80, true, false)];
        assert_eq!(of(&told, true), [spell(20, 50, Some(0)), spell(80, 100, Some(3))]);
    }
}
