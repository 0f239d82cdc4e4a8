//! The first hour of a company: what is done, and what comes next, until the first event is delivered.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Panel, Ui, Visit};
use crate::admin::{AdminError, FirstHour, Role};
use crate::domain::CompanyId;
use crate::texts::Saying;

/// The list as a page holds it.
#[derive(Template)]
#[template(path = "panel/parts/first_hour.html")]
pub struct Checklist {
    ui: Ui,
    done: usize,
    steps: Vec<Step>,
}

impl HtmlSafe for Checklist {}

struct Step {
    title: String,
    text: String,
    state: State,
    /// What is to be pressed, of the one that comes next.
    button: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Done,
    Next,
    Later,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Next => "next",
            State::Later => "later",
        }
    }
}

impl Checklist {
    /// Nothing, once something was delivered; nor for who may do nothing about it.
    pub async fn of(panel: &Panel, visit: &Visit, company: CompanyId) -> Result<Option<Self>, AdminError> {
        if visit.actor.role < Role::Administrator {
            return Ok(None);
        }
        let found = panel.admin.first_hour(&visit.actor, company).await?;
        Ok(found.map(|hour| Self::new(&visit.ui, company, &hour)))
    }

    fn new(ui: &Ui, company: CompanyId, hour: &FirstHour) -> Self {
        let path = format!("/companies/{company}");
        let webhook = hour.webhook.as_ref().map(|(id, _)| format!("{path}/webhooks/{id}"));
        let test = match &hour.webhook {
            Some((_, name)) => ui.say("first-test-of").with("name", name),
            None => ui.say("first-test"),
        };
        let all: [(bool, Saying, Saying, Option<String>, Saying); 6] = [
            (
                hour.source && hour.connected,
                ui.say("first-connect"),
                ui.say("first-connect-text"),
                Some(if hour.source { path.clone() } else { format!("{path}/sources/new") }),
                ui.say("first-connect-do"),
            ),
            (
                hour.heard,
                ui.say("first-heard"),
                ui.say("first-heard-text"),
                Some(format!("{path}/events")),
                ui.say("first-heard-do"),
            ),
            (
                hour.webhook.is_some(),
                ui.say("first-webhook"),
                ui.say("first-webhook-text"),
                Some(format!("{path}/webhooks/new")),
                ui.say("first-webhook-do"),
            ),
            (
                hour.tested,
                test,
                ui.say("first-test-text"),
                webhook.as_ref().map(|path| format!("{path}/test")),
                ui.say("first-test-do"),
            ),
            (
                hour.told,
                ui.say("first-told"),
                ui.say("first-told-text"),
                Some("/alerts".to_owned()),
                ui.say("first-told-do"),
            ),
            (
                false,
                ui.say("first-delivered"),
                ui.say("first-delivered-text"),
                webhook,
                ui.say("first-delivered-do"),
            ),
        ];
        let next = all.iter().position(|(done, ..)| !done);
        let done = all.iter().filter(|(done, ..)| *done).count();
        let steps = all.into_iter().enumerate().map(|(at, (done, title, text, href, label))| {
            let state = match (done, next == Some(at)) {
                (true, _) => State::Done,
                (false, true) => State::Next,
                (false, false) => State::Later,
            };
            let button = href.filter(|_| state == State::Next).map(|href| (href, label.text()));
            Step { title: title.text(), text: text.text(), state, button }
        });
        Self { steps: steps.collect(), done, ui: ui.clone() }
    }
}
