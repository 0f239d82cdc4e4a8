//! The parts that pages are made of: each is a value that a handler makes and a template writes with `{{ … }}`.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use super::fields::Told;
use super::{Ui, assets};
use crate::texts::Saying;

/// A sign of a sprite.
#[derive(Clone, Copy)]
pub struct Icon {
    sprite: &'static str,
    name: &'static str,
}

impl Icon {
    /// One of Lucide's.
    pub fn new(name: &'static str) -> Self {
        Self { sprite: "vendor/lucide/sprite.svg", name }
    }

    /// What became of an event, as it is drawn everywhere.
    pub fn outcome(name: &'static str) -> Self {
        Self { sprite: "outcomes.svg", name }
    }
}

/// For parts that are made in code: `icon("plus")`.
pub fn icon(name: &'static str) -> Icon {
    Icon::new(name)
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sprite, name) = (assets::url(self.sprite), self.name);
        write!(f, r#"<svg class="i" aria-hidden="true"><use href="{sprite}#{name}"/></svg>"#)
    }
}

impl HtmlSafe for Icon {}

/// What a state or a notice means; said by colour, icon and word together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Warn,
    Bad,
    Off,
    /// Neither good nor bad: work that goes on, something to know.
    Info,
}

impl Tone {
    /// The class of the style.
    pub fn as_str(self) -> &'static str {
        match self {
            Tone::Ok => "ok",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Off => "off",
            Tone::Info => "info",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Tone::Ok => icon("circle-check"),
            Tone::Warn => icon("triangle-alert"),
            Tone::Bad => icon("circle-x"),
            Tone::Off => icon("circle-pause"),
            Tone::Info => icon("info"),
        }
    }
}

/// A state: colour, icon, word.
#[derive(Template)]
#[template(
    source = r#"<span class="status {{ tone.as_str() }}{% if spins %} spins{% endif %}">{{ icon }}{{ word }}</span>"#,
    ext = "html"
)]
#[derive(Clone)]
pub struct Badge {
    tone: Tone,
    icon: Icon,
    spins: bool,
    word: String,
}

impl Badge {
    pub fn new(tone: Tone, icon: Icon, word: &Saying) -> Self {
        Self { tone, icon, spins: false, word: word.text() }
    }

    /// The icon turns while the work goes on.
    #[must_use]
    pub fn spinning(mut self) -> Self {
        self.spins = true;
        self
    }
}

impl HtmlSafe for Badge {}

impl Badge {
    /// Its sign alone, where many stand side by side; what it means, and of what, is said on hover and read aloud.
    pub fn mark(self, of: &str) -> Mark {
        Mark { tone: self.tone, icon: self.icon, label: format!("{of}: {}", self.word) }
    }
}

/// See [`Badge::mark`].
#[derive(Template)]
#[template(
    source = r#"<span class="status {{ tone.as_str() }} mark" title="{{ label }}">{{ icon }}<span class="unseen">{{ label }}</span></span>"#,
    ext = "html"
)]
pub struct Mark {
    tone: Tone,
    icon: Icon,
    label: String,
}

impl HtmlSafe for Mark {}

/// Where a page stands: the pages above it, each a link.
#[derive(Template)]
#[template(path = "panel/parts/crumbs.html")]
pub struct Crumbs {
    label: String,
    steps: Vec<(String, String)>,
}

impl Crumbs {
    pub fn new(label: &Saying) -> Self {
        Self { label: label.text(), steps: Vec::new() }
    }

    /// The next page on the way down.
    #[must_use]
    pub fn step(mut self, href: impl Into<String>, name: &(impl ToString + ?Sized)) -> Self {
        self.steps.push((href.into(), name.to_string()));
        self
    }
}

impl HtmlSafe for Crumbs {}

/// A sentence over a page or a form, with what to do about it.
#[derive(Template)]
#[template(path = "panel/parts/notice.html")]
pub struct Notice {
    tone: Tone,
    tone_word: String,
    icon: Icon,
    text: String,
    advice: Option<String>,
    link: Option<(String, String)>,
    places: Vec<Told>,
}

impl Notice {
    pub fn new(ui: &Ui, tone: Tone, text: impl fmt::Display) -> Self {
        Self {
            tone,
            tone_word: ui.tone(tone).text(),
            icon: tone.icon(),
            text: text.to_string(),
            advice: None,
            link: None,
            places: Vec::new(),
        }
    }

    /// The fields that it is about, each a link to where it stands.
    #[must_use]
    pub fn places(mut self, places: Vec<Told>) -> Self {
        self.places = places;
        self
    }

    /// What to look at, in a window of its own: the page may hold what somebody typed.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>, label: &Saying) -> Self {
        self.link = Some((href.into(), label.text()));
        self
    }

    /// What to do next.
    #[must_use]
    pub fn advice(mut self, advice: impl fmt::Display) -> Self {
        self.advice = Some(advice.to_string());
        self
    }
}

impl HtmlSafe for Notice {}

/// A list without anything in it: what will be here, and the one step that makes it so.
#[derive(Template)]
#[template(path = "panel/parts/empty.html")]
pub struct Empty {
    icon: Icon,
    title: String,
    text: String,
    step: Option<(String, String)>,
}

impl Empty {
    pub fn new(icon: Icon, title: &Saying, text: &Saying) -> Self {
        Self { icon, title: title.text(), text: text.text(), step: None }
    }

    /// The button and where it leads.
    #[must_use]
    pub fn step(mut self, href: impl Into<String>, label: &Saying) -> Self {
        self.step = Some((href.into(), label.text()));
        self
    }
}

impl HtmlSafe for Empty {}

/// The way to the next page of a list, and back to its beginning.
#[derive(Template)]
#[template(path = "panel/parts/pager.html")]
pub struct Pager {
    label: String,
    first: Option<(String, String)>,
    next: Option<(String, String)>,
}

impl Pager {
    /// `path` with its query, but the cursor; `at` is the cursor of this page, `next` of the one after it.
    pub fn new(ui: &Ui, path: &str, at: Option<&str>, next: Option<&str>) -> Self {
        let with_cursor = |cursor: &str| {
            let cursor: String = url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect();
            format!("{path}{}cursor={cursor}", if path.contains('?') { '&' } else { '?' })
        };
        Self {
            label: ui.say("pager").text(),
            first: at.map(|_| (path.to_owned(), ui.say("pager-first").text())),
            next: next.map(|cursor| (with_cursor(cursor), ui.say("pager-next").text())),
        }
    }
}

impl HtmlSafe for Pager {}

/// Asks once before something goes for good. With a `name`, that name has to be typed.
#[derive(Template)]
#[template(path = "panel/parts/confirm.html")]
pub struct Confirm {
    pub ui: Ui,
    pub csrf: String,
    /// Where the form goes.
    pub action: String,
    pub title: String,
    /// What will go, a sentence each.
    pub goes: Vec<String>,
    pub name: Option<String>,
    /// What was typed is not the name.
    pub wrong: bool,
    /// What may be done along with it: a field's name, and what it says.
    pub offer: Option<(&'static str, String)>,
    pub button: String,
    pub back: String,
}

impl HtmlSafe for Confirm {}
