//! What is shown at the end: a table for people, JSON for machines, and what both were measured on.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};

use crate::Failure;
use crate::histogram::Histogram;
use crate::subject::Subject;

#[derive(Debug, Clone, Copy)]
pub enum Floor {
    AtLeast(f64),
    AtMost(f64),
    /// Shown beside the others; nothing is asked of it.
    None,
}

struct Figure {
    name: String,
    unit: &'static str,
    floor: Floor,
    values: BTreeMap<Subject, f64>,
}

#[derive(Default)]
pub struct Report {
    figures: Vec<Figure>,
    /// Everything that the receiver found wrong; a run with any of it has failed, whatever its figures.
    faults: Vec<String>,
    /// What was measured besides, by stage, for whoever looks into a figure.
    details: BTreeMap<String, Value>,
}

impl Report {
    pub fn add(&mut self, subject: Subject, name: &str, unit: &'static str, floor: Floor, value: f64) {
        eprintln!("  {:<17} {name}: {} {unit}", subject.title(), short(value));
        if let Some(figure) = self.figures.iter_mut().find(|f| f.name == name) {
            figure.values.insert(subject, value);
            return;
        }
        let values = BTreeMap::from([(subject, value)]);
        self.figures.push(Figure { name: name.to_owned(), unit, floor, values });
    }

    pub fn fault(&mut self, what: String) {
        eprintln!("  FAULT {what}");
        self.faults.push(what);
    }

    pub fn detail(&mut self, subject: Subject, stage: &str, value: Value) {
        self.details.insert(format!("{}: {stage}", subject.title()), value);
    }

    pub fn sound(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn table(&self) -> String {
        let subjects = [Subject::Ramal, Subject::Forwarder, Subject::Hyper, Subject::Reqwest];
        let mut text = String::from("| figure | floor | ramal | |");
        for subject in &subjects[1..] {
            let _ = write!(text, " {} |", subject.title());
        }
        let _ = write!(text, "\n|---|---|---:|---|{}\n", "---:|".repeat(subjects.len() - 1));
        for figure in &self.figures {
            let floor = match figure.floor {
                Floor::AtLeast(bound) => format!("≥ {}", short(bound)),
                Floor::AtMost(bound) => format!("≤ {}", short(bound)),
                Floor::None => String::new(),
            };
            let shown = |s: &Subject| figure.values.get(s).map_or(String::new(), |v| short(*v));
            let verdict = figure.values.get(&Subject::Ramal).and_then(|v| figure.floor.holds(*v));
            let verdict = verdict.map_or("", |holds| if holds { "ok" } else { "**short**" });
            let _ = write!(
                text,
                "| {}, {} | {floor} | {} | {verdict} |",
                figure.name,
                figure.unit,
                shown(&subjects[0])
            );
            for subject in &subjects[1..] {
                let _ = write!(text, " {} |", shown(subject));
            }
            text.push('\n');
        }
        for fault in &self.faults {
            let _ = writeln!(text, "\nFAULT: {fault}");
        }
        text
    }

    pub fn json(&self, machine: &Value) -> Value {
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|f| {
                let values: BTreeMap<&str, f64> = f.values.iter().map(|(s, v)| (s.title(), *v)).collect();
                let holds = f.values.get(&Subject::Ramal).and_then(|v| f.floor.holds(*v));
                json!({ "figure": f.name, "unit": f.unit, "floor": f.floor.json(), "values": values, "holds": holds })
            })
            .collect();
        json!({ "machine": machine, "figures": figures, "faults": self.faults, "details": self.details })
    }
}

impl Floor {
    fn holds(self, value: f64) -> Option<bool> {
        match self {
            Floor::AtLeast(bound) => Some(value >= bound),
            Floor::AtMost(bound) => Some(value <= bound),
            Floor::None => None,
        }
    }

    fn json(self) -> Value {
        match self {
            Floor::AtLeast(bound) => json!({ "at_least": bound }),
            Floor::AtMost(bound) => json!({ "at_most": bound }),
            Floor::None => Value::Null,
        }
    }
}

/// Three digits that count.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1000.0 => {
            let digits = format!("{value:.0}");
            let (thousands, rest) = digits.split_at(digits.len() - 3);
            format!("{thousands},{rest}")
        }
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// What the figures were measured on.
pub fn machine(work: &Path) -> Result<Value, Failure> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map(|l| l.trim_start_matches([' ', '\t', ':']));
    let memory = fs::read_to_string("/proc/meminfo")?;
    let memory = memory.lines().find_map(|l| l.strip_prefix("MemTotal:")).map(str::trim);
    let commit = disk_commit_us(work)?;
    Ok(json!({
        "cpu": model,
        "cores": std::thread::available_parallelism()?.get(),
        "memory": memory,
        "kernel": said("uname", &["-sr"]),
        "rustc": said("rustc", &["--version"]),
        "node": said("node", &["--version"]),
        "commit": said("git", &["describe", "--always", "--dirty", "--abbrev=12"]),
        "date": jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        "load_before": fs::read_to_string("/proc/loadavg")?.split(' ').next(),
        "disk_commit_us": { "p50": commit.quantile_us(500), "p99": commit.quantile_us(990) },
    }))
}

/// What it takes this disk to hold 4 KiB for good: the least that a commit can cost.
fn disk_commit_us(work: &Path) -> Result<Histogram, Failure> {
    let path = work.join("commit-probe");
    let mut file = File::create(&path)?;
    let mut times = Histogram::new();
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        times.record(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    fs::remove_file(path)?;
    Ok(times)
}

fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
