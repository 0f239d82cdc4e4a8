//! An ordinary day: what an event costs, and how soon it is there, at the rates of an ordinary day, beside the forwarder of
//! an afternoon that keeps nothing. Both are measured in turn, round by round, and what counts is the ratio of their medians:
//! it says the same on a fast machine and on a slow one.

use std::time::{Duration, Instant};

use crate::children::Running;
use crate::figures::{COMPANIES, Run, ms};
use crate::postgres::Postgres;
use crate::report::{Floor, Report};
use crate::shape::Shape;
use crate::subject::{Line, Subject};
use crate::{Failure, Pace};

const FLOOD: u32 = 150_000;
const FLOOD_ENDS_WITHIN: Duration = Duration::from_mins(2);
const IN_TURN: [Subject; 2] = [Subject::Forwarder, Subject::Ramal];

/// What is measured with one start of each subject.
struct Case {
    name: &'static str,
    shape: Shape,
    load: Load,
    /// An answer of the receiver takes 200 ms.
    slow: bool,
    on_postgres: bool,
}

enum Load {
    /// Events a second, one stretch after the other.
    Rates(&'static [u32]),
    /// So many events at once.
    Flood(u32),
}

/// What the ratio of Ramal's figure to the forwarder's is to be.
const TO_REACH: [(&str, Floor); 7] = [
    ("sqlite, 1,000/s: CPU s per 10,000", Floor::AtMost(1.0)),
    ("sqlite, 200/s: CPU s per 10,000", Floor::AtMost(0.7)),
    ("sqlite, 1,000/s: frame → POST p50, ms", Floor::AtMost(1.0)),
    ("sqlite, 1,000/s: frame → POST p99, ms", Floor::AtMost(0.7)),
    ("sqlite, flood: deliveries/s", Floor::AtLeast(3.0)),
    ("sqlite, flood: CPU s per 10,000", Floor::AtMost(0.35)),
    ("sqlite, flood: peak memory, MB", Floor::AtMost(0.2)),
];

fn cases() -> Vec<Case> {
    let plain = || Shape::plain(COMPANIES);
    let case = |name, shape, load| Case { name, shape, load, slow: false, on_postgres: false };
    let rates = || Load::Rates(&[50, 200, 1_000, 5_000]);
    let thousand = || Load::Rates(&[1_000]);
    vec![
        case("sqlite", plain(), rates()),
        case("sqlite, flood", plain(), Load::Flood(FLOOD)),
        Case { on_postgres: true, ..case("postgres", plain(), rates()) },
        Case { on_postgres: true, ..case("postgres, flood", plain(), Load::Flood(FLOOD)) },
        case("TLS to the receiver", Shape { encrypted: true, ..plain() }, thousand()),
        case("rules on three fields", Shape { rules: true, ..plain() }, thousand()),
        Case { slow: true, ..case("answers take 200 ms", plain(), thousand()) },
        case("10 webhooks a company", Shape { webhooks: 10, ..plain() }, Load::Rates(&[100, 500])),
        case("100 webhooks a company", Shape { webhooks: 100, ..plain() }, Load::Rates(&[10, 50])),
    ]
}

/// One figure of one round.
struct Measured {
    name: String,
    subject: Subject,
    value: f64,
}

pub fn measure(line: &mut Line, pace: &Pace, report: &mut Report) -> Result<(), Failure> {
    let mut server = None;
    for mut case in cases().into_iter().filter(|case| pace.wants_case(case.name)) {
        let mut measured = Vec::new();
        for round in 1..=pace.rounds {
            for subject in IN_TURN {
                if case.on_postgres && subject == Subject::Ramal {
                    let server = match &mut server {
                        Some(server) => server,
                        none => none.insert(Postgres::start(&line.places.work)?),
                    };
                    case.shape.postgres = Some(server.database()?);
                }
                eprintln!("{}, round {round} of {}, {}", case.name, pace.rounds, subject.title());
                let mut run = Run { line, pace, report, subject };
                measured.extend(run.day(&case)?);
            }
        }
        add(report, &measured);
    }
    line.fan_out = 1;
    Ok(())
}

/// The medians of both, and their ratio.
fn add(report: &mut Report, measured: &[Measured]) {
    let mut names: Vec<&str> = Vec::new();
    for one in measured {
        if !names.contains(&one.name.as_str()) {
            names.push(&one.name);
        }
    }
    for name in names {
        let of = |subject| {
            let mut values: Vec<f64> = measured
                .iter()
                .filter(|one| one.name == name && one.subject == subject)
                .map(|one| one.value)
                .collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied()
        };
        for subject in IN_TURN {
            if let Some(median) = of(subject) {
                report.add(subject, name, "", Floor::None, median);
            }
        }
        if let (Some(script), Some(own)) = (of(Subject::Forwarder), of(Subject::Ramal)) {
            let floor = TO_REACH.iter().find(|(of, _)| *of == name).map_or(Floor::None, |(_, floor)| *floor);
            report.add(Subject::Ramal, &format!("{name}, ratio"), "", floor, own / script);
        }
    }
}

impl Run<'_> {
    fn day(&mut self, case: &Case) -> Result<Vec<Measured>, Failure> {
        let started = self.line.start_connected_as(self.subject, &case.shape)?;
        self.line.sink.slow(case.slow)?;
        let measured = match case.load {
            Load::Rates(rates) => self.rates(case.name, rates, &started.running),
            Load::Flood(events) => self.flooded(case.name, events, &started.running),
        };
        self.line.sink.slow(false)?;
        measured
    }

    fn rates(&mut self, case: &str, rates: &[u32], running: &Running) -> Result<Vec<Measured>, Failure> {
        let mut measured = Vec::new();
        for rate in rates {
            let shown = if *rate >= 1_000 {
                format!("{},{:03}", rate / 1_000, rate % 1_000)
            } else {
                rate.to_string()
            };
            let name = format!("{case}, {shown}/s");
            self.line.feed.rate(*rate)?;
            std::thread::sleep(self.pace.warm_up);
            let stretch = self.stretch(running, self.pace.stretch, &name)?;
            self.settle(&name)?;
            for (what, value) in [
                ("CPU s per 10,000", stretch.cpu_s_per_10k),
                ("frame → POST p50, ms", ms(stretch.stats.p50_us)),
                ("frame → POST p99, ms", ms(stretch.stats.p99_us)),
            ] {
                measured.push(self.measured(format!("{name}: {what}"), value));
            }
        }
        Ok(measured)
    }

    fn flooded(&mut self, name: &str, events: u32, running: &Running) -> Result<Vec<Measured>, Failure> {
        let (before, began) = (running.usage()?.cpu_s, Instant::now());
        self.line.feed.flood(events)?;
        while self.line.sink.stats()?.delivered < u64::from(events) && began.elapsed() < FLOOD_ENDS_WITHIN {
            std::thread::sleep(Duration::from_millis(5));
        }
        let per_second = f64::from(events) / began.elapsed().as_secs_f64();
        self.settle(name)?;
        let usage = running.usage()?;
        Ok(vec![
            self.measured(format!("{name}: deliveries/s"), per_second),
            self.measured(
                format!("{name}: CPU s per 10,000"),
                (usage.cpu_s - before) * 1e4 / f64::from(events),
            ),
            self.measured(format!("{name}: peak memory, MB"), usage.peak_mb),
        ])
    }

    fn measured(&self, name: String, value: f64) -> Measured {
        eprintln!("    {name}: {value:.3}");
        Measured { name, subject: self.subject, value }
    }
}
