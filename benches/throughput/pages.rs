//! Pages of a large installation in a real browser: how soon they show themselves, how large they are, and how soon a search
//! over all of it answers, while events come and some endpoints are down.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::Failure;
use crate::figures::Run;
use crate::report::Floor;
use crate::shape::Shape;
use crate::viewers::{sign_in, token};

const COMPANIES: u32 = 1_000;
/// Webhooks of each: one gets the events, one wants none of those that come, and of each tenth company the third is down.
const DOWN: u32 = 10;
const RATE: u32 = 100;
/// A few bytes without style or script: what the browser takes on this machine whatever the page.
const BARE: &str = "a bare answer";
/// Loads of each page; the slowest one in twenty counts.
const LOADS: u32 = 40;

pub fn measure(run: &mut Run) -> Result<(), Failure> {
    let settings = settings(run.line.feed.port, run.line.sink.port);
    // The database is made by a first start.
    let first = run.line.start_with(&settings)?;
    run.line.feed.until_connected(COMPANIES)?;
    let folder = first.folder.clone();
    first.running.stop()?;
    sign_in(&folder.join("ramal.db"), "administrator")?;
    run.line.feed.until_alone()?;
    let started = run.line.start_again_with(folder, &settings)?;
    run.line.feed.until_connected(COMPANIES)?;
    run.line.feed.rate(RATE)?;
    // Endpoints are judged to be down, and their incidents open.
    std::thread::sleep(4 * run.pace.warm_up);
    let seen = look(run, started.port)?;
    run.settle("pages")?;
    for (name, page) in seen["pages"].as_object().ok_or("no pages were looked at")? {
        let figure = |key: &str| page[key].as_f64().ok_or_else(|| format!("{name}: no {key}"));
        let (paint, kilobytes) = (figure("paint_p95_ms")?, figure("kilobytes")?);
        run.add(&format!("{name}: answer, p95"), "ms", Floor::None, figure("answer_p95_ms")?);
        let bound = if name == BARE { Floor::None } else { Floor::AtMost(300.0) };
        run.add(&format!("{name}: first contentful paint, p95"), "ms", bound, paint);
        run.add(&format!("{name}: size"), "kB", Floor::AtMost(100.0), kilobytes);
    }
    for (key, name) in
        [("answer_p95_ms", "Ctrl K: answer, p95"), ("shown_p95_ms", "Ctrl K: key → shown, p95")]
    {
        let value = seen["search"][key].as_f64().ok_or("nothing was searched for")?;
        run.add(name, "ms", if key == "answer_p95_ms" { Floor::AtMost(100.0) } else { Floor::None }, value);
    }
    run.report.detail(run.subject, "pages", seen);
    Ok(())
}

/// What a browser sees, by the script that drives it.
fn look(run: &Run, port: u16) -> Result<Value, Failure> {
    let asked = json!({ "base": format!("http://127.0.0.1:{port}"), "token": token(0), "loads": LOADS, "companies": COMPANIES });
    let script = run.line.places.browser.join("pages.mjs");
    let output =
        Command::new("node").arg(&script).arg(asked.to_string()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{} ended with {}", script.display(), output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn settings(feed: u16, sink: u16) -> String {
    let (shape, target) = (Shape::plain(COMPANIES), format!("http://127.0.0.1:{sink}"));
    (1..=COMPANIES).map(|number| shape.company(number, feed, &target) + &others(number, sink)).collect()
}

/// The second and the third webhook of a company.
fn others(number: u32, sink: u16) -> String {
    let quiet = format!("http://127.0.0.1:{sink}/agentes/{number}");
    let webhook = |name: &str, url: &str, wants: &str| {
        format!("[[company.webhook]]\nname = \"{name}\"\nurl = \"{url}\"\nevents = [\"{wants}\"]\n")
    };
    let third = if number.is_multiple_of(DOWN) {
        webhook("ERP", "http://127.0.0.1:9/fora", "*")
    } else {
        webhook("ERP", &quiet, "agent-*")
    };
    webhook("Agentes", &quiet, "agent-*") + &third
}
