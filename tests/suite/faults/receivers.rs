//! Every misbehaviour of a receiver, and beside it a webhook of the same company that is well: that one gets everything, in order, at
//! once.

use std::time::Duration;

use super::misbehaviour::{ALL, Misbehaving};
use super::traffic::{GUARD, Traffic, company, door};
use super::witness::{Witness, delays, judge};
use super::{Story, times};
use crate::support::daemon::Home;

/// From the answer to a post until it is at the webhook that is well, on a machine that other tests load.
const AT_ONCE: Duration = Duration::from_secs(5);
const CALLS: u32 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_receiver_does_the_webhook_beside_it_is_well() {
    let events = u32::try_from(times(4, 500)).expect("few");
    let witness = Witness::start().await;
    let mut receivers = Vec::new();
    let mut settings = GUARD.to_owned();
    for (number, (_, how)) in (1..).zip(ALL) {
        let receiver = Misbehaving::start(*how).await;
        settings += &company(number, &[(&receiver.url, "timeout_seconds = 2"), (&witness.url(number), "")]);
        receivers.push(receiver);
    }
    let home = Home::new(&settings).await;
    let daemon = home.start().await;
    let companies = 1..=u32::try_from(ALL.len()).expect("few");
    let traffic = Traffic::of(door(&daemon), companies, CALLS, events, Duration::from_millis(150));
    let accepted = traffic.all().await;
    witness.has(accepted.iter().map(|(number, _)| *number)).await;
    for (number, ((name, _), receiver)) in (1..).zip(ALL.iter().zip(&receivers)) {
        let path = format!("/api/v1/webhooks/webhook_{}/status", 2 * number - 1);
        // It was met: something of it was tried, or is over.
        daemon.until(&path, |at| at["failed"].as_u64() > Some(0) || at["delivered"].as_u64() > Some(0)).await;
        assert!(receiver.accepted() != Some(0), "{name}: nobody came");
    }
    let came = witness.came();
    for (number, (name, _)) in (1..).zip(ALL) {
        let accepted: Vec<_> =
            accepted.iter().filter(|((company, ..), _)| *company == number).copied().collect();
        let came: Vec<_> = came.iter().filter(|one| one.number.0 == number).cloned().collect();
        let longest = delays(&accepted, &came).last().copied().unwrap_or_default();
        let story = Story {
            fault: name,
            promised: "the webhook beside it gets everything, in order, at once",
            made: "a receiver that does so with every connection, beside one that is well",
        };
        let note = format!("at the webhook beside it after {} ms at most", longest.as_millis());
        story.tell(1, judge(&accepted, &came), &note);
        assert!(longest < AT_ONCE, "{name}: {longest:?}");
    }
    daemon.stop().await;
}
