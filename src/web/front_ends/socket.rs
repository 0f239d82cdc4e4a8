//! A front end's WebSocket: what it asks is answered one after the other, and it is told that events came.
//!
//! What must hold here: a socket has its place until it ends, and never more than one answer and one word of changes waiting; who
//! does not read is cut off, and until then delays nobody else; who may no longer ask is told no more.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::debug;

use super::super::caller::{Caller, declined};
use super::room::Bounded;
use super::{ANSWER_WITHIN, Mounted};
use crate::domain::Seq;
use crate::journal::ReadLimit;
use crate::sources::front_end::{Desk, Spoken};
use crate::sources::{Account, Declined};

/// The largest message that is read.
const MOST_BYTES: usize = 16 << 20;
/// What is read of a socket at once.
const READ_BYTES: usize = 16 << 10;
/// Who says nothing for so long is gone. (A living client answers a ping by itself.)
const IDLE_WITHIN: Duration = Duration::from_mins(30);
const PING_EVERY: Duration = Duration::from_mins(1);
/// A client has so long to take a message, and a second more for every so many bytes of it.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);
const TAKEN_BYTES_PER_SECOND: u64 = 64 << 10;
/// From one word of changes to the next.
const CHANGED_EVERY: Duration = Duration::from_millis(100);
const CLOSED_WITHIN: Duration = Duration::from_millis(500);
/// Events that are looked through for one of the source's; of more at once one is taken to be.
const LOOKED_THROUGH: ReadLimit = ReadLimit { items: 1_000, bytes: usize::MAX };

/// Why a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The client went away, or did not read.
    Gone,
    /// The program ends.
    Away,
    TooLarge,
    Idle,
    /// The key is another now, or the source is no more.
    NotAllowed,
}

/// One client.
struct Client {
    mounted: Arc<Mounted<dyn Spoken>>,
    caller: Caller,
    own_path: Option<String>,
    desk: Desk,
    socket: WebSocketStream<Bounded<TokioIo<Upgraded>>>,
    /// Events up to here were told of.
    told: Seq,
}

/// Answers the handshake, and talks from then on.
pub(super) fn open(
    mounted: &Arc<Mounted<dyn Spoken>>,
    caller: Caller,
    own_path: Option<String>,
    mut request: Request,
) -> Response {
    let (shared, lang) = (&mounted.shared, caller.lang);
    let refuse = |why: &Declined| declined(why, mounted.speaks.declined(why, lang));
    let account = match caller.account(&shared.doors, &mounted.asked, own_path.as_deref()) {
        Ok(account) => account,
        Err(why) => return refuse(&why),
    };
    let Ok(response) = create_response_with_body(&request, Body::empty) else {
        let mut response = refuse(&Declined::NoWebSocket);
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        return response;
    };
    let Ok(place) = shared.places.clone().try_acquire_owned() else { return refuse(&Declined::NoRoom) };
    let upgrade = hyper::upgrade::on(&mut request);
    let mounted = Arc::clone(mounted);
    shared.sockets.spawn(async move {
        let _place = place;
        talk(upgrade, mounted, caller, own_path, &account).await;
    });
    response
}

async fn talk(
    upgrade: OnUpgrade,
    mounted: Arc<Mounted<dyn Spoken>>,
    caller: Caller,
    own_path: Option<String>,
    account: &Account,
) {
    let desk = mounted.shared.desk(account);
    let Ok(upgraded) = upgrade.await else { return };
    let stream = Bounded::new(TokioIo::new(upgraded), mounted.shared.room.clone());
    let bounds = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(MOST_BYTES))
        .max_frame_size(Some(MOST_BYTES));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(bounds)).await;
    let told = desk.journal.head(desk.company);
    let mut client = Client { mounted, caller, own_path, desk, socket, told };
    let ended = client.converse().await;
    debug!(source = %client.desk.source, ?ended, "a front end's WebSocket ended");
    let (code, reason) = match ended {
        Ended::Gone => return,
        Ended::Away => (CloseCode::Away, ""),
        Ended::TooLarge => (CloseCode::Size, ""),
        Ended::Idle => (CloseCode::Normal, "idle"),
        Ended::NotAllowed => (CloseCode::Policy, ""),
    };
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(CLOSED_WITHIN, client.socket.close(Some(frame))).await;
}

impl Client {
    async fn converse(&mut self) -> Ended {
        let stop = self.mounted.shared.stop.clone();
        tokio::select! {
            () = stop.cancelled() => Ended::Away,
            Err(ended) = self.converse_on() => ended,
        }
    }

    async fn converse_on(&mut self) -> Result<Infallible, Ended> {
        let mut head = self.desk.journal.watch(self.desk.company);
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut heard_at, mut tell_at) = (Instant::now(), Instant::now());
        self.tell(self.mounted.speaks.welcome()).await?;
        loop {
            tokio::select! {
                said = self.socket.next() => {
                    heard_at = Instant::now();
                    self.hear(said).await?;
                }
                () = news(&mut head, self.told, tell_at) => {
                    if self.is_news() {
                        self.allowed()?;
                        self.tell(self.mounted.speaks.changed()).await?;
                        tell_at = Instant::now() + CHANGED_EVERY;
                    }
                }
                _ = pings.tick() => {
                    self.allowed()?;
                    if heard_at.elapsed() >= IDLE_WITHIN {
                        return Err(Ended::Idle);
                    }
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
            }
        }
    }

    async fn hear(&mut self, said: Option<Result<Message, Error>>) -> Result<(), Ended> {
        let said = match said {
            Some(Ok(Message::Text(text))) => text.into(),
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                self.socket.get_mut().taken();
                return Ok(());
            }
            Some(Err(Error::Capacity(_))) => return Err(Ended::TooLarge),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ended::Gone),
        };
        self.allowed()?;
        let Mounted { speaks, shared, .. } = &*self.mounted;
        let replying = async {
            // Where this fails, so does what is looked up next, which says so.
            let _ = self.desk.caught_up().await;
            let _turn = shared.turns.acquire().await.expect("this semaphore is never closed");
            let reply = speaks.reply(&self.desk, &said).await;
            let room = shared.room.of_answer(reply.len()).await;
            (reply, room)
        };
        let (reply, _room) = timeout(ANSWER_WITHIN, replying).await.map_err(|_| Ended::Gone)?;
        drop(said);
        self.socket.get_mut().taken();
        self.tell(reply).await
    }

    /// Whether the client may still ask: as when it came, for the same source.
    fn allowed(&self) -> Result<(), Ended> {
        let Mounted { asked, shared, .. } = &*self.mounted;
        let account = self.caller.account(&shared.doors, asked, self.own_path.as_deref());
        let same = account.is_ok_and(|account| account.source == self.desk.source);
        if same { Ok(()) } else { Err(Ended::NotAllowed) }
    }

    /// Whether an event of the source came since the client was told of any; from now on it is told of all that there are.
    fn is_news(&mut self) -> bool {
        let Desk { journal, company, source } = &self.desk;
        let (from, head) = (self.told.next(), journal.head(*company));
        self.told = head;
        let came = journal.try_read_tail(*company, from, LOOKED_THROUGH);
        let all = |events: usize| i64::try_from(events).is_ok_and(|events| events > head.0 - from.0);
        came.is_none_or(|events| !all(events.len()) || events.iter().any(|event| event.source == *source))
    }

    async fn tell(&mut self, text: String) -> Result<(), Ended> {
        self.send(Message::text(text)).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Ended> {
        let longer = Duration::from_secs(message.len() as u64 / TAKEN_BYTES_PER_SECOND);
        let sent = timeout(TAKEN_WITHIN + longer, self.socket.send(message)).await;
        sent.ok().and_then(Result::ok).ok_or(Ended::Gone)
    }
}

/// Waits until there are events that were not told of, and not before `tell_at`.
async fn news(head: &mut watch::Receiver<Seq>, told: Seq, tell_at: Instant) {
    sleep_until(tell_at).await;
    if head.wait_for(|head| *head > told).await.is_err() {
        // There is no journal any more: the program ends, and says so to its sockets.
        std::future::pending::<()>().await;
    }
}
