//! A TCP proxy that fails on demand: between a client and a server of any kind.
//!
//! What it does to connections holds for those that exist and those that come, until it is told otherwise.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weather {
    Fair,
    /// Nothing passes in either direction and nobody is told: a half-open connection.
    Stalled,
    /// Each chunk waits so long.
    Delayed(Duration),
    /// So many bytes at a time on their way to the client, each after the pause.
    Trickling(usize, Duration),
    /// New connections are closed at once.
    Refusing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

pub struct ChaosProxy {
    address: SocketAddr,
    /// The last one is of now; those before it hold connections that were forgotten.
    weather: Arc<Mutex<Vec<watch::Sender<Weather>>>>,
    /// Counts the cuts; a connection ends when it changes.
    cuts: watch::Sender<u64>,
    accepted: Arc<AtomicUsize>,
    listening: JoinHandle<()>,
}

impl ChaosProxy {
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let weather = Arc::new(Mutex::new(vec![watch::Sender::new(Weather::Fair)]));
        let cuts = watch::Sender::new(0);
        let accepted = Arc::new(AtomicUsize::new(0));
        let (cutting, now) = (cuts.subscribe(), Arc::clone(&weather));
        let counter = Arc::clone(&accepted);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let weather = current(&now, watch::Sender::subscribe);
                if *weather.borrow() != Weather::Refusing {
                    let link = Link { weather, cuts: cutting.clone() };
                    tokio::spawn(link.carry(client, upstream));
                }
            }
        });
        Self { address, weather, cuts, accepted, listening }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Stops forwarding, silently: connections are half-open.
    pub fn stall(&self) {
        self.set(Weather::Stalled);
    }

    /// Makes every chunk wait.
    pub fn delay(&self, by: Duration) {
        self.set(Weather::Delayed(by));
    }

    /// Lets through so many bytes at a time, on their way to the client.
    pub fn trickle(&self, bytes: usize, every: Duration) {
        self.set(Weather::Trickling(bytes, every));
    }

    /// Closes new connections at once.
    pub fn refuse(&self) {
        self.set(Weather::Refusing);
    }

    /// Forwards again, what was stalled included.
    pub fn heal(&self) {
        self.set(Weather::Fair);
    }

    /// As a router that has lost its table: the connections there are stay as they are for ever, and neither end is told; new
    /// ones are served.
    pub fn forget(&self) {
        self.weather.lock().unwrap().push(watch::Sender::new(Weather::Fair));
    }

    fn set(&self, weather: Weather) {
        current(&self.weather, |now| now.send_replace(weather));
    }

    /// Resets every connection there is; new ones are served as before.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

fn current<T>(all: &Mutex<Vec<watch::Sender<Weather>>>, ask: impl FnOnce(&watch::Sender<Weather>) -> T) -> T {
    ask(all.lock().unwrap().last().expect("there is always weather"))
}

impl Drop for ChaosProxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.cut();
    }
}

#[derive(Clone)]
struct Link {
    weather: watch::Receiver<Weather>,
    cuts: watch::Receiver<u64>,
}

impl Link {
    async fn carry(mut self, mut client: TcpStream, upstream: SocketAddr) {
        self.cuts.mark_unchanged();
        let Ok(mut server) = TcpStream::connect(upstream).await else { return };
        for stream in [&client, &server] {
            let _ = stream.set_nodelay(true);
        }
        let was_cut = {
            let ((from_client, to_client), (from_server, to_server)) = (client.split(), server.split());
            let up = pump(self.weather.clone(), Way::Up, from_client, to_server);
            let down = pump(self.weather, Way::Down, from_server, to_client);
            tokio::select! {
                _ = async { tokio::join!(up, down) } => false,
                _ = self.cuts.changed() => true,
            }
        };
        if was_cut {
            // A reset, as from a router that forgot the connection.
            let _ = (client.set_zero_linger(), server.set_zero_linger());
        }
    }
}

/// Carries one direction until its end, and passes the end on.
async fn pump(
    mut weather: watch::Receiver<Weather>,
    way: Way,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let step = match *weather.borrow_and_update() {
            Weather::Trickling(bytes, _) if way == Way::Down => bytes.min(buffer.len()),
            _ => buffer.len(),
        };
        let read = tokio::select! {
            read = from.read(&mut buffer[..step]) => read,
            changed = weather.changed() => {
                if changed.is_err() {
                    return;
                }
                continue;
            }
        };
        let Ok(read) = read else { return };
        let held = weather.wait_for(|weather| *weather != Weather::Stalled).await.map(|weather| *weather);
        match held {
            Ok(Weather::Delayed(by)) => tokio::time::sleep(by).await,
            Ok(Weather::Trickling(_, by)) if way == Way::Down && !by.is_zero() => {
                tokio::time::sleep(by).await;
            }
            Ok(_) => {}
            Err(_) => return,
        }
        if read == 0 {
            let _ = to.shutdown().await;
            return;
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
