//! What one call lives through.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use super::Platform;
use super::offer;

/// Between the bot's request and the call.
const BOT_WAITS: Duration = Duration::from_secs(2);

/// A call, as the API looks it up.
#[derive(Debug, Clone)]
pub struct Call {
    pub id: String,
    pub conversation: String,
    pub from: String,
    pub to: String,
    pub tag: Option<String>,
    pub by_bot: bool,
    pub offer: String,
    pub stage: Stage,
    /// What was answered to the offer.
    pub answer: Option<String>,
    /// How often it was accepted: by a client that is right, once.
    pub accepts: u32,
    /// Who lives through it hears what the API was told.
    tell: mpsc::UnboundedSender<Order>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Requested,
    Ringing,
    Active,
    Ended,
}

/// What the API, or who called, has a call do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Accept,
    Reject,
    /// By the partner.
    HangUp,
    /// By who called.
    Leave,
}

/// What somebody wants a call to be; the rest is made up.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Given {
    pub id: Option<String>,
    pub conversation: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub tag: Option<String>,
    /// The SDP of a peer's offer.
    pub offer: Option<String>,
    pub by_bot: Option<bool>,
}

impl Call {
    pub fn new(given: Given, number: u64, salt: u32, by_bot: bool) -> (Self, mpsc::UnboundedReceiver<Order>) {
        let (tell, told) = mpsc::unbounded_channel();
        let call = Self {
            id: given.id.unwrap_or_else(|| format!("call-{salt:08x}-{number}")),
            conversation: given.conversation.unwrap_or_else(|| format!("conversation-{}", number % 500)),
            from: given.from.unwrap_or_else(|| format!("55119{:08}", 90_000_000 + number % 9_999_999)),
            to: given.to.unwrap_or_else(|| "551130000000".to_owned()),
            tag: given.tag.or_else(|| number.is_multiple_of(2).then(|| "suporte".to_owned())),
            by_bot: given.by_bot.unwrap_or(by_bot),
            offer: given.offer.unwrap_or_else(|| offer::text(salt)),
            stage: Stage::Requested,
            answer: None,
            accepts: 0,
            tell,
        };
        (call, told)
    }

    pub fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    pub fn order(&self, order: Order) {
        // One that has ended hears nothing more.
        let _ = self.tell.send(order);
    }

    /// The body of an event of it.
    fn event(&self, event: &str, more: Value) -> Value {
        let mut body = json!({
            "event": event,
            "idCall": self.id,
            "idBot": "bot-1",
            "idConversation": self.conversation,
            "from": self.from,
            "to": self.to,
        });
        if let Some(tag) = &self.tag {
            body["callingTag"] = json!(tag);
        }
        if let (Some(members), Value::Object(more)) = (body.as_object_mut(), more) {
            members.extend(more);
        }
        body
    }
}

/// From its first post to its last.
pub async fn live(platform: &Platform, call: Call, mut told: mpsc::UnboundedReceiver<Order>) {
    let script = &platform.0.config.script;
    if call.by_bot {
        platform.post(call.event("bot_req_call", bot_session(&call))).await;
        sleep(BOT_WAITS).await;
    }
    platform.turn(&call.id, Stage::Ringing);
    let session = json!({ "rtcSession": { "type": "offer", "sdp": call.offer } });
    platform.post(call.event("connect", session)).await;
    let answered = timeout(script.rings_for, told.recv()).await.ok().flatten();
    if answered == Some(Order::Accept) {
        // Whoever hangs up: it is over, and said so.
        let _ = timeout(script.talks_for, told.recv()).await;
    }
    platform.turn(&call.id, Stage::Ended);
    platform.post(call.event("hangup", json!({}))).await;
}

fn bot_session(call: &Call) -> Value {
    let told: Value = serde_json::from_str(include_str!("conversation.json")).expect("it is JSON");
    json!({ "idHaltCallback": format!("halt-{}", call.id), "botSession": told })
}
