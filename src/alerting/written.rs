//! A message in words, as every channel says it; how it looks is each channel's own.
//!
//! What must hold here: what others have named (companies, servers, webhooks) is made [`inert`] before any channel sees it; what is
//! too long for a service is cut, sentences before titles and titles before lines, and what is left out is counted.

use std::fmt::Write as _;

use jiff::tz::TimeZone;

use super::message::{Line, Message, What};
use crate::domain::incident::Cost;
use crate::domain::{Lang, Timestamp};
use crate::texts::{day_and_time, say};

/// Lines that are written out.
const LINES: usize = 10;
/// Zones are not asked of contact points: these are the hours of most who read it, and the text says so.
const ZONE: &str = "America/Sao_Paulo";
/// Stands between letters without being seen, and ends what apps look for.
const WORD_JOINER: char = '\u{2060}';

/// How much of it there is room for.
#[derive(Debug, Clone, Copy)]
struct Room {
    lines: usize,
    title: usize,
    sentence: usize,
}

/// From all that is said to what is left when there is hardly any room.
const ROOMS: [Room; 7] = [
    Room { lines: LINES, title: 300, sentence: 1_200 },
    Room { lines: LINES, title: 200, sentence: 400 },
    Room { lines: LINES, title: 120, sentence: 200 },
    Room { lines: LINES, title: 100, sentence: 80 },
    Room { lines: LINES, title: 80, sentence: 0 },
    Room { lines: 5, title: 60, sentence: 0 },
    Room { lines: 1, title: 40, sentence: 0 },
];

/// A message in a language.
#[derive(Debug)]
pub(super) struct Written {
    pub what: What,
    /// How many, and the worst of them.
    pub head: String,
    pub lines: Vec<WrittenLine>,
    /// "e mais 3"
    pub more: Option<String>,
    /// Where all of it is shown.
    pub panel: Option<Link>,
}

#[derive(Debug)]
pub(super) struct WrittenLine {
    pub cost: Cost,
    pub closed: bool,
    pub title: String,
    /// May be empty.
    pub sentence: String,
    /// What it costs, whose it is, since when.
    pub detail: String,
    pub link: Option<Link>,
}

#[derive(Debug, Clone)]
pub(super) struct Link {
    pub text: String,
    pub url: String,
}

/// What `make` makes of as much of the message as `fits`.
pub(super) fn fitted<T>(
    message: &Message,
    lang: Lang,
    make: impl Fn(&Written) -> T,
    fits: impl Fn(&T) -> bool,
) -> T {
    let mut whole = make(&Written::of(message, lang, ROOMS[0]));
    for room in &ROOMS[1..] {
        if fits(&whole) {
            break;
        }
        whole = make(&Written::of(message, lang, *room));
    }
    whole
}

impl Written {
    fn of(message: &Message, lang: Lang, room: Room) -> Self {
        let sorted = message.worst_first();
        let lines: Vec<_> = sorted.iter().take(room.lines).map(|line| written(line, lang, room)).collect();
        let left = message.total.max(sorted.len()) - lines.len();
        let more = (left > 0).then(|| say(lang, "alert-more").with("n", left).text());
        let link = |url: &String| Link { text: say(lang, "alert-open-panel").text(), url: url.clone() };
        Self {
            what: message.what,
            head: head(message, &sorted, lang, room),
            lines,
            more,
            panel: message.panel_url.as_ref().map(link),
        }
    }

    /// All of it as plain text, for readers of mail and for what is shown where a card cannot be.
    pub fn plain(&self) -> String {
        let mut text = self.head.clone();
        for line in &self.lines {
            let _ = write!(text, "\n\n{} {}", line.mark(), line.title);
            for part in [&line.sentence, &line.detail] {
                if !part.is_empty() {
                    let _ = write!(text, "\n  {part}");
                }
            }
            if let Some(link) = &line.link {
                let _ = write!(text, "\n  {}", link.url);
            }
        }
        for part in [self.more.as_ref(), self.panel.as_ref().map(|link| &link.url)].into_iter().flatten() {
            let _ = write!(text, "\n\n{part}");
        }
        text
    }
}

impl WrittenLine {
    /// A shape before the title, where there is no colour.
    pub fn mark(&self) -> char {
        match self.cost {
            _ if self.closed => '✓',
            Cost::Losing => '▲',
            Cost::Waiting => '◔',
            Cost::Coming => '◇',
        }
    }
}

fn written(line: &Line, lang: Lang, room: Room) -> WrittenLine {
    let cost = say(lang, "alert-cost").with("cost", line.cost.as_str()).text();
    let since = when(lang, line.since);
    let time = match line.closed_at {
        None => say(lang, "alert-since").with("since", since).text(),
        Some(closed) => {
            say(lang, "alert-from-to").with("since", since).with("closed", when(lang, closed)).text()
        }
    };
    let company = line.company.as_deref().map(|name| inert(&cut(name, room.title)));
    let detail: Vec<_> = [Some(cost).filter(|_| line.closed_at.is_none()), company, Some(time)]
        .into_iter()
        .flatten()
        .collect();
    let leads = |url: &String| Link { text: say(lang, "alert-open").text(), url: url.clone() };
    WrittenLine {
        cost: line.cost,
        closed: line.closed_at.is_some(),
        title: inert(&cut(&line.title, room.title)),
        sentence: inert(&cut(&line.sentence, room.sentence)),
        detail: detail.join(" · "),
        link: line.link.as_ref().map(leads),
    }
}

fn head(message: &Message, sorted: &[&Line], lang: Lang, room: Room) -> String {
    let total = message.total.max(sorted.len());
    let worst = sorted.first().map(|line| inert(&cut(&line.title, room.title.min(120)))).unwrap_or_default();
    match message.what {
        What::Opened => say(lang, "alert-opened").with("total", total).with("worst", worst).text(),
        What::StillOpen => say(lang, "alert-still-open").with("total", total).with("worst", worst).text(),
        What::Escalated => say(lang, "alert-escalated").with("total", total).with("worst", worst).text(),
        What::Resolved => say(lang, "alert-resolved").with("total", total).with("worst", worst).text(),
        What::Summary => say(lang, "alert-summary").with("total", total).with("worst", worst).text(),
        What::Test => say(lang, "alert-test").text(),
    }
}

fn when(lang: Lang, at: Timestamp) -> String {
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.to_zoned(zone).strftime(day_and_time(lang)).to_string()
}

/// At most so many characters; what was cut ends with `…`. Control characters, of which a service could make lines, are spaces.
fn cut(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if text.chars().count() <= most {
        return text.chars().map(plain).collect();
    }
    if most == 0 {
        return String::new();
    }
    let mut short: String = text.chars().take(most - 1).map(plain).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// A text in which no app finds somebody to mention or something to link: after `@`, `#` and a slash, and in the dots of names
/// of servers, stands a character that nobody sees.
fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        let next = rest.peek().copied();
        let joins = match c {
            '@' | '#' | '$' | '/' => next.is_some_and(|next| !next.is_whitespace()),
            ':' => next == Some('/'),
            '.' => {
                before.is_alphanumeric()
                    && next.is_some_and(char::is_alphanumeric)
                    && !is_number(before, next)
            }
            _ => false,
        };
        if joins {
            out.push(WORD_JOINER);
        }
        before = c;
    }
    out
}

fn is_number(before: char, next: Option<char>) -> bool {
    before.is_ascii_digit() && next.is_some_and(|next| next.is_ascii_digit())
}

#[cfg(test)]
#[path = "written_tests.rs"]
mod tests;
