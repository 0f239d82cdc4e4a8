//! How a page speaks to one person: their language, their time zone, and the moment it is made at.

use std::fmt;
use std::time::Duration;

use askama::filters::HtmlSafe;
use jiff::tz::TimeZone;

use super::parts::{Icon, Tone};
use crate::admin::USUAL_ZONE;
use crate::domain::{Lang, Timestamp};
use crate::texts::{self, Saying, say};

/// A person's language and zone, and now. Every template has one as `ui`.
#[derive(Clone)]
pub struct Ui {
    pub lang: Lang,
    zone: TimeZone,
    pub now: Timestamp,
    theme: Option<Theme>,
}

/// The appearance that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// Any other word is the system's own.
    pub fn parse(word: &str) -> Option<Self> {
        [Theme::Light, Theme::Dark].into_iter().find(|theme| theme.as_str() == word)
    }
}

impl Ui {
    /// A zone that is not known is the usual one's.
    pub fn new(lang: Lang, zone: Option<&str>, now: Timestamp) -> Self {
        let known = |name: &str| TimeZone::get(name).ok();
        let zone = zone.and_then(known).or_else(|| known(USUAL_ZONE)).unwrap_or(TimeZone::UTC);
        Self { lang, zone, now, theme: None }
    }

    /// The same with an appearance of the person's own.
    #[must_use]
    pub fn themed(self, theme: Option<Theme>) -> Self {
        Self { theme, ..self }
    }

    /// The word of the appearance that was chosen; none is as the system has it.
    pub fn theme(&self) -> Option<&'static str> {
        self.theme.map(Theme::as_str)
    }

    /// The same person, now.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Self { now: Timestamp::now(), ..self.clone() }
    }

    /// The text of the catalogue under this key.
    pub fn say(&self, key: &'static str) -> Saying {
        say(self.lang, key)
    }

    /// A Lucide icon; it is decoration, the word stands beside it.
    #[expect(clippy::unused_self, reason = "templates reach every part through their `ui`")]
    pub fn icon(&self, name: &'static str) -> Icon {
        Icon::new(name)
    }

    /// A whole number as the language writes it.
    pub fn number(&self, number: impl TryInto<i64>) -> String {
        texts::whole(self.lang, number.try_into().unwrap_or(i64::MAX))
    }

    /// A number with `places` digits after the mark.
    pub fn decimal(&self, number: f64, places: usize) -> String {
        texts::decimal(self.lang, number, places)
    }

    /// A moment as how long ago it was, with the exact time on hover.
    pub fn ago(&self, at: Timestamp) -> Moment {
        Moment { iso: at.to_string(), exact: self.exact(at), shown: self.relative(at) }
    }

    /// A moment as the clock of the person's zone, with the exact time on hover.
    pub fn clock(&self, at: Timestamp) -> Moment {
        Moment { iso: at.to_string(), exact: self.exact(at), shown: self.short(at) }
    }

    /// Date and time to the millisecond: `21/11/2026 14:21:58,204`.
    pub fn exact(&self, at: Timestamp) -> String {
        let (format, mark) = texts::to_the_millisecond(self.lang);
        let millis = at.0.div_euclid(1_000).rem_euclid(1_000);
        self.zoned(at).map_or_else(String::new, |at| format!("{}{mark}{millis:03}", at.strftime(format)))
    }

    /// The time of today, or the date and the time.
    pub fn short(&self, at: Timestamp) -> String {
        let (Some(then), Some(now)) = (self.zoned(at), self.zoned(self.now)) else { return String::new() };
        let format = match (then.date() == now.date(), then.year() == now.year()) {
            (true, _) => "%H:%M:%S",
            (false, true) => texts::day_and_time(self.lang),
            (false, false) => texts::full_day(self.lang),
        };
        then.strftime(format).to_string()
    }

    /// The hour and minute of a moment in the person's zone.
    pub fn hour(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(String::new, |at| at.strftime("%H:%M").to_string())
    }

    /// The hour and minute of a moment of today, else its day too.
    pub fn minute(&self, at: Timestamp) -> String {
        let date = |at| self.zoned(at).map(|at| at.date());
        if date(at) == date(self.now) { self.hour(at) } else { self.short(at) }
    }

    /// The day and month of a moment in the person's zone.
    pub fn day(&self, at: Timestamp) -> String {
        let format = texts::day_and_month(self.lang);
        self.zoned(at).map_or_else(String::new, |at| at.strftime(format).to_string())
    }

    /// When the person's day began.
    pub fn midnight(&self) -> Timestamp {
        let start = self.zoned(self.now).and_then(|now| now.start_of_day().ok());
        start.map_or(self.now, |start| Timestamp(start.timestamp().as_microsecond()))
    }

    /// Eight o'clock of the person's next day.
    pub fn next_morning(&self) -> Option<Timestamp> {
        let day = self.zoned(self.now)?.date().tomorrow().ok()?;
        let at = day.at(8, 0, 0, 0).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(at.timestamp().as_microsecond()))
    }

    /// `há 0,4 s`, `há 3 h 12 min`, `ontem 14:22`, `12/11 08:01`.
    fn relative(&self, at: Timestamp) -> String {
        let passed = self.now.since(at);
        // Tenths would flicker, and say nothing.
        if passed < Duration::from_secs(2) {
            return self.say("just-now").text();
        }
        if passed < Duration::from_hours(12) {
            return self.say("ago").with("span", self.span(passed)).text();
        }
        let day = |at| self.zoned(at).map(|at| at.date());
        match (day(at).and_then(|day| day.tomorrow().ok()), self.zoned(at)) {
            (Some(next), Some(then)) if Some(next) == day(self.now) => {
                self.say("yesterday").with("time", then.strftime("%H:%M").to_string()).text()
            }
            _ => self.short(at),
        }
    }

    /// A stretch of time in its two largest units: `0,4 s`, `12 s`, `4 min`, `3 h 12 min`, `41 dias`.
    pub fn span(&self, lasted: Duration) -> String {
        texts::span(self.lang, lasted)
    }

    /// Milliseconds that something took, from a second on in seconds: `4,2 ms`, `44 ms`, `3,0 s`.
    pub fn took(&self, ms: f64) -> String {
        if ms.round() < 1_000.0 {
            let ms = self.decimal(ms, usize::from(ms < 9.95));
            return self.say("attempt-ms").with("ms", ms).text();
        }
        self.say("span-part-second").with("n", self.decimal(ms / 1_000.0, 1)).text()
    }

    /// A day or a minute that was typed (`2026-12-31`, `2026-12-31T08:00`), in the person's zone.
    pub fn typed(&self, text: &str) -> Option<Timestamp> {
        let at: jiff::civil::DateTime = text.parse().ok()?;
        let at = at.to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(at.timestamp().as_microsecond()))
    }

    /// A moment as a field for a day and a minute has it, in the person's zone: what [`Ui::typed`] reads.
    pub fn field(&self, at: Timestamp) -> String {
        self.zoned(at).map_or_else(String::new, |at| at.strftime("%Y-%m-%dT%H:%M").to_string())
    }

    /// A time as a person types it: with a zone of its own (RFC 3339), or in the person's zone (`2026-11-21T14:20`, as
    /// browsers send it). What is neither comes back as it is, to be refused where it is read.
    pub fn typed_time(&self, text: &str) -> String {
        if text.parse::<Timestamp>().is_ok() {
            return text.to_owned();
        }
        self.typed(text).map_or_else(|| text.to_owned(), |at| at.to_string())
    }

    fn zoned(&self, at: Timestamp) -> Option<jiff::Zoned> {
        Some(jiff::Timestamp::from_microsecond(at.0).ok()?.to_zoned(self.zone.clone()))
    }

    /// The zone's name, as it is chosen in the account.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// A word for the tone of a notice, for who does not see its colour.
    pub fn tone(&self, tone: Tone) -> Saying {
        self.say("tone").with("tone", tone.as_str())
    }
}

/// A stretch of time as a clock that runs: `0:08`, `3:12`, `1:02:33`.
pub fn timer(lasted: Duration) -> String {
    let (hours, minutes, seconds) =
        (lasted.as_secs() / 3_600, lasted.as_secs() / 60 % 60, lasted.as_secs() % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// A `<time>` element.
#[derive(Clone)]
pub struct Moment {
    iso: String,
    exact: String,
    shown: String,
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digits and the catalogue's words: nothing of it comes from outside.
        write!(f, r#"<time datetime="{}" title="{}">{}</time>"#, self.iso, self.exact, self.shown)
    }
}

impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 17:21:58.204 UTC, a Saturday.
    const NOW: Timestamp = Timestamp(1_795_281_718_204_000);

    fn ui(lang: Lang) -> Ui {
        Ui::new(lang, None, NOW)
    }

    #[test]
    fn times_are_the_persons() {
        assert_eq!(ui(Lang::Pt).exact(NOW), "21/11/2026 14:21:58,204");
        assert_eq!(Ui::new(Lang::En, Some("UTC"), NOW).exact(NOW), "2026-11-21 17:21:58.204");
        assert_eq!(Ui::new(Lang::En, Some("Nowhere/Land"), NOW).zone_name(), "America/Sao_Paulo");
    }

    #[test]
    fn a_typed_time_is_of_the_persons_zone() {
        assert_eq!(ui(Lang::Pt).typed_time("2026-11-21T14:20"), "2026-11-21T17:20:00.000Z");
        assert_eq!(ui(Lang::Pt).typed_time("2026-11-21T14:20:00Z"), "2026-11-21T14:20:00Z");
        assert_eq!(ui(Lang::Pt).typed_time("ontem"), "ontem");
    }

    #[test]
    fn what_is_long_ago_is_a_date() {
        let ago = |seconds: i64, lang| ui(lang).relative(Timestamp(NOW.0 - seconds * 1_000_000));
        assert_eq!(ui(Lang::Pt).relative(Timestamp(NOW.0 - 400_000)), "agora");
        assert_eq!(ago(1, Lang::En), "just now");
        assert_eq!(ago(2, Lang::Pt), "há 2 s");
        assert_eq!(ago(64, Lang::Pt), "há 1 min 4 s");
        assert_eq!(ago(11_520, Lang::Pt), "há 3 h 12 min");
        assert_eq!(ago(11_520, Lang::En), "3 h 12 min ago");
        assert_eq!(ago(86_400, Lang::Pt), "ontem 14:21");
        assert_eq!(ago(10 * 86_400, Lang::Pt), "11/11 14:21");
        assert_eq!(ago(400 * 86_400, Lang::En), "2025-10-17");
    }

    #[test]
    fn a_timer_runs_in_minutes_and_seconds() {
        let timers = [0, 8, 192, 3_753].map(|seconds| timer(Duration::from_secs(seconds)));
        assert_eq!(timers, ["0:00", "0:08", "3:12", "1:02:33"]);
        let minute = |seconds: i64| ui(Lang::Pt).minute(Timestamp(NOW.0 - seconds * 1_000_000));
        assert_eq!([60, 86_400].map(minute), ["14:20", "20/11 14:21"]);
    }

    #[test]
    fn what_is_typed_is_in_the_persons_zone() {
        let typed = |text| ui(Lang::Pt).typed(text).map(|at| at.to_string());
        assert_eq!(typed("2026-12-31").as_deref(), Some("2026-12-31T03:00:00.000Z"));
        assert_eq!(typed("2026-12-31T08:30").as_deref(), Some("2026-12-31T11:30:00.000Z"));
        assert_eq!(typed("31/12/2026"), None);
        assert_eq!(ui(Lang::Pt).field(NOW), "2026-11-21T14:21");
    }

    #[test]
    fn what_took_a_second_or_more_is_told_in_seconds() {
        let took = [0.4, 9.94, 44.4, 999.4, 999.6, 3_002.0].map(|ms| ui(Lang::Pt).took(ms));
        assert_eq!(took, ["0,4 ms", "9,9 ms", "44 ms", "999 ms", "1,0 s", "3,0 s"]);
    }

    #[test]
    fn spans_have_at_most_two_units() {
        let span = |seconds, lang| ui(lang).span(Duration::from_secs(seconds));
        assert_eq!(span(12, Lang::Pt), "12 s");
        assert_eq!(span(720, Lang::Pt), "12 min");
        assert_eq!(span(7_200, Lang::Pt), "2 h");
        assert_eq!(span(86_400, Lang::Pt), "1 dia");
        assert_eq!(span(41 * 86_400, Lang::En), "41 days");
        let parts = [0, 49, 60, 440].map(|ms| ui(Lang::Pt).span(Duration::from_millis(ms)));
        assert_eq!(parts, ["0 s", "0 s", "0,1 s", "0,4 s"], "no tenths of nothing");
    }
}
