//! How long something lasted, as people read it.

use std::time::Duration;

use super::{decimal, say};
use crate::domain::Lang;

/// `0,4 s`, `12 s`, `9 min 5 s`, `48 min`, `3 h 20 min`, `2 dias`.
pub fn span(lang: Lang, lasted: Duration) -> String {
    let seconds = lasted.as_secs();
    let said = match seconds {
        0 if lasted < Duration::from_millis(50) => say(lang, "span-seconds").with("n", 0),
        0 => say(lang, "span-part-second").with("n", decimal(lang, lasted.as_secs_f64(), 1)),
        1..60 => say(lang, "span-seconds").with("n", seconds),
        60..600 if !seconds.is_multiple_of(60) => {
            say(lang, "span-minutes-seconds").with("n", seconds / 60).with("s", seconds % 60)
        }
        60..3_600 => say(lang, "span-minutes").with("n", seconds / 60),
        3_600..86_400 if (seconds / 60).is_multiple_of(60) => {
            say(lang, "span-hours").with("n", seconds / 3_600)
        }
        3_600..86_400 => {
            say(lang, "span-hours-minutes").with("n", seconds / 3_600).with("m", seconds / 60 % 60)
        }
        _ => say(lang, "span-days").with("n", seconds / 86_400),
    };
    said.text()
}
