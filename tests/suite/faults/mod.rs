//! Faults, made again and again around the running program, and what they cost: events that were accepted and never arrived, that came
//! twice, or that a later one of their lane overtook.
//!
//! `RAMAL_FAULTS` says how often each is made: a few times if it is absent, as a part of `make test`; so often if it is a number; and
//! `long` is what `make faults` does. Each story appends a line of JSON with its figures to `stories.jsonl` in the folder that
//! `RAMAL_FAULTS_OUT` names, from which `tests/faults.py` makes the table of `docs/faults.md`.

mod clock;
mod fleet;
mod isolation;
mod limits;
mod log_cut;
mod misbehaviour;
mod receivers;
mod storage;
mod traffic;
mod witness;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use serde_json::json;

/// How often a fault is made: `short` in passing, `long` by itself, or as often as asked for.
pub fn times(short: u64, long: u64) -> u64 {
    let asked = std::env::var("RAMAL_FAULTS").unwrap_or_default();
    match asked.as_str() {
        "" => short,
        "long" => long,
        number => number.parse::<u64>().expect("RAMAL_FAULTS is `long` or a number").clamp(short, long),
    }
}

/// Whether what depends on the machine's speed is judged: when nothing else runs beside it.
pub fn is_long() -> bool {
    std::env::var("RAMAL_FAULTS").is_ok_and(|asked| asked == "long")
}

/// What a fault has cost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub accepted: usize,
    pub lost: usize,
    /// Beyond what may come twice: what was in flight or not committed.
    pub repeated: usize,
    pub overtaken: usize,
}

impl Count {
    pub fn add(&mut self, more: Count) {
        self.accepted += more.accepted;
        self.lost += more.lost;
        self.repeated += more.repeated;
        self.overtaken += more.overtaken;
    }
}

/// The names of what receivers do, each a fault of its own.
pub fn misbehaviours() -> impl Iterator<Item = &'static str> {
    misbehaviour::ALL.iter().map(|(name, _)| *name)
}

/// A fault, as it is told to people.
pub struct Story {
    pub fault: &'static str,
    pub promised: &'static str,
    pub made: &'static str,
}

impl Story {
    /// Writes the figures down; then nothing may have been lost, repeated or overtaken.
    pub fn tell(&self, times: u64, count: Count, note: &str) {
        self.write(times, count, note);
        let nothing = Count { accepted: count.accepted, ..Count::default() };
        assert!(count.accepted > 0 && count == nothing, "{}: {count:?}", self.fault);
    }

    /// Writes the figures down, whatever they are.
    pub fn write(&self, times: u64, count: Count, note: &str) {
        let line = json!({
            "fault": self.fault, "promised": self.promised, "made": self.made, "times": times,
            "accepted": count.accepted, "lost": count.lost, "repeated": count.repeated, "overtaken": count.overtaken,
            "note": note,
        });
        println!("{line}");
        let Some(folder) = std::env::var_os("RAMAL_FAULTS_OUT") else { return };
        let path = Path::new(&folder).join("stories.jsonl");
        let mut file =
            File::options().create(true).append(true).open(path).expect("a folder for the figures");
        // One call: stories that end at the same time do not write into each other's lines.
        file.write_all(format!("{line}\n").as_bytes()).expect("it is written");
    }
}
