//! A proxy before PostgreSQL that can be taken away, and that can lose the answer to a COMMIT.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub struct LossyProxy {
    pub port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    up: watch::Sender<bool>,
    /// The next COMMIT reaches the server, and its answer nobody.
    lose_commit: AtomicBool,
    lost: AtomicUsize,
}

impl LossyProxy {
    pub async fn before(server: u16) -> LossyProxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            up: watch::Sender::new(true),
            lose_commit: AtomicBool::new(false),
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
        self.shared.lose_commit.store(true, Ordering::SeqCst);
    }

    pub fn commits_lost(&self) -> usize {
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
    let mute = Arc::new(AtomicBool::new(false));
    let mut up = shared.up.subscribe();
    tokio::select! {
        () = requests(client_in, server_out, &shared, &mute) => {}
        () = answers(server_in, client_out, &mute) => {}
        _ = up.wait_for(|up| !up) => {}
    }
}

async fn requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared, mute: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let is_commit = buffer[..count].windows(6).any(|bytes| bytes == b"COMMIT");
        if is_commit && shared.lose_commit.swap(false, Ordering::SeqCst) {
            shared.lost.fetch_add(1, Ordering::SeqCst);
            mute.store(true, Ordering::SeqCst);
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// Passes answers on; once muted, the first one ends the connection instead.
async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mute: &AtomicBool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if mute.load(Ordering::SeqCst) || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
