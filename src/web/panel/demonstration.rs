//! The strip of a demonstration: on every page it says that nothing here is real, and lets who may operate play the other sides.
//!
//! What must hold here: the panel knows no simulator. What plays is handed to it ([`Demonstration`]); where nothing is, there is
//! neither a strip nor a route.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;

use super::sign_in::inside;
use super::{Operator, Panel, Sent, Shown, Ui, Visit};
use crate::admin::{AdminError, Role};

/// What can be done to the other sides, which play in the same process.
pub trait Demonstration: Send + Sync {
    /// How they stand now.
    fn stands(&self) -> Stands;

    fn play(&self, act: Act);
}

/// How the other sides stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stands {
    /// The webhooks' receiver takes no connection.
    pub receiver_is_down: bool,
    /// The providers refuse every token.
    pub tokens_are_refused: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    ReceiverDown,
    ReceiverUp,
    /// Breaks the connections to providers.
    Cut,
    RefuseTokens,
    TakeTokens,
}

impl Act {
    const ALL: [Act; 5] = [Act::ReceiverDown, Act::ReceiverUp, Act::Cut, Act::RefuseTokens, Act::TakeTokens];

    fn as_str(self) -> &'static str {
        match self {
            Act::ReceiverDown => "receiver-down",
            Act::ReceiverUp => "receiver-up",
            Act::Cut => "cut",
            Act::RefuseTokens => "refuse-tokens",
            Act::TakeTokens => "take-tokens",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
    }
}

/// What a panel is given of a demonstration; nothing in every other program.
pub type Played = Option<Arc<dyn Demonstration>>;

/// The strip as the frame has it.
pub struct Strip {
    /// Of who may operate: the word of an act, and what its button says.
    pub buttons: Vec<(&'static str, String)>,
}

impl Strip {
    pub fn new(visit: &Visit, demonstration: &dyn Demonstration) -> Self {
        let Stands { receiver_is_down, tokens_are_refused } = demonstration.stands();
        let offered = [
            if receiver_is_down { Act::ReceiverUp } else { Act::ReceiverDown },
            Act::Cut,
            if tokens_are_refused { Act::TakeTokens } else { Act::RefuseTokens },
        ];
        let may = visit.actor.require(Role::Operator).is_ok();
        let offered = offered.into_iter().filter(|_| may);
        Self { buttons: offered.map(|act| (act.as_str(), button(&visit.ui, act))).collect() }
    }
}

fn button(ui: &Ui, act: Act) -> String {
    ui.say("strip-act").with("act", act.as_str()).text()
}

/// There are none outside a demonstration.
pub fn routes(played: &Played) -> Router<Panel> {
    match played {
        Some(_) => Router::new().route("/demo", post(play)),
        None => Router::new(),
    }
}

async fn play(Operator(visit): Operator, State(panel): State<Panel>, Sent(typed): Sent) -> Shown {
    let word = typed.text("act");
    let (Some(demonstration), Some(act)) = (&panel.played, Act::parse(word)) else {
        return Err(AdminError::not_found("page", word).into());
    };
    demonstration.play(act);
    let said = visit.ui.say("strip-done").with("act", act.as_str());
    Ok(visit.done(inside(typed.text("back")), &said))
}
