//! A secret that was just made, shown once: it is in no other page, no address and no cookie.

use askama::Template;

use super::{Frame, Section, Ui, Visit};
use crate::secrets::Secret;
use crate::texts::Saying;

#[derive(Template)]
#[template(path = "panel/once.html")]
pub struct Once {
    ui: Ui,
    frame: Frame,
    title: String,
    text: String,
    secret: String,
    /// Where to go on.
    back: String,
}

impl Once {
    pub fn new(visit: &Visit, title: &Saying, text: &Saying, secret: Option<&Secret>, back: &str) -> Self {
        Self {
            frame: visit.frame(Section::Account),
            title: title.text(),
            text: text.text(),
            secret: secret.map(|secret| secret.expose().to_owned()).unwrap_or_default(),
            back: back.to_owned(),
            ui: visit.ui.clone(),
        }
    }

    /// Belongs elsewhere in the navigation than to the account.
    #[must_use]
    pub fn within(mut self, section: Section) -> Self {
        self.frame.section = section;
        self
    }
}
