//! The measurements, one function each. Every one of them starts its subject afresh and ends when all that was
//! emitted has arrived; what the receiver found wrong on the way is a fault of the run.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::children::{Running, Stats};
use crate::report::{Floor, Report};
use crate::subject::{Line, Subject};
use crate::{Failure, Pace, anew, day, outage, pages, posts, viewers};

pub const COMPANIES: u32 = 10;
/// Events under way at saturation. At 20,000/s this is a tenth of a second, so p99 has room up to its bound.
pub const WINDOW: u32 = 2_000;
const FLOOD: u32 = 60_000;
const P99_BOUND_US: u64 = 250_000;
/// The rate that is held is looked for from just under saturation downwards, in steps of 5 %, to three tenths of it.
const NEXT_RATE: f64 = 0.95;
const RATES_TRIED: u32 = 24;
/// Without one more delivery for so long, what is missing is lost.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Stage {
    Start,
    Latency,
    Flood,
    Saturation,
    Thousand,
    Viewers,
    Pages,
    Anew,
    Posts,
    Outage,
    Day,
}

/// One run of a stage: who is measured, with what, and where the figures go.
pub struct Run<'a> {
    pub line: &'a mut Line,
    pub pace: &'a Pace,
    pub report: &'a mut Report,
    pub subject: Subject,
}

pub fn all(line: &mut Line, pace: &Pace, stages: &[Stage], subjects: &[Subject]) -> Result<Report, Failure> {
    let mut report = Report::default();
    let asked_for = |stage: Stage| stages.is_empty() || stages.contains(&stage);
    for subject in [Subject::Hyper, Subject::Reqwest, Subject::Forwarder, Subject::Ramal] {
        if !subjects.is_empty() && !subjects.contains(&subject) {
            continue;
        }
        let mut run = Run { line, pace, report: &mut report, subject };
        if matches!(subject, Subject::Hyper | Subject::Reqwest) {
            if asked_for(Stage::Saturation) {
                run.bare_loop()?;
            }
            continue;
        }
        let mut sustained = None;
        if asked_for(Stage::Saturation) {
            sustained = Some(run.saturation()?);
        }
        if asked_for(Stage::Latency) {
            run.latency()?;
        }
        if asked_for(Stage::Flood) {
            run.flood()?;
        }
        if asked_for(Stage::Start) {
            run.start()?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Thousand) {
            run.thousand()?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Viewers) {
            viewers::measure(&mut run)?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Pages) {
            pages::measure(&mut run)?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Anew) {
            anew::measure(&mut run, pace.events)?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Posts) {
            posts::measure(&mut run)?;
        }
        if subject == Subject::Ramal && asked_for(Stage::Outage) {
            outage::measure(&mut run, sustained)?;
        }
    }
    if asked_for(Stage::Day) {
        day::measure(line, pace, &mut report)?;
    }
    Ok(report)
}

/// What a stretch of time saw.
pub struct Stretch {
    pub per_second: f64,
    pub cpu_s_per_10k: f64,
    pub stats: Stats,
}

impl Run<'_> {
    pub fn add(&mut self, name: &str, unit: &'static str, floor: Floor, value: f64) {
        self.report.add(self.subject, name, unit, floor, value);
    }

    fn bare_loop(&mut self) -> Result<(), Failure> {
        let running = self.line.start_loop(self.subject)?;
        std::thread::sleep(self.pace.warm_up);
        let stretch = self.stretch(&running, self.pace.stretch, "saturated")?;
        self.add_saturated(&stretch);
        Ok(())
    }

    fn add_saturated(&mut self, stretch: &Stretch) {
        self.add("deliveries/s, saturated", "1/s", Floor::None, stretch.per_second);
        self.add("CPU at saturation, per 10,000", "s", Floor::AtMost(0.35), stretch.cpu_s_per_10k);
    }

    /// How fast it goes with a bounded number of events under way, and the rate it holds when events come at their
    /// own pace, whether or not it is ready for them.
    fn saturation(&mut self) -> Result<f64, Failure> {
        let started = self.line.start_connected(self.subject, COMPANIES)?;
        self.line.feed.window(WINDOW)?;
        std::thread::sleep(self.pace.warm_up);
        let closed = self.stretch(&started.running, self.pace.stretch, "saturated")?;
        self.settle("saturated")?;
        self.add_saturated(&closed);
        let mut rate = 0.98 * closed.per_second;
        for _ in 0..RATES_TRIED {
            let (held, stats) = self.hold(&started.running, rate)?;
            if held {
                self.add("sustained deliveries/s, p99 < 250 ms", "1/s", Floor::AtLeast(20_000.0), rate);
                self.add("p99 at the sustained rate", "ms", Floor::AtMost(250.0), ms(stats.p99_us));
                return Ok(rate);
            }
            rate *= NEXT_RATE;
        }
        self.report.fault(format!("{}: no rate is held", self.subject.title()));
        Ok(rate)
    }

    /// Whether events are delivered at the rate at which they are emitted, with p99 under its bound.
    fn hold(&mut self, running: &Running, rate: f64) -> Result<(bool, Stats), Failure> {
        self.line.feed.rate(whole(rate))?;
        std::thread::sleep(self.pace.warm_up);
        let stretch = self.stretch(running, self.pace.stretch, "held")?;
        self.settle("held")?;
        eprintln!(
            "    {rate:.0}/s: {:.0}/s delivered, p99 {:.1} ms",
            stretch.per_second,
            ms(stretch.stats.p99_us)
        );
        Ok((stretch.stats.p99_us < P99_BOUND_US && stretch.per_second > 0.99 * rate, stretch.stats))
    }

    fn latency(&mut self) -> Result<(), Failure> {
        let started = self.line.start_connected(self.subject, COMPANIES)?;
        for (rate, shown) in [(200, "200/s"), (1_000, "1,000/s")] {
            self.line.feed.rate(rate)?;
            std::thread::sleep(self.pace.warm_up);
            let stretch = self.stretch(&started.running, self.pace.stretch, shown)?;
            self.settle(shown)?;
            let (p50, p99) = (ms(stretch.stats.p50_us), ms(stretch.stats.p99_us));
            self.add(&format!("frame → POST at {shown}, p50"), "ms", Floor::AtMost(1.0), p50);
            self.add(&format!("frame → POST at {shown}, p99"), "ms", Floor::AtMost(2.5), p99);
        }
        let peak = started.running.usage()?.peak_mb;
        self.add("peak memory at 1,000/s", "MB", Floor::AtMost(40.0), peak);
        Ok(())
    }

    fn flood(&mut self) -> Result<(), Failure> {
        let started = self.line.start_connected(self.subject, COMPANIES)?;
        let began = Instant::now();
        self.line.feed.flood(FLOOD)?;
        while self.line.sink.stats()?.delivered < u64::from(FLOOD) && began.elapsed() < 3 * PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        let per_second = f64::from(FLOOD) / began.elapsed().as_secs_f64();
        self.settle("flood")?;
        let peak = started.running.usage()?.peak_mb;
        self.add("peak memory in a flood of 60,000", "MB", Floor::AtMost(150.0), peak);
        self.add("deliveries/s in the flood", "1/s", Floor::None, per_second);
        Ok(())
    }

    fn start(&mut self) -> Result<(), Failure> {
        let mut times = Vec::new();
        for _ in 0..self.pace.repeats {
            times.push(self.line.start(self.subject, 0)?.listening_after);
        }
        times.sort_unstable();
        let median = times[times.len() / 2].as_secs_f64();
        self.add("start to listening, empty database", "s", Floor::AtMost(0.1), median);
        Ok(())
    }

    fn thousand(&mut self) -> Result<(), Failure> {
        const MANY: u32 = 1_000;
        let started = self.line.start_connected(self.subject, MANY)?;
        let first = started.running.started.elapsed().as_secs_f64();
        std::thread::sleep(self.pace.warm_up);
        let peak = started.running.usage()?.peak_mb;
        self.add("1,000 companies connected, new database", "s", Floor::AtMost(3.0), first);
        let folder = started.folder.clone();
        let stopped = started.running.stop()?;
        self.line.feed.until_alone()?;
        let again = self.line.start_in(self.subject, MANY, folder)?;
        self.line.feed.until_connected(MANY)?;
        let second = again.running.started.elapsed().as_secs_f64();
        std::thread::sleep(self.pace.warm_up);
        let peak = peak.max(again.running.usage()?.peak_mb);
        self.add("1,000 companies connected, known before", "s", Floor::AtMost(3.0), second);
        self.add("peak memory with 1,000 companies", "MB", Floor::AtMost(100.0), peak);
        self.add("stop with 1,000 companies", "s", Floor::AtMost(10.0), stopped.as_secs_f64());
        Ok(())
    }

    /// Lets `length` pass and says what was delivered meanwhile, at what cost.
    pub fn stretch(&mut self, running: &Running, length: Duration, stage: &str) -> Result<Stretch, Failure> {
        let Run { line, report, .. } = self;
        let cost = |running: &Running| running.usage().map(|usage| usage.cpu_s);
        line.sink.mark()?;
        let busy = machine_busy_s()?;
        let (own, feed, sink) = (cost(running)?, cost(line.feed.running())?, cost(&line.sink.running)?);
        let (before, began) = (line.sink.stats()?.delivered, Instant::now());
        std::thread::sleep(length);
        let stats = line.sink.stats()?;
        let seconds = began.elapsed().as_secs_f64();
        let own = cost(running)? - own;
        let (feed, sink) = (cost(line.feed.running())? - feed, cost(&line.sink.running)? - sink);
        let others = (machine_busy_s()? - busy - own - feed - sink).max(0.0);
        let delivered = (stats.delivered - before) as f64;
        report.detail(
            self.subject,
            stage,
            json!({
                "seconds": seconds, "delivered": delivered, "cpu_s": own, "server_cpu_s": feed,
                "receiver_cpu_s": sink, "others_cpu_s": others, "receiver": stats,
            }),
        );
        if others > 0.1 * seconds {
            eprintln!("    (other programs took {:.0} % of a core)", 100.0 * others / seconds);
        }
        Ok(Stretch { per_second: delivered / seconds, cpu_s_per_10k: own * 1e4 / delivered.max(1.0), stats })
    }

    /// Stops the server and waits until all that it emitted has arrived; notes what did not arrive as it should.
    pub fn settle(&mut self, stage: &str) -> Result<Stats, Failure> {
        let emitted = self.line.feed.stop()? * u64::from(self.line.fan_out);
        let mut stats = self.line.sink.stats()?;
        let mut moved = Instant::now();
        while stats.delivered < emitted && moved.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
            let now = self.line.sink.stats()?;
            if now.delivered > stats.delivered {
                moved = Instant::now();
            }
            stats = now;
        }
        let who = self.subject.title();
        let mut wrong = |count: u64, what: &str| {
            if count > 0 {
                self.report.fault(format!("{who}, {stage}: {count} {what}"));
            }
        };
        wrong(emitted - stats.delivered.min(emitted), "events lost");
        wrong(stats.duplicates, "duplicates");
        wrong(stats.unreadable, "posts that cannot be read");
        wrong(stats.unsigned, "posts without a signature");
        wrong(stats.signatures_wrong, "wrong signatures");
        if self.subject == Subject::Ramal {
            wrong(stats.disordered, "events before an earlier one of their call");
        }
        Ok(stats)
    }
}

/// Seconds of all cores that were not idle since the machine started.
fn machine_busy_s() -> Result<f64, Failure> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let first = stat.lines().next().ok_or("an empty /proc/stat")?;
    let ticks: Vec<f64> = first.split_whitespace().skip(1).filter_map(|f| f.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq; the rest is the host's.
    Ok([0, 1, 2, 5, 6].iter().filter_map(|at| ticks.get(*at)).sum::<f64>() / 100.0)
}

pub fn ms(us: u64) -> f64 {
    us as f64 / 1e3
}

fn whole(rate: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "rates are small and positive"
    )]
    let whole = rate as u32;
    whole
}
