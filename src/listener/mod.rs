//! Listening: the connections that others open to us.
//!
//! What must hold here:
//!
//! - Connections are bounded in number (of a listener, of an address), so that descriptors are left for the database, for
//!   sockets and for receivers; in time ([`pace`]): a head, a body, an answer that is not taken and a connection that is kept
//!   each have theirs; and in bytes: of a head, and of all bodies together.
//! - Nobody is shut out by who only waits ([`places`]).
//! - What is being served is never cut by any of that: an answer may take its time to be made, a stream lives on.
//! - A connection that becomes something else than HTTP keeps its place until it ends; whoever has it then looks after it.
//! - A trouble with accepting ends nothing: it is waited out.
//!
//! How it works: one task accepts and gives each connection a place; a task per connection lets `hyper` speak HTTP/1.1 over
//! a stream that notes what comes and what stalls; once a second all connections are judged by what was noted. When the
//! program ends, requests under way are answered.

mod pace;
mod places;
mod stream;
mod tally;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tracing::warn;

pub use places::Bounds;
use places::{Place, Places};
pub use stream::Unread;
use stream::{Answered, Received, Watched};
pub use tally::{Figures, Tally};

/// Of a head; also what is read ahead of a connection, each of which may be memory of that size.
pub const HEAD_BYTES: usize = 16 << 10;
/// How often connections are judged.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Connections that have lost their place and are not closed yet.
const ENDING: usize = 32;
/// Between tries while no connection can be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// To who finds every place taken by somebody who is being served.
const NO_PLACE: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Serves `router` until `stop`, and returns when the requests under way have been answered. Dropping it closes them.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    tally: Arc<Tally>,
    stop: CancellationToken,
) {
    let most = bounds.connections + ENDING.min(bounds.connections);
    let places = Places::new(bounds, tally);
    let mut connections = JoinSet::new();
    let mut sweeps = interval(SWEEP_EVERY);
    sweeps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let has_room = connections.len() < most;
        tokio::select! {
            () = stop.cancelled() => break,
            _ = sweeps.tick() => places.sweep(Instant::now()),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if has_room => match accepted {
                Ok((stream, peer)) => welcome(stream, peer, &places, &router, &stop, &mut connections),
                Err(error) => accept_failed(&error).await,
            },
        }
    }
    drop(listener);
    loop {
        tokio::select! {
            _ = sweeps.tick() => places.sweep(Instant::now()),
            ended = connections.join_next() => if ended.is_none() { return },
        }
    }
}

/// A place and a task for a connection, or the word that there is none.
fn welcome(
    stream: TcpStream,
    peer: SocketAddr,
    places: &Places,
    router: &Router,
    stop: &CancellationToken,
    connections: &mut JoinSet<()>,
) {
    match places.take(peer.ip(), Instant::now()) {
        Some(place) => {
            connections.spawn(drive(stream, peer, place, router.clone(), stop.clone()));
        }
        None => {
            // What does not fit into an empty buffer at once is not worth waiting for.
            let _ = stream.try_write(NO_PLACE);
        }
    }
}

/// A peer that was gone before it was accepted is nothing; without descriptors or memory it is better to wait.
async fn accept_failed(error: &std::io::Error) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        warn!(%error, "a connection could not be accepted; trying again");
        sleep(ACCEPT_PAUSE).await;
    }
}

/// One connection, to its end.
async fn drive(stream: TcpStream, peer: SocketAddr, place: Place, router: Router, stop: CancellationToken) {
    // Parts of a stream are small, and wanted now.
    let _ = stream.set_nodelay(true);
    let (watch, place) = (place.watch(), Arc::new(place));
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&place)));
    let service = service_fn(|request: Request<Incoming>| {
        let number = watch.pace().asked(Instant::now());
        let mut request = request.map(|body| Body::new(Received::new(body, watch.clone())));
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().call(request);
        let watch = watch.clone();
        async move {
            let answer: Response<Body> = answer.await?;
            if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                watch.pace().upgraded();
            }
            Ok::<_, Infallible>(answer.map(|body| Answered::new(body, watch, number)))
        }
    });
    let connection = http1::Builder::new()
        // `pace` knows better: this one does not tell a connection that is kept from a head that is not finished.
        .header_read_timeout(None)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut is_ending = false;
    loop {
        tokio::select! {
            // An error is the peer's: it spoke no HTTP, or went away.
            _ = connection.as_mut() => return,
            () = place.lost() => return,
            () = stop.cancelled(), if !is_ending => {
                if watch.pace().is_between_requests() {
                    return;
                }
                is_ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}
