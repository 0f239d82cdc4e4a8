//! What a person says of a company's board: the names of commands at doors, and from when on somebody waits for long.

use askama::Template;
use axum::extract::State;

use super::super::parts::Notice;
use super::super::stale::stale;
use super::super::{Administrator, Errors, Failed, Field, Frame, Pairs, Section, Sent, Ui, Visit, refuse};
use super::{CompanyHead, InCompany, Panel, Shown, Tab, show};
use crate::admin::{AdminError, BoardInput, CommandInput, CompanyView, Saved};
use crate::domain::CompanyId;

/// Rows for commands that nobody has pressed yet.
const EMPTY_ROWS: usize = 3;

#[derive(Template)]
#[template(path = "panel/board/settings.html")]
struct Form {
    ui: Ui,
    frame: Frame,
    company: String,
    head: CompanyHead,
    /// Where the board is.
    board: String,
    notice: Option<Notice>,
    version: i64,
    late_after: Field,
    rows: Vec<Row>,
}

/// A command and its name, as stored or as typed.
#[derive(Default)]
struct Row {
    keys: String,
    name: String,
    wrong: Option<String>,
    focused: bool,
}

/// What the form begins with.
struct Shows {
    late_after: String,
    rows: Vec<Row>,
    version: i64,
}

pub async fn form(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
) -> Shown {
    let shows = stored(&panel, &visit, id).await?;
    show(&page(&visit, id, &company, shows, &Errors::default(), None))
}

pub async fn save(
    Administrator(visit): Administrator,
    InCompany { id, company }: InCompany,
    State(panel): State<Panel>,
    Sent(typed): Sent,
) -> Shown {
    let path = format!("/companies/{id}/board/settings");
    let input = input(&typed);
    match panel.admin.update_board(&visit.actor, id, &input).await {
        Ok(()) => Ok(visit.done(&path, &visit.ui.say("saved"))),
        Err(AdminError::Stale) => {
            let notice = stale(&panel, &visit, Saved::Board(id), &path).await?;
            let version = panel.admin.board_settings(&visit.actor, id).await?.version;
            let errors = Errors::default();
            let shows = Shows { version, ..as_typed(&visit.ui, &input, &errors) };
            refuse(&page(&visit, id, &company, shows, &errors, Some(notice)))
        }
        Err(error) => {
            let errors = Errors::of(error)?;
            let shows = as_typed(&visit.ui, &input, &errors);
            refuse(&page(&visit, id, &company, shows, &errors, None))
        }
    }
}

fn input(typed: &Pairs) -> BoardInput {
    let names: Vec<&str> = typed.all("name").collect();
    let command = |(at, keys): (usize, &str)| CommandInput {
        keys: keys.to_owned(),
        name: names.get(at).map(|name| (*name).to_owned()).unwrap_or_default(),
    };
    BoardInput {
        commands: typed.all("keys").enumerate().map(command).collect(),
        late_after: typed.text("late_after").to_owned(),
        version: typed.given("version").and_then(|version| version.parse().ok()),
    }
}

/// What is stored; then what was pressed lately and has no name yet.
async fn stored(panel: &Panel, visit: &Visit, id: CompanyId) -> Result<Shows, Failed> {
    let board = panel.admin.board(&visit.actor, visit.ui.lang, id, visit.ui.midnight()).await?;
    let settings = board.settings;
    let named = settings.commands.iter().map(|(keys, name)| Row {
        keys: keys.clone(),
        name: name.clone(),
        ..Row::default()
    });
    let mut rows: Vec<Row> = named.collect();
    for pressed in &board.pressed {
        if !rows.iter().any(|row| row.keys == *pressed.keys) {
            rows.push(Row { keys: pressed.keys.to_string(), ..Row::default() });
        }
    }
    rows.extend((0..EMPTY_ROWS).map(|_| Row::default()));
    Ok(Shows { late_after: settings.late_after.as_secs().to_string(), rows, version: settings.version })
}

/// What was typed, each fault with its row.
fn as_typed(ui: &Ui, input: &BoardInput, errors: &Errors) -> Shows {
    let row = |(at, typed): (usize, &CommandInput)| {
        let fault = |part: &str| errors.at(ui.lang, &format!("commands[{at}].{part}"));
        let (keys, name) = (fault("keys"), fault("name"));
        let (label, id) = match keys {
            Some(_) => (ui.say("board-keys").text(), format!("keys-{}", at + 1)),
            None => (ui.say("board-name").text(), format!("name-{}", at + 1)),
        };
        let wrong = keys.or(name);
        let focused = wrong.as_ref().is_some_and(|wrong| errors.tell(id, &label, wrong));
        Row { keys: typed.keys.clone(), name: typed.name.clone(), wrong, focused }
    };
    Shows {
        late_after: input.late_after.clone(),
        rows: input.commands.iter().enumerate().map(row).collect(),
        version: input.version.unwrap_or_default(),
    }
}

fn page(
    visit: &Visit,
    id: CompanyId,
    company: &CompanyView,
    shows: Shows,
    errors: &Errors,
    notice: Option<Notice>,
) -> Form {
    let ui = &visit.ui;
    let late_after = Field::typed("number", "late_after", &ui.say("board-late-field"), shows.late_after)
        .hint(&ui.say("board-late-hint"))
        .error(ui, errors);
    Form {
        frame: visit.frame(Section::Companies).of_company(id),
        company: company.name.clone(),
        head: CompanyHead::new(visit, id, &company.name, Tab::Board),
        board: format!("/companies/{id}/board"),
        notice: notice.or_else(|| errors.notice(ui)),
        version: shows.version,
        late_after,
        rows: shows.rows,
        ui: ui.clone(),
    }
}
