//! What a board says, in words and figures of one person's language and zone.

use askama::Template;
use askama::filters::HtmlSafe;

use super::super::Ui;
use super::super::calls::phone;
use super::super::lines::moment;
use super::super::parts::{Icon, icon};
use super::super::ui::timer;
use super::people::{Agent, Doors, agent, agents_title};
use crate::admin::{
    BoardCall, BoardColumn, BoardDay, BoardGroup, BoardQueue, BoardView, CompanyView, Role, SourceView,
};
use crate::domain::Key;
use crate::domain::call::{CallState, Outcome};
use crate::sources;

/// What fits on a screen of 1,080 lines: of more it is said how many more there are. Beyond the other numbers rows are lower, then
/// narrower too.
const QUEUES: usize = 7;
const QUEUES_HIGH: usize = 4;
const AGENTS: usize = 27;
const AGENTS_HIGH: usize = 14;
const AGENTS_WIDE: usize = 18;
const WEBHOOKS: usize = 2;

/// The whole wall, as the page and its stream show it.
#[derive(Template)]
#[template(path = "panel/board/wall.html")]
pub struct Wall {
    ui: Ui,
    name: String,
    href: String,
    clock: String,
    marks: Vec<Mark>,
    notes: Vec<String>,
    late_after: String,
    queues: Vec<Queue>,
    queues_are: &'static str,
    more_queues: Option<String>,
    agents_title: String,
    agents: Vec<Agent>,
    agents_are: &'static str,
    more_agents: Option<String>,
    doors: Option<Doors>,
    groups: Vec<Group>,
    day: Day,
}

impl HtmlSafe for Wall {}

/// A source or a webhook in the head.
struct Mark {
    tone: &'static str,
    icon: Icon,
    said: String,
}

struct Queue {
    name: String,
    detail: String,
    waiting: String,
    longest: Option<String>,
    late: bool,
}

struct Group {
    title: String,
    columns: Vec<Column>,
    counts: Vec<(String, String)>,
}

struct Column {
    title: String,
    href: String,
    count: String,
    calls: Vec<(String, String, String)>,
}

struct Day {
    title: String,
    figures: Vec<Figure>,
    note: String,
}

struct Figure {
    tone: &'static str,
    icon: Icon,
    label: String,
    value: String,
    share: Option<String>,
}

impl Wall {
    pub fn new(ui: &Ui, role: Role, company: &CompanyView, view: &BoardView) -> Self {
        let href = format!("/companies/{}", company.id);
        let doors = view.has_doors.then(|| Doors::new(ui, role, &href, view));
        let notes = notes(ui, view);
        let queues_are = if view.queues.len() > QUEUES_HIGH { "low" } else { "" };
        let agents_are = match view.agents.len() {
            n if n > AGENTS_WIDE => "low narrow",
            n if n > AGENTS_HIGH => "low",
            _ => "",
        };
        Self {
            clock: ui.hour(view.now),
            marks: marks(ui, view),
            notes,
            late_after: ui.say("board-late-after").with("span", timer(view.settings.late_after)).text(),
            more_queues: more(view.queues.len(), QUEUES)
                .map(|n| ui.say("board-more-queues").with("n", n).text()),
            queues: view.queues.iter().take(QUEUES).map(|it| queue(ui, it)).collect(),
            queues_are,
            agents_title: agents_title(ui, &view.agents),
            more_agents: more(view.agents.len(), AGENTS)
                .map(|n| ui.say("board-more-agents").with("n", n).text()),
            agents: view.agents.iter().take(AGENTS).map(|it| agent(ui, it)).collect(),
            agents_are,
            doors,
            groups: view.groups.iter().map(|it| group(ui, &href, it, view.day.contacts)).collect(),
            day: day(ui, &view.day),
            name: company.name.clone(),
            href,
            ui: ui.clone(),
        }
    }
}

/// How many are not shown of so many.
pub fn more(there: usize, shown: usize) -> Option<i64> {
    let more = there.saturating_sub(shown);
    (more > 0).then(|| i64::try_from(more).unwrap_or(i64::MAX))
}

fn notes(ui: &Ui, view: &BoardView) -> Vec<String> {
    let behind = view.behind.map(|n| ui.say("board-behind").with("n", n).text());
    let cut = view.newest.map(|n| ui.say("board-cut").with("n", n).text());
    behind.into_iter().chain(cut).collect()
}

fn marks(ui: &Ui, view: &BoardView) -> Vec<Mark> {
    let mut marks: Vec<Mark> = view.sources.iter().map(|it| source(ui, it, &view.sources)).collect();
    let failing = |said| Mark { tone: "t-bad", icon: icon("triangle-alert"), said };
    for webhook in view.webhooks.iter().take(WEBHOOKS) {
        let said = ui
            .say("board-failing")
            .with("name", webhook.name.as_str())
            .with("time", ui.minute(webhook.since));
        marks.push(failing(said.text()));
    }
    if let Some(n) = more(view.webhooks.len(), WEBHOOKS) {
        marks.push(failing(ui.say("board-failing-more").with("n", n).text()));
    }
    marks
}

/// A source by its provider's name; where a provider has several, with the account too.
fn source(ui: &Ui, source: &SourceView, all: &[SourceView]) -> Mark {
    let name = sources::name(source.provider);
    let is_only = all.iter().filter(|other| other.provider == source.provider).count() == 1;
    let name = match &source.account {
        Some(account) if !is_only => format!("{name} {account}"),
        _ => name.to_owned(),
    };
    let status = &source.status;
    let (tone, icon) = match status.state {
        "connected" => ("t-ok", icon("circle-check")),
        "stopped" => ("t-off", icon("wifi-off")),
        _ => ("t-bad", icon("triangle-alert")),
    };
    let said = ui.say("board-source").with("state", status.state).with("name", name).text();
    let since = moment(status.since.as_deref()).filter(|_| status.state != "connected");
    let said = match since {
        Some(since) => ui.say("board-since").with("said", said).with("time", ui.minute(since)).text(),
        None => said,
    };
    Mark { tone, icon, said }
}

fn queue(ui: &Ui, queue: &BoardQueue) -> Queue {
    let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let mut detail: Vec<String> =
        queue.provider.map(|id| sources::name(id.as_str()).to_owned()).into_iter().collect();
    if queue.talking > 0 {
        detail.push(ui.say("board-queue-talking").with("n", number(queue.talking)).text());
    }
    if queue.dialing > 0 {
        detail.push(ui.say("board-queue-dialing").with("n", number(queue.dialing)).text());
    }
    if queue.provider.is_none() {
        detail.push(ui.say("board-queue-quiet").text());
    }
    Queue {
        name: queue.name.to_string(),
        detail: detail.join(" · "),
        waiting: ui.number(number(queue.waiting)),
        longest: queue.longest.map(|longest| timer(ui.now.since(longest))),
        late: queue.is_late,
    }
}

fn group(ui: &Ui, company: &str, group: &BoardGroup, contacts: i64) -> Group {
    let provider = sources::name(group.provider.as_str());
    let mut counts = Vec::new();
    if !group.stages.is_empty() {
        counts.push((ui.say("board-users").text(), ui.number(contacts)));
        counts.push((ui.say("board-open").text(), ui.number(group.open)));
    }
    let last = group.stages.len().saturating_sub(1);
    for (at, (kind, count)) in group.stages.iter().enumerate() {
        let label =
            if at == last { ui.say("board-today").with("kind", *kind).text() } else { (*kind).to_owned() };
        counts.push((label, ui.number(*count)));
    }
    Group {
        title: ui.say("board-group").with("provider", provider).text(),
        columns: group.columns.iter().map(|it| column(ui, company, it)).collect(),
        counts,
    }
}

fn column(ui: &Ui, company: &str, column: &BoardColumn) -> Column {
    let is_over = column.state == CallState::Finished;
    let call = |call: &BoardCall| {
        let time = if is_over { ui.hour(call.since) } else { timer(ui.now.since(call.since)) };
        (format!("/calls/{}", call.id), number(ui, call.number.as_ref()), time)
    };
    Column {
        title: column.title.text(ui.lang),
        href: format!("{company}/calls?state={}", column.state.as_str()),
        count: ui.number(column.count),
        calls: column.calls.iter().map(call).collect(),
    }
}

fn number(ui: &Ui, number: Option<&Key>) -> String {
    number.map_or_else(|| ui.say("calls-no-number").text(), |number| phone(number))
}

fn day(ui: &Ui, day: &BoardDay) -> Day {
    let count = |outcomes: &[Outcome]| day.ended_as(outcomes);
    let (ended, answered, abandoned) =
        (day.ended(), count(&[Outcome::Answered]), count(&[Outcome::Abandoned]));
    let figure = |tone, icon, label: &'static str, value: String, share: Option<String>| Figure {
        tone,
        icon,
        label: ui.say("board-figure").with("figure", label).text(),
        value,
        share,
    };
    let length = |length: Option<std::time::Duration>| length.map_or_else(|| "–".to_owned(), timer);
    let of_ended = share(ui, answered, ended);
    let of_heard = share(ui, abandoned, answered + abandoned);
    let not_answered = count(&[Outcome::NotAnswered, Outcome::Missed]);
    Day {
        title: ui.say("board-day").with("time", ui.hour(day.at)).with("n", ended).text(),
        note: ui
            .say("board-day-note")
            .with("answered", of_ended.clone().unwrap_or_else(|| "–".to_owned()))
            .with("abandoned", of_heard.clone().unwrap_or_else(|| "–".to_owned()))
            .text(),
        figures: vec![
            figure("t-ok", icon("phone"), "answered", ui.number(answered), of_ended),
            figure("t-bad", icon("phone-missed"), "abandoned", ui.number(abandoned), of_heard),
            figure("t-off", icon("circle-minus"), "not-answered", ui.number(not_answered), None),
            figure("t-off", icon("voicemail"), "machine", ui.number(count(&[Outcome::Machine])), None),
            figure("t-off", icon("clock"), "waited", length(day.waited()), None),
            figure("t-off", icon("messages-square"), "talked", length(day.talked()), None),
        ],
    }
}

/// A part of a whole in per cent.
fn share(ui: &Ui, part: i64, whole: i64) -> Option<String> {
    #[expect(clippy::cast_precision_loss, reason = "a day has fewer calls than 2^53")]
    let share = (whole > 0).then(|| 100.0 * part as f64 / whole as f64)?;
    Some(format!("{}%", ui.decimal(share, usize::from(share < 10.0 && share > 0.0))))
}
