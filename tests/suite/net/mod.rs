//! The way out against real servers on this machine: what each phase measures, where it is cut, whom it reaches.

mod answers;
mod guard;
mod pool;
mod provider;
mod proxy;
pub mod tls;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use ramal::net::{
    Allow, Answer, Asker, Deadlines, Dialer, ExchangeError, Guard, HttpClient, PoolLimits, Resolve,
    ResolveError, Target, client_config,
};
use tokio::sync::Semaphore;

/// Long enough for anything on this machine.
const ENOUGH: Duration = Duration::from_secs(10);
/// For what is meant to be cut.
const SHORT: Duration = Duration::from_millis(300);

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Answers each question with the next of its answers, the last one for ever; an empty one is a name that is not known.
struct Scripted {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: Semaphore,
}

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = Mutex::new(answers.iter().map(|ips| addresses(ips)).collect());
        Arc::new(Self { answers, asked: Semaphore::new(0) })
    }

    /// From now on, whoever asks.
    fn says(&self, ips: &[&str]) {
        *self.answers.lock().expect("not poisoned") = VecDeque::from([addresses(ips)]);
        self.asked.forget_permits(usize::MAX);
    }

    /// Waits until somebody has asked since, and taken the answer in.
    async fn was_asked(&self) {
        self.asked.acquire().await.expect("never closed").forget();
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
}

fn addresses(ips: &[&str]) -> Vec<IpAddr> {
    ips.iter().map(|ip| ip.parse().expect("an address")).collect()
}

impl Resolve for Scripted {
    fn resolve(&self, _: Asker, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveError>> {
        let mut answers = self.answers.lock().expect("not poisoned");
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        let answer = answer.filter(|ips| !ips.is_empty());
        let answer = answer.ok_or_else(|| ResolveError(format!("{host} does not exist")));
        self.asked.add_permits(1);
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
    client_with(None, PoolLimits::default())
}

/// That trusts an authority (PEM) besides the public ones.
fn client_with(authority: Option<&str>, limits: PoolLimits) -> HttpClient {
    HttpClient::new(&dialer(authority), limits)
}

fn dialer(authority: Option<&str>) -> Dialer {
    let tls = client_config(authority.map(str::as_bytes)).expect("a bundle");
    Dialer { deadlines: deadlines(), ..Dialer::new(loopback(), tls) }
}

fn deadlines() -> Deadlines {
    Deadlines { connect: SHORT, tls: SHORT }
}

async fn send(client: &HttpClient, target: &Target, timeout: Duration) -> Result<Answer, ExchangeError> {
    client.send(target, &target.headers(), Bytes::from_static(b"{}"), timeout).await
}
