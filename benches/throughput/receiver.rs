//! The receiver: takes every POST, checks that each event arrives once and in the order of its call, checks the
//! signature of a sample, and keeps how long events were under way. One thread, raw TCP: what it costs is taken
//! from the same two cores as what is measured, so it does no more than it must.
//!
//! Three ports: one for deliveries, which can be made to refuse connections, one for deliveries over TLS, and one for control:
//! `/stats` (JSON), `/mark` (forget latencies and start a new stretch), `/reset` (forget everything), `/dead`, `/alive`, `/slow` and
//! `/quick` (whether an answer takes 200 ms), `/progress` (the count of
//! deliveries, a line every few milliseconds while it grows). Ends when stdin closes.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use memchr::memmem;
use serde_json::json;
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::clock;
use crate::histogram::Histogram;
use crate::tally::Tally;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// One signature in so many is computed again; all of them would cost as much as the rest of the receiver.
const SIGNATURE_SAMPLE: u64 = 64;
/// In the letters that are documented, and in those of HTTP/2 that some clients use everywhere.
const SIGNATURE_HEADER: [&[u8; 20]; 2] = [b"X-Signature-SHA256: ", b"x-signature-sha256: "];
const PROGRESS: Duration = Duration::from_millis(4);
/// What an answer takes once it was asked to be slow.
const SLOW: Duration = Duration::from_millis(200);
/// Companies whose webhooks are told apart.
const STRIDE: usize = 1_024;
/// Room for one request; a longer one is refused.
const REQUEST_LIMIT: usize = 64 << 10;

#[derive(Default)]
struct Ledger {
    tally: Tally,
    latency: Option<Histogram>,
    posts: u64,
    unreadable: u64,
    unsigned: u64,
    signatures_checked: u64,
    signatures_wrong: u64,
}

struct Receiver {
    secret: Vec<u8>,
    ledger: RefCell<Ledger>,
    slow: Cell<bool>,
    body_mark: memmem::Finder<'static>,
    signatures: [memmem::Finder<'static>; 2],
}

/// Serves until stdin closes. Prints the two ports as one line of JSON.
pub fn run(secret: &str) -> io::Result<()> {
    end_with_stdin();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let receiver = Rc::new(Receiver {
        secret: secret.as_bytes().to_vec(),
        ledger: RefCell::default(),
        slow: Cell::default(),
        body_mark: memmem::Finder::new(b"\"bench\":\""),
        signatures: SIGNATURE_HEADER.map(memmem::Finder::new),
    });
    let (certificate, tls) = encryption().map_err(|error| io::Error::other(error.to_string()))?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let posts = TcpListener::bind("127.0.0.1:0").await?;
        let port = posts.local_addr()?.port();
        let control = TcpListener::bind("127.0.0.1:0").await?;
        let encrypted = TcpListener::bind("127.0.0.1:0").await?;
        let tls_port = encrypted.local_addr()?.port();
        tokio::task::spawn_local(take_encrypted(encrypted, tls, Rc::clone(&receiver)));
        println!(
            "{}",
            json!({
                "port": port, "tls_port": tls_port, "control": control.local_addr()?.port(),
                "certificate": certificate,
            })
        );
        let door = Rc::new(RefCell::new(Some(open(posts, &receiver))));
        loop {
            let (stream, _) = control.accept().await?;
            tokio::task::spawn_local(answer_control(stream, port, Rc::clone(&receiver), Rc::clone(&door)));
        }
    })
}

/// A process of the benchmark must not outlive it: its stdin is a pipe that closes when the benchmark ends.
pub fn end_with_stdin() {
    std::thread::spawn(|| {
        // Whatever ends the copy, there is nobody left to work for.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        std::process::exit(0);
    });
}

/// Accepts deliveries until aborted; every connection ends with it.
fn open(listener: TcpListener, receiver: &Rc<Receiver>) -> JoinHandle<()> {
    let receiver = Rc::clone(receiver);
    tokio::task::spawn_local(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn_local(take_posts(stream, Rc::clone(&receiver)));
            while connections.try_join_next().is_some() {}
        }
    })
}

/// A certificate for this machine (PEM), and what answers with it.
fn encryption() -> Result<(String, TlsAcceptor), crate::Failure> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)?;
    Ok((made.cert.pem(), TlsAcceptor::from(Arc::new(config))))
}

async fn take_encrypted(listener: TcpListener, tls: TlsAcceptor, receiver: Rc<Receiver>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, receiver) = (tls.clone(), Rc::clone(&receiver));
        tokio::task::spawn_local(async move {
            if stream.set_nodelay(true).is_ok()
                && let Ok(stream) = tls.accept(stream).await
            {
                exchange(stream, receiver).await;
            }
        });
    }
}

async fn take_posts(stream: TcpStream, receiver: Rc<Receiver>) {
    if stream.set_nodelay(true).is_ok() {
        exchange(stream, receiver).await;
    }
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, receiver: Rc<Receiver>) {
    let mut buffer = Vec::with_capacity(8 << 10);
    while let Ok(read) = stream.read_buf(&mut buffer).await {
        if read == 0 {
            return;
        }
        let mut taken = 0;
        while let Some(request) = split(&buffer[taken..]) {
            let answer = match request {
                Ok((head, body)) => {
                    receiver.note(&buffer[taken..][..head], &buffer[taken + head..][..body]);
                    taken += head + body;
                    OK
                }
                Err(()) => REFUSED,
            };
            if receiver.slow.get() {
                tokio::time::sleep(SLOW).await;
            }
            if stream.write_all(answer).await.is_err() || answer == REFUSED {
                receiver.ledger.borrow_mut().unreadable += u64::from(answer == REFUSED);
                return;
            }
        }
        buffer.drain(..taken);
    }
}

/// The lengths of the first request's head and body, if it is here to its last byte. `Err` if it cannot be read.
fn split(bytes: &[u8]) -> Option<Result<(usize, usize), ()>> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
        return (bytes.len() > REQUEST_LIMIT).then_some(Err(()));
    };
    let head = end + 4;
    let body = match header(&bytes[..head], "content-length").and_then(|v| v.parse::<usize>().ok()) {
        Some(length) if length <= REQUEST_LIMIT => length,
        _ => return Some(Err(())),
    };
    (bytes.len() >= head + body).then_some(Ok((head, body)))
}

/// Which webhook of its company it came to: `/w/7/3` is the third one's, `/w/7` that of who has only one.
fn webhook(head: &[u8]) -> usize {
    let path = head.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let number = path.split(|byte| *byte == b'/').nth(3).and_then(|part| std::str::from_utf8(part).ok());
    number.and_then(|text| text.parse().ok()).unwrap_or_default()
}

fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    let text = std::str::from_utf8(head).ok()?;
    text.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

impl Receiver {
    fn note(&self, head: &[u8], body: &[u8]) {
        let now_us = clock::now_us();
        let mut ledger = self.ledger.borrow_mut();
        ledger.posts += 1;
        let Some((company, number, sent_us)) = self.mark(body) else {
            ledger.unreadable += 1;
            return;
        };
        let found = self.signatures.iter().find_map(|name| name.find(head));
        match found.map(|at| at + SIGNATURE_HEADER[0].len()) {
            None => ledger.unsigned += 1,
            Some(at) if ledger.posts.is_multiple_of(SIGNATURE_SAMPLE) => {
                ledger.signatures_checked += 1;
                let hex = head.get(at..).and_then(|rest| rest.get(..64));
                if !hex.is_some_and(|hex| self.signed(hex, body)) {
                    ledger.signatures_wrong += 1;
                }
            }
            Some(_) => {}
        }
        if ledger.tally.arrived(webhook(head) * STRIDE + company, number) {
            ledger.latency.get_or_insert_with(Histogram::new).record(now_us.saturating_sub(sent_us));
        }
    }

    /// Company, number and time of sending (µs), from `"bench":"CCCC NNNNNNNNNN UUUUUUUUUUUUUUUU"` in the body.
    fn mark(&self, body: &[u8]) -> Option<(usize, u32, u64)> {
        let at = self.body_mark.find(body)? + self.body_mark.needle().len();
        let mark = std::str::from_utf8(body.get(at..at + 32)?).ok()?;
        Some((mark.get(..4)?.parse().ok()?, mark.get(5..15)?.parse().ok()?, mark.get(16..32)?.parse().ok()?))
    }

    fn signed(&self, hex: &[u8], body: &[u8]) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(body);
        hex::decode(hex).is_ok_and(|signature| mac.verify_slice(&signature).is_ok())
    }

    fn stats(&self) -> String {
        let ledger = self.ledger.borrow();
        let none = Histogram::new();
        let latency = ledger.latency.as_ref().unwrap_or(&none);
        json!({
            "delivered": ledger.tally.delivered,
            "duplicates": ledger.tally.duplicates,
            "disordered": ledger.tally.disordered,
            "posts": ledger.posts,
            "unreadable": ledger.unreadable,
            "unsigned": ledger.unsigned,
            "signatures_checked": ledger.signatures_checked,
            "signatures_wrong": ledger.signatures_wrong,
            "measured": latency.total(),
            "p50_us": latency.quantile_us(500),
            "p90_us": latency.quantile_us(900),
            "p99_us": latency.quantile_us(990),
            "p999_us": latency.quantile_us(999),
            "max_us": latency.max_us(),
        })
        .to_string()
    }
}

type Door = Rc<RefCell<Option<JoinHandle<()>>>>;

async fn answer_control(
    mut stream: TcpStream,
    port: u16,
    receiver: Rc<Receiver>,
    door: Door,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = [0; 512];
    let length = stream.read(&mut request).await?;
    let path = request[..length].split(|b| *b == b' ').nth(1).unwrap_or_default();
    let mut answer = "{}".to_owned();
    match path {
        b"/stats" => answer = receiver.stats(),
        b"/mark" => receiver.ledger.borrow_mut().latency = None,
        b"/reset" => *receiver.ledger.borrow_mut() = Ledger::default(),
        b"/slow" => receiver.slow.set(true),
        b"/quick" => receiver.slow.set(false),
        b"/dead" => {
            let serving = door.borrow_mut().take();
            if let Some(serving) = serving {
                serving.abort();
                let _ = serving.await;
            }
        }
        b"/alive" => {
            let listener = TcpListener::bind(("127.0.0.1", port)).await?;
            *door.borrow_mut() = Some(open(listener, &receiver));
        }
        b"/progress" => return report_progress(stream, &receiver).await,
        _ => "{\"error\":\"no such path\"}".clone_into(&mut answer),
    }
    stream.write_all(format!("HTTP/1.0 200 OK\r\n\r\n{answer}").as_bytes()).await
}

async fn report_progress(mut stream: TcpStream, receiver: &Receiver) -> io::Result<()> {
    let mut told = 0;
    let mut ticks = tokio::time::interval(PROGRESS);
    loop {
        ticks.tick().await;
        let delivered = receiver.ledger.borrow().tally.delivered;
        if delivered != told {
            told = delivered;
            stream.write_all(format!("{delivered}\n").as_bytes()).await?;
        }
    }
}
