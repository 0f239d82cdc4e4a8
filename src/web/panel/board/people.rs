//! People on the wall: who is in a call, and who rings or has pressed a key at a door.

use super::super::Ui;
use super::super::calls::phone;
use super::super::parts::{Icon, icon};
use super::super::ui::timer;
use super::wall::more;
use crate::admin::{AgentState, BoardAgent, BoardDoor, BoardPressed, BoardView, Role};
use crate::domain::agent::Presence;
use crate::domain::board::BoardSettings;
use crate::sources::board::Door;

/// What fits.
const DOORS: usize = 6;
/// Of these at most so many ring or talk, and the others are what was pressed lately.
const DOORS_LIVE: usize = 4;

/// Somebody in a call, or between calls.
pub struct Agent {
    pub tone: &'static str,
    pub icon: Icon,
    pub name: String,
    /// Its call.
    pub href: Option<String>,
    pub state: String,
    pub queue: Option<String>,
    pub since: String,
}

/// Who rings or talks at a door, then what was pressed lately.
pub struct Doors {
    pub rows: Vec<DoorRow>,
    pub more: Option<String>,
    /// Where commands get their names, for who may give them.
    pub names: Option<String>,
}

pub struct DoorRow {
    pub tone: &'static str,
    pub icon: Icon,
    pub title: String,
    pub href: String,
    pub detail: String,
    pub time: String,
}

pub fn agents_title(ui: &Ui, agents: &[BoardAgent]) -> String {
    let count = |wanted: AgentState| {
        i64::try_from(agents.iter().filter(|agent| agent.state == wanted).count()).unwrap_or(i64::MAX)
    };
    let rings = count(AgentState::Ringing) + count(AgentState::Calling);
    ui.say("board-agents")
        .with("talking", count(AgentState::Talking))
        .with("ringing", rings)
        .with("idle", count(AgentState::Between(Presence::Idle)))
        .text()
}

pub fn agent(ui: &Ui, agent: &BoardAgent) -> Agent {
    let (tone, icon, word) = match agent.state {
        AgentState::Talking => ("t-ok", icon("phone-call"), "talking"),
        AgentState::Ringing => ("t-warn", icon("bell-ring"), "ringing"),
        AgentState::Calling => ("t-off", icon("phone"), "calling"),
        AgentState::Between(Presence::AfterCall) => ("t-off", icon("pencil-line"), "after-call"),
        AgentState::Between(Presence::Break) => ("t-off", icon("coffee"), "break"),
        AgentState::Between(Presence::Manual) => ("t-off", icon("phone"), "manual"),
        AgentState::Between(_) => ("t-off", icon("circle"), "idle"),
    };
    let state = || ui.say("board-agent-state").with("state", word).text();
    // A break is called what the company calls it.
    let (state, queue) = match (agent.state, &agent.detail) {
        (AgentState::Between(_), Some(name)) => (name.to_string(), None),
        (_, queue) => (state(), queue.as_deref().map(str::to_owned)),
    };
    Agent {
        tone,
        icon,
        name: agent.name.clone(),
        href: agent.call.map(|call| format!("/calls/{call}")),
        state,
        queue,
        since: timer(ui.now.since(agent.since)),
    }
}

impl Doors {
    pub fn new(ui: &Ui, role: Role, href: &str, view: &BoardView) -> Self {
        // What is pressed has a place as long as anything was.
        let live = if view.pressed.is_empty() { DOORS } else { DOORS_LIVE };
        let mut rows: Vec<DoorRow> = view.doors.iter().take(live).map(|it| rings(ui, it)).collect();
        let left = DOORS.saturating_sub(rows.len());
        rows.extend(view.pressed.iter().take(left).map(|it| pressed(ui, it, &view.settings)));
        let may_name = role == Role::Administrator;
        let nameless = view.pressed.iter().any(|it| view.settings.name(&it.keys).is_none());
        Self {
            rows,
            more: more(view.doors.len(), live).map(|n| ui.say("board-more-doors").with("n", n).text()),
            names: (may_name && nameless).then(|| format!("{href}/board/settings")),
        }
    }
}

fn place(ui: &Ui, door: &Door) -> String {
    let unit = &*door.unit;
    match &door.building {
        Some(building) => ui.say("board-door-in").with("building", &**building).with("unit", unit).text(),
        None => ui.say("board-door").with("unit", unit).text(),
    }
}

fn rings(ui: &Ui, door: &BoardDoor) -> DoorRow {
    let of = &door.door;
    let whose = ui.say("board-door-of").with("extension", &*of.extension).with("client", &*of.client).text();
    let talks = ui.say("board-door-talks").text();
    let number = door.number.as_deref().map(phone);
    let detail: Vec<String> =
        if door.rings { vec![whose] } else { [Some(talks), number].into_iter().flatten().collect() };
    DoorRow {
        tone: if door.rings { "t-warn" } else { "t-ok" },
        icon: if door.rings { icon("bell-ring") } else { icon("phone-call") },
        title: place(ui, of),
        href: format!("/calls/{}", door.call),
        detail: detail.join(" · "),
        time: timer(ui.now.since(door.since)),
    }
}

/// What was pressed, by the name that a person has given it, else as it is.
fn pressed(ui: &Ui, pressed: &BoardPressed, settings: &BoardSettings) -> DoorRow {
    let name = settings.name(&pressed.keys);
    let keys = name.map(|_| pressed.keys.to_string());
    let number = pressed.number.as_deref().map(phone);
    let detail: Vec<String> = [keys, Some(place(ui, &pressed.door)), number].into_iter().flatten().collect();
    DoorRow {
        tone: "t-off",
        icon: icon("hash"),
        title: name.map_or_else(|| pressed.keys.to_string(), str::to_owned),
        href: format!("/calls/{}", pressed.call),
        detail: detail.join(" · "),
        time: ui.minute(pressed.at),
    }
}
