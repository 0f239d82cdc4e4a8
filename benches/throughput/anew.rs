//! What it costs those who deliver that rows are made anew: a thousand deliveries a second, without and while the calls of all events
//! that there are are made again (`ramal rebuild calls`, beside the program).

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::children::Running;
use crate::figures::{COMPANIES, Run, WINDOW, ms};
use crate::report::Floor;

const RATE: u32 = 1_000;
/// Stretches of each; the one in the middle counts.
const STRETCHES: usize = 9;
/// Without so many events more within this, the program no longer takes them.
const SLOWEST: (u64, Duration) = (1_000, Duration::from_mins(1));

pub fn measure(run: &mut Run, events: u64) -> Result<(), Failure> {
    let started = run.line.start_connected(run.subject, COMPANIES)?;
    run.line.feed.window(WINDOW)?;
    fill(run, events)?;
    run.settle("filling")?;
    run.line.feed.rate(RATE)?;
    let alone = stretches(run, &started.running, "nothing else")?;
    let mut rebuild = Command::new("setpriv");
    rebuild
        .args(["--pdeathsig", "KILL"])
        .arg(&run.line.places.program)
        .args(["rebuild", "calls", "--config"]);
    let mut rebuild = rebuild.arg(started.folder.join("ramal.toml")).stdout(Stdio::null()).spawn()?;
    let beside = stretches(run, &started.running, "rows are made anew");
    if rebuild.try_wait()?.is_some() {
        run.report.fault("ramal: the rows were made anew before it was measured what that costs".to_owned());
    }
    rebuild.kill()?;
    rebuild.wait()?;
    let (p50, p99) = beside?;
    run.settle("rows are made anew")?;
    run.add("frame → POST at 1,000/s beside rows made anew, p50", "ms", Floor::AtMost(1.1 * alone.0), p50);
    run.add("frame → POST at 1,000/s beside rows made anew, p99", "ms", Floor::AtMost(1.1 * alone.1), p99);
    Ok(())
}

fn fill(run: &mut Run, events: u64) -> Result<(), Failure> {
    let (mut delivered, mut since) = (0, Instant::now());
    while delivered < events {
        std::thread::sleep(Duration::from_millis(200));
        let now = run.line.sink.stats()?.delivered;
        if now >= delivered + SLOWEST.0 {
            (delivered, since) = (now, Instant::now());
        } else if since.elapsed() > SLOWEST.1 {
            return Err(format!("{now} of {events} events were delivered, and no more").into());
        }
    }
    Ok(())
}

/// The medians of p50 and p99, in ms.
fn stretches(run: &mut Run, running: &Running, beside: &str) -> Result<(f64, f64), Failure> {
    std::thread::sleep(run.pace.warm_up);
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..STRETCHES {
        let stretch = run.stretch(running, run.pace.stretch, &format!("1,000/s, {beside}"))?;
        p50.push(stretch.stats.p50_us);
        p99.push(stretch.stats.p99_us);
        let (p50, p99) = (ms(stretch.stats.p50_us), ms(stretch.stats.p99_us));
        eprintln!(
            "    {beside}: p50 {p50:.2} ms, p99 {p99:.2} ms, {:.2} CPU s per 10,000",
            stretch.cpu_s_per_10k
        );
    }
    let median = |times: &mut Vec<u64>| {
        times.sort_unstable();
        ms(times[times.len() / 2])
    };
    Ok((median(&mut p50), median(&mut p99)))
}
