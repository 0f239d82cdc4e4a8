//! The way out against real servers on this machine: what each phase measures, where it is cut, whom it reaches.

mod answers;
mod guard;
mod pool;
mod provider;
mod tls;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use ramal::net::{
    Allow, Answer, Deadlines, ExchangeError, Guard, HttpClient, PoolLimits, Resolve, ResolveError, Target,
    client_config,
};

/// Long enough for anything on this machine.
const ENOUGH: Duration = Duration::from_secs(10);
/// For what is meant to be cut.
const SHORT: Duration = Duration::from_millis(300);

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers each question with the next of its answers, the last one for ever.
struct Scripted(Mutex<VecDeque<Vec<IpAddr>>>);

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |ips: &&[&str]| ips.iter().map(|ip| ip.parse().expect("an address")).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(parse).collect())))
    }
}

impl Resolve for Scripted {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveError>> {
        let mut answers = self.0.lock().expect("not poisoned");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let answer = answer.ok_or_else(|| ResolveError(format!("{host} does not exist")));
        Box::pin(async move { answer })
    }
}

/// A guard over loopback, with a resolver that knows every name by 127.0.0.1.
fn loopback() -> Arc<Guard> {
    guard(&["127.0.0.0/8"], Scripted::new(&[&["127.0.0.1"]]))
}

fn guard(allow: &[&str], resolver: Arc<Scripted>) -> Arc<Guard> {
    let networks = allow.iter().map(|network| network.parse().expect("a network"));
    Arc::new(Guard::new(Allow::new(networks), resolver))
}

fn target(guard: &Arc<Guard>, address: SocketAddr) -> Target {
    Target::parse(&format!("http://webhook.test:{}/in?key=1", address.port()), guard).expect("a URL")
}

fn client() -> HttpClient {
    HttpClient::with(client_config(None).expect("no extra authority"), deadlines(), PoolLimits::default())
}

fn deadlines() -> Deadlines {
    Deadlines { connect: SHORT, tls: SHORT }
}

async fn send(client: &HttpClient, target: &Target, timeout: Duration) -> Result<Answer, ExchangeError> {
    client.send(target, target.headers(), Bytes::from_static(b"{}"), timeout).await
}
