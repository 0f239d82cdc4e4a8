//! A proxy before PostgreSQL that can be taken away, and that can lose or keep back what belongs to one statement.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub struct LossyProxy {
    pub port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    up: watch::Sender<bool>,
    /// What happens to the next statement with this text in it; one after the other, and each once.
    next: Mutex<Vec<(&'static str, Fate)>>,
    lost: AtomicUsize,
}

enum Fate {
    /// It reaches the server; instead of the answer the connection ends.
    Unanswered,
    /// It reaches the server; the connection stays as it is, and nothing passes any more.
    Forgotten,
    /// It goes on when this is told; the giver is told that it is here.
    KeptBack(oneshot::Sender<()>, oneshot::Receiver<()>),
}

impl LossyProxy {
    pub async fn before(server: u16) -> LossyProxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            up: watch::Sender::new(true),
            next: Mutex::default(),
            lost: AtomicUsize::new(0),
        });
        let of_tasks = Arc::clone(&shared);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if *of_tasks.up.borrow() {
                    tokio::spawn(connection(client, server, Arc::clone(&of_tasks)));
                }
            }
        });
        LossyProxy { port, shared, accepting }
    }

    /// Ends every connection and refuses new ones.
    pub fn take_away(&self) {
        self.shared.up.send_replace(false);
    }

    pub fn bring_back(&self) {
        self.shared.up.send_replace(true);
    }

    pub fn lose_next_commit(&self) {
        self.next("COMMIT", Fate::Unanswered);
    }

    /// The session of the next statement with this text in it is half open from then on.
    pub fn forget_at(&self, text: &'static str) {
        self.next(text, Fate::Forgotten);
    }

    /// Keeps the next statement with this text back: resolves when it is here, and lets it go when what that gives is told.
    pub async fn keep_back(&self, text: &'static str) -> oneshot::Sender<()> {
        let ((tell, told), (go, gone)) = (oneshot::channel(), oneshot::channel());
        self.next(text, Fate::KeptBack(tell, gone));
        told.await.expect("the proxy runs");
        go
    }

    fn next(&self, text: &'static str, fate: Fate) {
        self.shared.next.lock().unwrap().push((text, fate));
    }

    /// Statements whose answers were lost.
    pub fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

impl Drop for LossyProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn connection(client: TcpStream, server: u16, shared: Arc<Shared>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let (mute, dead) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut up = shared.up.subscribe();
    tokio::select! {
        () = requests(client_in, server_out, &shared, &mute, &dead) => {}
        () = answers(server_in, client_out, &mute, &dead) => {}
        _ = up.wait_for(|up| !up) => {}
    }
}

async fn requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    shared: &Shared,
    mute: &AtomicBool,
    dead: &AtomicBool,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        match shared.fate(&buffer[..count]) {
            None => {}
            Some(Fate::Unanswered) => mute.store(true, Ordering::SeqCst),
            Some(Fate::Forgotten) => dead.store(true, Ordering::SeqCst),
            Some(Fate::KeptBack(tell, go)) => {
                let _ = tell.send(());
                let _ = go.await;
            }
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
        if dead.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
    }
}

impl Shared {
    fn fate(&self, sent: &[u8]) -> Option<Fate> {
        let mut next = self.next.lock().unwrap();
        let is_there = |text: &str| sent.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        next.first().filter(|(text, _)| is_there(text))?;
        let fate = next.remove(0).1;
        if !matches!(fate, Fate::KeptBack(..)) {
            self.lost.fetch_add(1, Ordering::SeqCst);
        }
        Some(fate)
    }
}

/// Passes answers on; once muted, the first one ends the connection instead, and of a dead one nobody hears.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mute: &AtomicBool, dead: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer).await;
        if dead.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        let Ok(count @ 1..) = read else { return };
        if mute.load(Ordering::SeqCst) || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
