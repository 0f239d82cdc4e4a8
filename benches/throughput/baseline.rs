//! What HTTP alone costs: loops that post bodies like the program's to the same receiver and do nothing else. No
//! socket, no journal, no signature, no order. Each runs as a process of its own on one thread, until stdin closes.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::clock;
use crate::receiver::end_with_stdin;

/// Requests under way at once.
const CONNECTIONS: u32 = 64;
const TEMPLATE: &str = include_str!("../event.json.template");

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Client {
    Hyper,
    Reqwest,
}

type Failure = Box<dyn std::error::Error>;

pub fn run(client: Client, port: u16) -> Result<(), Failure> {
    end_with_stdin();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let pool = reqwest_client()?;
        let mut loops = tokio::task::JoinSet::new();
        // One number line per connection, so that the receiver's check of order holds here too.
        for line in 1..=CONNECTIONS {
            let pool = pool.clone();
            loops.spawn_local(async move {
                match client {
                    Client::Hyper => hyper_loop(port, line).await,
                    Client::Reqwest => reqwest_loop(pool, port, line).await,
                }
            });
        }
        while let Some(ended) = loops.join_next().await {
            ended??;
        }
        Ok(())
    })
}

pub fn reqwest_client() -> Result<reqwest::Client, Failure> {
    // Without a provider by default, the TLS side of the client must be told one even if it is never used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().no_proxy().build()?)
}

async fn hyper_loop(port: u16, line: u32) -> Result<Infallible, Failure> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    let mut number = 0;
    loop {
        number += 1;
        sender.ready().await?;
        let request = hyper::Request::post("/w/1")
            .header("host", "127.0.0.1")
            .header("content-type", "application/json")
            .body(Full::new(body(line, number)))?;
        let answer = sender.send_request(request).await?;
        expect_ok(answer.status())?;
        answer.into_body().collect().await?;
    }
}

async fn reqwest_loop(client: reqwest::Client, port: u16, line: u32) -> Result<Infallible, Failure> {
    let url = format!("http://127.0.0.1:{port}/w/1");
    let mut number = 0;
    loop {
        number += 1;
        let request = client.post(&url).header("content-type", "application/json").body(body(line, number));
        let answer = request.send().await?;
        expect_ok(answer.status())?;
        answer.bytes().await?;
    }
}

fn expect_ok(status: hyper::StatusCode) -> Result<(), io::Error> {
    if status.is_success() { Ok(()) } else { Err(io::Error::other(format!("answered {status}"))) }
}

/// The template is cut at its places once; filling it is a handful of copies.
fn body(line: u32, number: u32) -> Bytes {
    let mut text = String::with_capacity(TEMPLATE.len() + 512);
    text.push_str(r#"{"event":"call-was-connected","payload":"#);
    let mut rest = TEMPLATE.trim_end();
    while let Some((before, after)) = rest.split_once("$(") {
        let (field, after) = after.split_once(')').expect("the template closes each place it opens");
        text.push_str(before);
        match field {
            "company" => write!(text, "{line:04}"),
            "call" | "number" => write!(text, "{number:010}"),
            "stamp" => write!(text, "{:016}", clock::now_us()),
            _ => write!(text, "2"),
        }
        .expect("a String takes what is written");
        rest = after;
    }
    text.push_str(rest);
    text.push_str(r#","meta":{"socketId":"aaaaaaaaaaaaaaaaaaaa","token_mask":"benc…0001","#);
    text.push_str(r#""received_at":"2026-11-20T14:30:14.595Z","source":"webhook-proxy-3c-plus","#);
    text.push_str(r#""webhook_id":"webhook_1","company_id":"company_1","event_id":"evt_1_1","seq":1}}"#);
    Bytes::from(text)
}
