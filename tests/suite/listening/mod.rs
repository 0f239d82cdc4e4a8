//! The connections that others open to us, against real sockets in paused time: a minute's silence takes no time here.

mod program;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::stream;
use ramal::listener::{Bounds, Tally, Unread, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const GENEROUS: Bounds =
    Bounds { connections: 100, of_one_address: 100, proxies: Vec::new(), body_bytes: 1 << 20 };
const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: x\r\n\r\n";

/// A listener with a few routes behind it.
struct Listening {
    address: SocketAddr,
    tally: Arc<Tally>,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    /// What `/slow` waits for.
    go: Arc<Notify>,
}

async fn listening(bounds: Bounds) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tally, stop, go) = (Arc::new(Tally::default()), CancellationToken::new(), Arc::new(Notify::new()));
    let slow = Arc::clone(&go);
    let router = Router::new()
        .route("/hello", get(|| async { "hello" }))
        .route("/read", post(read))
        .route("/large", get(|| async { Bytes::from(vec![b'x'; 64 << 20]) }))
        .route("/stream", get(|| async { Body::from_stream(stream::unfold(0, tick)) }))
        .route(
            "/slow",
            get(move || async move {
                slow.notified().await;
                "at last"
            }),
        );
    let serving = tokio::spawn(serve(listener, router, bounds, Arc::clone(&tally), stop.clone()));
    Listening { address, tally, stop, serving, go }
}

async fn read(body: Body) -> Response {
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(body) => body.len().to_string().into_response(),
        Err(error) => match Unread::behind(&error) {
            Some(Unread::Late) => StatusCode::REQUEST_TIMEOUT.into_response(),
            Some(Unread::NoRoom) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            None => StatusCode::BAD_REQUEST.into_response(),
        },
    }
}

/// A word every twenty seconds, for ten minutes.
async fn tick(number: u32) -> Option<(Result<String, std::io::Error>, u32)> {
    if number == 30 {
        return None;
    }
    sleep(Duration::from_secs(20)).await;
    Some((Ok(format!("tick {number}\n")), number + 1))
}

impl Listening {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Connects and sends this much.
    async fn with(&self, text: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text).await.unwrap();
        stream
    }

    async fn hello(&self) -> bool {
        let mut stream = self.with(HELLO).await;
        answer(&mut stream).await.ends_with("hello")
    }
}

/// A client that reads only when it has sent everything, as most do.
#[tokio::test]
async fn who_is_answered_early_hears_it_though_they_go_on_sending() {
    let listening = listening(GENEROUS).await;
    for _ in 0..20 {
        let head = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 4194304\r\n\r\n";
        let mut stream = listening.with(head).await;
        for _ in 0..256 {
            stream.write_all(&[b'x'; 16 << 10]).await.expect("it is taken");
        }
        let told = answer(&mut stream).await;
        assert!(told.starts_with("HTTP/1.1 404"), "{told}");
    }
}

/// Reads one answer whose body is short.
async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        text.extend_from_slice(&piece[..count]);
        let told = String::from_utf8_lossy(&text);
        let is_whole = told.split_once("\r\n\r\n").is_some_and(|(head, body)| {
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            body.len() >= length.and_then(|length| length.parse().ok()).unwrap_or(0)
        });
        if count == 0 || is_whole {
            return told.into_owned();
        }
    }
}

/// Everything until the other side closes, and how long that took.
async fn until_closed(mut stream: TcpStream) -> (Vec<u8>, Duration) {
    let (began, mut all) = (Instant::now(), Vec::new());
    // An end by reset is one too.
    let _ = stream.read_to_end(&mut all).await;
    (all, began.elapsed())
}

fn about(seconds: u64) -> std::ops::RangeInclusive<Duration> {
    Duration::from_secs(seconds)..=Duration::from_secs(seconds + 3)
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_or_never_ends_a_head_is_let_go() {
    let listening = listening(GENEROUS).await;
    let silent = until_closed(listening.connect().await);
    let unfinished = until_closed(listening.with(b"POST /read HTTP/1.1\r\nhost: x\r\nx-a: ").await);
    let trickling = listening.with(b"GET /hello HTTP/1.1\r\n").await;
    let (reading, mut writing) = trickling.into_split();
    let trickle = tokio::spawn(async move {
        while writing.write_all(b"x-a: b\r\n").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let trickled = async {
        let (began, mut reading) = (Instant::now(), reading);
        let _ = reading.read_to_end(&mut Vec::new()).await;
        began.elapsed()
    };
    let (silent, unfinished, trickled) = tokio::join!(silent, unfinished, trickled);
    for took in [silent.1, unfinished.1, trickled] {
        assert!(about(10).contains(&took), "{took:?}");
    }
    trickle.await.unwrap();
    assert_eq!(listening.tally.figures().overdue, 3);
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_may_pause_for_a_minute_and_not_for_ever() {
    let listening = listening(GENEROUS).await;
    let mut kept = listening.with(HELLO).await;
    for _ in 0..3 {
        assert!(answer(&mut kept).await.ends_with("hello"));
        sleep(Duration::from_secs(65)).await;
        kept.write_all(HELLO).await.unwrap();
    }
    assert!(answer(&mut kept).await.ends_with("hello"));
    let (_, took) = until_closed(kept).await;
    assert!(about(75).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_or_trickles_is_answered_and_one_that_takes_its_time_is_read() {
    let listening = listening(GENEROUS).await;
    let head = |length: usize| format!("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    let mut stopped = listening.with(format!("{}half", head(8)).as_bytes()).await;
    let began = Instant::now();
    assert!(answer(&mut stopped).await.starts_with("HTTP/1.1 408 "));
    assert!(about(15).contains(&began.elapsed()), "{:?}", began.elapsed());

    let trickling = listening.with(head(1_000).as_bytes()).await;
    let (mut reading, mut writing) = trickling.into_split();
    let began = Instant::now();
    tokio::spawn(async move {
        while writing.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    });
    let mut told = [0; 12];
    reading.read_exact(&mut told).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 408");
    assert!(about(30).contains(&began.elapsed()), "{:?}", began.elapsed());

    let mut steady = listening.with(head(800 << 10).as_bytes()).await;
    for _ in 0..10 {
        steady.write_all(&vec![b'x'; 80 << 10]).await.unwrap();
        sleep(Duration::from_secs(4)).await;
    }
    assert!(answer(&mut steady).await.ends_with(&(800 << 10).to_string()));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_an_answer_is_let_go_and_who_reads_it_slowly_is_not() {
    let listening = listening(GENEROUS).await;
    let deaf = listening.with(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    sleep(Duration::from_secs(20)).await;
    assert_eq!(listening.tally.figures().open, 1);
    sleep(Duration::from_secs(14)).await;
    assert_eq!(listening.tally.figures().open, 0, "what it did not take in half a minute it does not get");
    drop(deaf);

    let mut slow = listening.with(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let (mut got, mut piece) = (0, vec![0; 1 << 20]);
    while got < 64 << 20 {
        slow.read_exact(&mut piece).await.unwrap();
        got += piece.len();
        sleep(Duration::from_secs(5)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_lives_on_however_long_nothing_is_asked() {
    let listening = listening(GENEROUS).await;
    // As a browser does: over the connection of the page before.
    let mut stream = listening.with(HELLO).await;
    assert!(answer(&mut stream).await.ends_with("hello"));
    stream.write_all(b"GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (told, took) = until_closed(stream).await;
    assert!(String::from_utf8_lossy(&told).contains("tick 29"));
    assert!(took >= Duration::from_mins(10), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn idle_and_unfinished_connections_shut_nobody_out() {
    let listening = listening(Bounds { connections: 10, ..GENEROUS }).await;
    let mut held = Vec::new();
    for number in 0..100 {
        held.push(match number % 3 {
            0 => listening.connect().await,
            1 => listening.with(b"POST /read HTTP/1.1\r\nhost: x\r\nx-a").await,
            _ => listening.with(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx").await,
        });
        if number % 10 == 9 {
            assert!(listening.hello().await, "after {number}");
        }
    }
    let seen = listening.tally.figures();
    assert!(seen.open <= 42 && seen.displaced >= 90 && seen.refused == 0, "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_being_served_keeps_the_place_and_the_next_is_told_to_come_again() {
    let listening = listening(Bounds { connections: 3, ..GENEROUS }).await;
    let mut served = Vec::new();
    for _ in 0..3 {
        served.push(listening.with(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await);
        sleep(Duration::from_millis(10)).await;
    }
    let mut fourth = listening.connect().await;
    assert!(answer(&mut fourth).await.starts_with("HTTP/1.1 503 "));
    sleep(Duration::from_mins(10)).await;
    listening.go.notify_waiters();
    for mut stream in served {
        assert!(answer(&mut stream).await.ends_with("at last"));
    }
    assert!(listening.hello().await);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_room_together_and_it_comes_back() {
    let listening = listening(Bounds { body_bytes: 100, ..GENEROUS }).await;
    let head = "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 90\r\n\r\n";
    let mut first = listening.with(format!("{head}{}", "x".repeat(80)).as_bytes()).await;
    sleep(Duration::from_millis(10)).await;
    let mut second = listening.with(format!("{head}{}", "x".repeat(90)).as_bytes()).await;
    assert!(answer(&mut second).await.starts_with("HTTP/1.1 503 "));
    first.write_all(&[b'x'; 10]).await.unwrap();
    assert!(answer(&mut first).await.ends_with("90"));
    let mut third = listening.with(format!("{head}{}", "x".repeat(90)).as_bytes()).await;
    assert!(answer(&mut third).await.ends_with("90"));
    assert_eq!(listening.tally.figures().no_room, 1);
}

#[tokio::test(start_paused = true)]
async fn requests_in_one_go_are_answered_in_order_and_a_head_has_a_bound() {
    let listening = listening(GENEROUS).await;
    let pipelined =
        [HELLO.repeat(50), b"GET /hello HTTP/1.1\r\nconnection: close\r\nhost: x\r\n\r\n".to_vec()];
    let (told, _) = until_closed(listening.with(&pipelined.concat()).await).await;
    assert_eq!(String::from_utf8_lossy(&told).matches("200 OK").count(), 51);
    let endless = format!("GET /hello HTTP/1.1\r\nhost: x\r\nx-a: {}", "a".repeat(64 << 10));
    let mut endless = listening.with(endless.as_bytes()).await;
    assert!(answer(&mut endless).await.starts_with("HTTP/1.1 431 "));
}

#[tokio::test(start_paused = true)]
async fn at_the_end_requests_under_way_are_answered_and_who_waits_is_let_go() {
    let listening = listening(GENEROUS).await;
    let silent = listening.connect().await;
    let unfinished = listening.with(b"GET /hello HTTP/1.1\r\n").await;
    let mut kept = listening.with(HELLO).await;
    answer(&mut kept).await;
    let mut served = listening.with(b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    sleep(Duration::from_millis(10)).await;
    listening.stop.cancel();
    for stream in [silent, unfinished, kept] {
        let (_, took) = until_closed(stream).await;
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
    assert!(TcpStream::connect(listening.address).await.is_err(), "nobody else comes in");
    listening.go.notify_waiters();
    assert!(answer(&mut served).await.ends_with("at last"));
    listening.serving.await.unwrap();
}
