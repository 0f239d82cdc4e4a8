//! Every message that there is, to every service that takes it as one request.

use std::time::Duration;

use ramal::alerting::{Channel, Failure, Outcome, What, send};
use ramal::domain::Lang;
use ramal::net::{ErrorKind, Refusal};
use ramal::secrets::Secret;

use super::published::{discord, google_chat, slack, teams, telegram};
use super::service::{Judge, Said, Service};
use super::{all_messages, hostile, message, point, senders};

/// A service with where its messages go.
struct Kind {
    judge: Judge,
    taken: (u16, &'static str),
    path: &'static str,
    channel: fn(Secret) -> Channel,
}

fn posted() -> Vec<(&'static str, Kind)> {
    let path = "/services/T00000000/B00000000/of-twenty-and-more?key=key-of-twenty&token=token-of-twenty";
    let kind = |judge: Judge, taken, channel| Kind { judge, taken, path, channel };
    vec![
        ("slack", kind(slack, (200, "ok"), |url| Channel::Slack { url })),
        ("teams", kind(teams, (202, ""), |url| Channel::Teams { url })),
        (
            "google_chat",
            kind(google_chat, (200, r#"{"name":"spaces/a/messages/b"}"#), |url| Channel::GoogleChat { url }),
        ),
        ("discord", kind(discord, (204, ""), |url| Channel::Discord { url })),
    ]
}

#[tokio::test]
async fn what_is_sent_is_what_each_service_publishes_that_it_takes() {
    let senders = senders(None, "http://127.0.0.1:9");
    for (name, kind) in posted() {
        let service = Service::start(kind.judge, kind.taken).await;
        let url = Secret::new(format!("{}{}", service.base, kind.path));
        for lang in [Lang::Pt, Lang::En] {
            let point = point((kind.channel)(url.clone()), lang);
            for message in all_messages() {
                let sent = send(&senders, &point, &message).await;
                let what = message.what;
                assert_eq!(sent.outcome, Outcome::Taken, "{name}, {what:?}: {:?}", sent.exchange.answer);
                let [got] = &service.got()[..] else { panic!("{name}: not one request") };
                assert_eq!(got.uri, kind.path, "{name}");
                // The address is a secret: neither it nor a part of it is shown.
                let shown = format!("{:?} {:?}", sent.exchange, point);
                assert!(!shown.contains("of-twenty"), "{name}: {shown}");
                assert!(sent.exchange.to.ends_with("/…"), "{}", sent.exchange.to);
            }
        }
    }
}

#[tokio::test]
async fn a_robot_says_it_in_its_chat_and_its_token_is_nowhere() {
    let accepted = r#"{"ok":true,"result":{"message_id":1}}"#;
    let service = Service::start(telegram, (200, accepted)).await;
    let senders = senders(None, &service.base);
    let token = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    let channel = |thread| Channel::Telegram { token: token.into(), chat: "-100123".into(), thread };
    for message in all_messages() {
        let sent = send(&senders, &point(channel(Some(5)), Lang::Pt), &message).await;
        assert_eq!(sent.outcome, Outcome::Taken, "{:?}: {:?}", message.what, sent.exchange.answer);
        let [got] = &service.got()[..] else { panic!("not one request") };
        assert_eq!(got.uri, format!("/bot{token}/sendMessage"));
        assert_eq!((&got.body["chat_id"], &got.body["message_thread_id"]), (&"-100123".into(), &5.into()));
        assert!(!format!("{:?}", sent.exchange).contains("AAHdq"), "{:?}", sent.exchange);
    }

    // A group that became another is followed, once, and without the topic it had.
    let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw","parameters":{"migrate_to_chat_id":-1009}}"#;
    service.say(Said { status: 400, retry_after: None, body: moved });
    let sent = send(&senders, &point(channel(Some(5)), Lang::Pt), &message(What::Opened, 1)).await;
    let got = service.got();
    assert_eq!((sent.outcome, got.len()), (Outcome::Taken, 2));
    assert_eq!((&got[1].body["chat_id"], got[1].body.get("message_thread_id")), (&(-1009).into(), None));

    // What an answer repeats of the token is not shown.
    let refused = r#"{"ok":false,"error_code":401,"description":"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw is unknown"}"#;
    service.say(Said { status: 401, retry_after: None, body: refused });
    let sent = send(&senders, &point(channel(None), Lang::Pt), &message(What::Opened, 1)).await;
    assert_eq!(sent.outcome, Outcome::Refused { why: Failure::Status(401) });
    let answer = sent.exchange.answer.expect("it was answered");
    assert!(answer.contains("… is unknown") && !answer.contains("AAHdq"), "{answer}");

    let slow = r#"{"ok":false,"error_code":429,"description":"x","parameters":{"retry_after":31}}"#;
    service.say(Said { status: 429, retry_after: None, body: slow });
    let sent = send(&senders, &point(channel(None), Lang::Pt), &message(What::Opened, 1)).await;
    assert_eq!(sent.outcome, again(Some(Duration::from_secs(31)), Failure::Status(429)));
}

fn again(after: Option<Duration>, why: Failure) -> Outcome {
    Outcome::Again { after, why }
}

#[tokio::test]
async fn an_answer_says_what_is_to_be_done_next() {
    let senders = senders(None, "http://127.0.0.1:9");
    let service = Service::start(|_| Ok(()), (200, "ok")).await;
    let point =
        |path: &str| point(Channel::Slack { url: Secret::new(format!("{}{path}", service.base)) }, Lang::Pt);
    for (said, outcome) in [
        ((200, None, "ok"), Outcome::Taken),
        ((429, Some("17"), ""), again(Some(Duration::from_secs(17)), Failure::Status(429))),
        ((500, None, "rollup_error"), again(None, Failure::Status(500))),
        ((404, None, "no_service"), Outcome::Refused { why: Failure::Status(404) }),
        ((410, None, "channel_is_archived"), Outcome::Refused { why: Failure::Status(410) }),
        // A redirect is not followed: the address is another's.
        ((302, None, ""), Outcome::Refused { why: Failure::Status(302) }),
    ] {
        service.say(Said { status: said.0, retry_after: said.1, body: said.2 });
        let sent = send(&senders, &point("/x"), &message(What::Opened, 1)).await;
        assert_eq!(sent.outcome, outcome, "{said:?}");
        assert_eq!((sent.exchange.status, sent.exchange.answer.as_deref()), (Some(said.0), Some(said.2)));
    }
}

#[tokio::test]
async fn where_nothing_answers_it_is_said_why_and_in_time() {
    let senders = senders(None, "http://127.0.0.1:9");
    let sent = |url: &str| {
        let point = point(Channel::Slack { url: Secret::new(url) }, Lang::Pt);
        let senders = senders.clone();
        async move { send(&senders, &point, &message(What::Opened, 1)).await }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let free = listener.local_addr().expect("bound");
    drop(listener);
    let refused = sent(&format!("http://{free}/")).await;
    assert_eq!(refused.outcome, again(None, Failure::Net(ErrorKind::ConnectRefused)));
    // The guard of everything that goes out: an address inside is none.
    let inside = sent("http://10.0.0.1/").await;
    assert_eq!(inside.outcome, Outcome::Refused { why: Failure::Net(ErrorKind::NotPermitted) });
    let odd = sent("ftp://a.example/").await;
    assert_eq!(odd.outcome, Outcome::Refused { why: Failure::Address(Refusal::Scheme) });

    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("bound");
    let hanging = tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = silent.accept().await {
            held.push(stream);
        }
    });
    let late = sent(&format!("http://{address}/")).await;
    hanging.abort();
    assert_eq!(late.outcome, again(None, Failure::Net(ErrorKind::Timeout)));
    assert!((Duration::from_secs(9)..Duration::from_secs(12)).contains(&late.took), "{:?}", late.took);
}

#[tokio::test]
async fn what_is_kept_of_an_exchange_is_little() {
    let long: &'static str = Box::leak("x".repeat(60_000).into_boxed_str());
    let service = Service::start(|_| Ok(()), (200, "ok")).await;
    service.say(Said { status: 404, retry_after: None, body: long });
    let point = point(Channel::Teams { url: Secret::new(&*service.base) }, Lang::Pt);
    let sent = send(&senders(None, "http://127.0.0.1:9"), &point, &hostile()).await;
    assert!(sent.exchange.answer.is_some_and(|answer| answer.len() < 5_000));
    assert!(sent.exchange.request.len() < 33_000);
}
