//! Moments as each language writes them. What is made here is a format of `strftime`.

use crate::domain::Lang;

/// Date and time to the second, and the mark before the milliseconds.
pub fn to_the_millisecond(lang: Lang) -> (&'static str, char) {
    lang.pick(("%d/%m/%Y %H:%M:%S", ','), ("%Y-%m-%d %H:%M:%S", '.'))
}

/// A day of this year with its hour and minute.
pub fn day_and_time(lang: Lang) -> &'static str {
    lang.pick("%d/%m %H:%M", "%b %-d %H:%M")
}

/// A day with its year.
pub fn full_day(lang: Lang) -> &'static str {
    lang.pick("%d/%m/%Y", "%Y-%m-%d")
}

/// A day of this year.
pub fn day_and_month(lang: Lang) -> &'static str {
    lang.pick("%d/%m", "%b %-d")
}
