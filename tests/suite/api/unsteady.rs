//! An endpoint that refuses some of what it is sent.

use std::time::Instant;

use super::*;
use crate::support::receiver::Receiver as Refusing;

/// One request in ten is refused. The webhook is unstable from a moment on and stays so, over a restart too, with its share.
#[tokio::test]
async fn who_refuses_one_in_ten_is_unstable_and_does_not_flap() {
    let (provider, receiver) = (Provider::start(1).await, Refusing::start().await);
    receiver.refuse_one_in(10);
    let home = Home::new(SETTINGS).await;
    let daemon = home.start().await;
    let url = format!("http://{}/", receiver.address);
    let company = Company::create(&daemon, &provider, 1, &url, &["*"]).await;
    let mut seen: Vec<String> = Vec::new();
    let begun = Instant::now();
    let mut n = 0;
    while begun.elapsed() < Duration::from_secs(8) {
        for _ in 0..10 {
            n += 1;
            provider.emit(1, "call-was-connected", &json!({ "n": n, "call": { "id": format!("c{n}") } }));
        }
        let status = daemon.get(&company.hook("/status")).await;
        let health = status["health"].as_str().expect("a word").to_owned();
        if seen.last() != Some(&health) {
            seen.push(health);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(seen.last().map(String::as_str), Some("unstable"), "{seen:?}");
    assert_eq!(seen.iter().filter(|word| *word == "unstable").count(), 1, "it went and came again: {seen:?}");
    let status = daemon.get(&company.hook("/status")).await;
    let share = status["success_last_hour"].as_f64().expect("a share");
    assert!((0.7..0.95).contains(&share), "{status}");
    let sentence = status["sentence"].as_str().expect("a sentence");
    assert!(sentence.contains("das tentativas da última hora deram certo"), "{sentence}");

    daemon.stop().await;
    receiver.refuse_one_in(0);
    let daemon = home.start().await;
    let again =
        daemon.until(&company.hook("/status"), |status| status["success_last_hour"].is_number()).await;
    assert_eq!(again["health"], "unstable", "what was before is not forgotten: {again}");
    daemon.stop().await;
}
