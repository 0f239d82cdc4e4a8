//! The WebSocket of who may answer: what rings is told on it, and what is done with a call is asked for on it.
//!
//! What must hold here: only a page of ours opens one, and only for who is signed in and may; it has a place among the streams of its person
//! until it ends, and ends when their rights or sign-ins change. It holds a bounded number of questions, and who does not read is cut off. What
//! it tells is whole, so a page that opens the next one has missed nothing. No secret of the company
//! comes here, but the credentials of its TURN servers for who answers a call.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::super::frame::describe;
use super::super::live::{Over, Watch};
use super::super::{Operator, Panel, Visit, safety};
use crate::admin::{ActionInput, ActionView, AdminError, OfferView, Told};
use crate::domain::CallId;
use crate::domain::action::ActionState;
use crate::web::client::{Client, Front};

/// The largest question: an answer of 64 KiB, as JSON may spell it.
const MOST_BYTES: usize = 256 << 10;
const READ_BYTES: usize = 8 << 10;
/// Questions of one page that are being answered.
const QUESTIONS: usize = 8;
const PING_EVERY: Duration = Duration::from_secs(20);
/// A living browser answers a ping by itself.
const SILENT_FOR: Duration = Duration::from_mins(1);
const TAKEN_WITHIN: Duration = Duration::from_secs(10);
const CLOSED_WITHIN: Duration = Duration::from_millis(500);
/// Says that the connection lives.
const ALIVE: &str = r#"{"is":"alive"}"#;
/// Changes that share one write.
const TOGETHER: usize = 64;

/// What a page asks.
#[derive(Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
enum Asked {
    /// What a call offers, to answer it.
    Offer { call: String, attempt: String },
    /// To do something with a call.
    Act { call: String, attempt: String, action: String, sdp: Option<String> },
}

impl Asked {
    fn attempt(self) -> String {
        match self {
            Self::Offer { attempt, .. } | Self::Act { attempt, .. } => attempt,
        }
    }
}

/// What it is answered; `attempt` is the question's.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
enum Answer {
    Offer {
        attempt: String,
        #[serde(flatten)]
        offer: OfferView,
    },
    Done {
        attempt: String,
        state: ActionState,
        /// In words, where it was not taken.
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<String>,
        /// Nobody knows whether the provider has taken it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        unknown: bool,
    },
    Refused {
        attempt: String,
        status: u16,
        said: String,
    },
}

/// Why a socket ends.
enum Ended {
    /// The page went away, or did not read.
    Gone,
    /// It said what no page of ours says.
    Unread,
    Over(Over),
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Answers the handshake, and talks from then on.
pub async fn open(Operator(visit): Operator, State(panel): State<Panel>, mut request: Request) -> Response {
    let unplaced = Front::default().client(None, request.headers());
    let client = request.extensions().get::<Client>().unwrap_or(&unplaced);
    if !safety::is_of_our_page(request.headers(), client) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Ok(response) = create_response_with_body(&request, Body::empty) else {
        return StatusCode::UPGRADE_REQUIRED.into_response();
    };
    let Some(watch) = panel.hub.watcher(&visit) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(talk(upgrade, panel, visit, watch));
    response
}

async fn talk(upgrade: OnUpgrade, panel: Panel, visit: Visit, mut watch: Watch) {
    let Ok(upgraded) = upgrade.await else { return };
    let bounds = WebSocketConfig::default()
        .read_buffer_size(READ_BYTES)
        .max_message_size(Some(MOST_BYTES))
        .max_frame_size(Some(MOST_BYTES));
    let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(bounds)).await;
    let told = panel.admin.ringing().listen();
    let mut talk = Talk { panel, visit: Arc::new(visit), socket, told, asked: JoinSet::new() };
    let ended = tokio::select! {
        over = watch.over() => Ended::Over(over),
        ended = talk.converse() => ended,
    };
    let code = match ended {
        Ended::Gone => return,
        Ended::Unread => CloseCode::Policy,
        Ended::Over(Over::Rights) => CloseCode::Library(4_401),
        Ended::Over(Over::Stop) => CloseCode::Restart,
        Ended::Over(Over::Renew) => CloseCode::Again,
    };
    let frame = CloseFrame { code, reason: Utf8Bytes::default() };
    let _ = timeout(CLOSED_WITHIN, talk.socket.close(Some(frame))).await;
}

struct Talk {
    panel: Panel,
    visit: Arc<Visit>,
    socket: Socket,
    told: Receiver<Arc<Told>>,
    /// Questions whose answers are on their way. They go on when the page is gone: what was begun has an end.
    asked: JoinSet<Answer>,
}

impl Talk {
    async fn converse(&mut self) -> Ended {
        match self.converse_on().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn converse_on(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut pings = interval(PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_at = Instant::now();
        self.everything().await?;
        loop {
            tokio::select! {
                said = self.socket.next() => {
                    heard_at = Instant::now();
                    self.hear(said)?;
                }
                told = self.told.recv() => self.pass_on(told).await?,
                Some(answer) = self.asked.join_next() => if let Ok(answer) = answer {
                    let text = serde_json::to_string(&answer).unwrap_or_default();
                    self.send(vec![Message::text(text)]).await?;
                },
                _ = pings.tick() => {
                    if heard_at.elapsed() >= SILENT_FOR {
                        return Err(Ended::Gone);
                    }
                    // A script hears of no ping: the beat tells it that this side is there.
                    self.send(vec![Message::Ping(Bytes::new()), Message::text(ALIVE)]).await?;
                }
            }
        }
    }

    fn hear(
        &mut self,
        said: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), Ended> {
        let text = match said {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(Ended::Unread),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Ended::Gone),
        };
        let asked: Asked = serde_json::from_str(&text).map_err(|_| Ended::Unread)?;
        if self.asked.len() >= QUESTIONS {
            let said = self.visit.ui.say("answer-too-much").text();
            let attempt = asked.attempt();
            self.asked.spawn(async { Answer::Refused { attempt, status: 429, said } });
            return Ok(());
        }
        let (panel, visit) = (self.panel.clone(), Arc::clone(&self.visit));
        // A task of its own within this one: an action is not broken off where the page goes.
        self.asked.spawn(async move {
            match tokio::spawn(answer(panel, visit, asked)).await {
                Ok(answer) => answer,
                Err(error) => std::panic::resume_unwind(error.into_panic()),
            }
        });
        Ok(())
    }

    /// What came, and all that came since then.
    async fn pass_on(&mut self, told: Result<Arc<Told>, RecvError>) -> Result<(), Ended> {
        let mut messages = Vec::new();
        let mut next = told.map_err(|error| match error {
            RecvError::Lagged(missed) => TryRecvError::Lagged(missed),
            RecvError::Closed => TryRecvError::Closed,
        });
        loop {
            match next {
                Ok(told) => {
                    if self.visit.actor.sees(told.company) {
                        messages.extend(text(told.text.clone()));
                    }
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Lagged(_)) => {
                    self.told = self.told.resubscribe();
                    return self.everything().await;
                }
                Err(TryRecvError::Closed) => return Err(Ended::Over(Over::Stop)),
            }
            if messages.len() >= TOGETHER {
                break;
            }
            next = self.told.try_recv();
        }
        self.send(messages).await
    }

    async fn everything(&mut self) -> Result<(), Ended> {
        let actor = &self.visit.actor;
        let all = self.panel.admin.ringing().everything(|company| actor.sees(company));
        self.send(text(all).into_iter().collect()).await
    }

    async fn send(&mut self, messages: Vec<Message>) -> Result<(), Ended> {
        let sending = async {
            for message in messages {
                self.socket.feed(message).await?;
            }
            self.socket.flush().await
        };
        timeout(TAKEN_WITHIN, sending).await.ok().and_then(Result::ok).ok_or(Ended::Gone)
    }
}

fn text(told: Bytes) -> Option<Message> {
    Utf8Bytes::try_from(told).ok().map(Message::Text)
}

async fn answer(panel: Panel, visit: Arc<Visit>, asked: Asked) -> Answer {
    let (attempt, answered) = match asked {
        Asked::Offer { call, attempt } => {
            let offer = offer(&panel, &visit, &call).await;
            (attempt.clone(), offer.map(|offer| Answer::Offer { attempt, offer }))
        }
        Asked::Act { call, attempt, action, sdp } => {
            let input = ActionInput { sdp, attempt: Some(attempt.clone()), ..ActionInput::default() };
            let done = act(&panel, &visit, &call, &action, &input).await;
            (attempt.clone(), done.map(|view| done_as(&visit, attempt, &view)))
        }
    };
    answered.unwrap_or_else(|error| {
        let (status, title, advice) = describe(&visit.ui, &error);
        let said = if advice.is_empty() { title.text() } else { advice };
        Answer::Refused { attempt, status: status.as_u16(), said }
    })
}

async fn offer(panel: &Panel, visit: &Visit, call: &str) -> Result<OfferView, AdminError> {
    panel.admin.offer(&visit.actor, parse(call)?).await
}

async fn act(
    panel: &Panel,
    visit: &Visit,
    call: &str,
    action: &str,
    input: &ActionInput,
) -> Result<ActionView, AdminError> {
    panel.admin.act(&visit.actor, parse(call)?, action, input).await
}

fn parse(call: &str) -> Result<CallId, AdminError> {
    call.parse().map_err(|_| AdminError::not_found("call", call))
}

fn done_as(visit: &Visit, attempt: String, view: &ActionView) -> Answer {
    let said = (view.state == ActionState::Failed).then(|| super::untaken(&visit.ui, view));
    // One that could not be reached has taken nothing.
    let unknown = matches!(view.error.as_deref(), Some("timeout" | "interrupted")) && view.status.is_none();
    Answer::Done { attempt, state: view.state, said, unknown }
}
