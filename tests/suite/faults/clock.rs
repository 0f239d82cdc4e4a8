//! A clock that is put forward and back while the program runs: its own, by libfaketime.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::traffic::{GUARD, Traffic, company, door};
use super::witness::Witness;
use super::{Story, times};
use crate::support::daemon::Home;

const STEPS: &[&str] = &["+1h", "+0", "-1h", "+30d", "+0", "-1y", "+1y", "+0", "-60"];

/// Debian's, which `tests/install.sh` installs.
fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").expect("a folder").flatten().map(|entry| entry.path());
    let found = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists());
    found.expect("libfaketime (Debian: apt-get install faketime)")
}

/// From now on the clock is so far from the true one.
fn set(file: &Path, offset: &str) {
    let new = file.with_extension("new");
    std::fs::write(&new, format!("{offset}\n")).expect("written");
    // At once: the library reads it at any moment.
    std::fs::rename(&new, file).expect("moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_put_forward_and_back_loses_nothing() {
    let steps = times(STEPS.len() as u64, 200);
    let witness = Witness::start().await;
    let home = Home::new(&format!("{GUARD}{}", company(1, &[(&witness.url(1), "")]))).await;
    let (file, library) = (home.path().join("clock"), library());
    set(&file, "+0");
    let clock = [
        ("LD_PRELOAD", library.to_str().expect("a name")),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().expect("a name")),
        ("FAKETIME_NO_CACHE", "1"),
        // A clock that somebody sets is not the one that pauses are measured with.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    let daemon = home.start_through(&["env"], &clock).await;
    // Some of them fail once, so that there are pauses to be made.
    witness.refuse_one_in(15);
    let traffic = Traffic::begin(door(&daemon), [1], 6, Duration::from_millis(5));
    for (_, offset) in (0..steps).zip(STEPS.iter().cycle()) {
        set(&file, offset);
        traffic.flows(30).await;
        sleep(Duration::from_millis(250)).await;
    }
    witness.refuse_one_in(0);
    let accepted = traffic.end().await;
    let count = witness.judge(&accepted).await;
    let newest = daemon.get("/api/v1/companies/company_1/events?limit=1").await;
    let story = Story {
        fault: "the clock is put forward and back",
        promised: "nothing is lost, and what failed is tried again after its pause",
        made: "the program's clock is moved by libfaketime: an hour, thirty days, a year, forward and back, while posts come and one \
            delivery in fifteen fails",
    };
    story.tell(steps, count, "");
    assert!(newest["items"][0]["received_at"].is_string(), "{newest}");
    daemon.stop().await;
}
