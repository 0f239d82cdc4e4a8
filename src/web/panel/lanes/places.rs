//! Where there is room for words in a drawing whose width is not known: they are placed as if it were not wide, and left out where
//! they would lie on others.

/// Per cent that a letter takes in a drawing of 800 pixels.
const LETTER: f64 = 0.85;
/// Per cent between words and what they stand beside.
const SPACE: f64 = 0.8;

/// A place for words.
#[derive(Debug, PartialEq)]
pub struct Placed {
    /// Per cent.
    pub at: f64,
    pub anchor: &'static str,
}

/// What of a line is taken.
#[derive(Default)]
pub struct Room(Vec<(f64, f64)>);

impl Room {
    /// Keeps a place free.
    pub fn keep(&mut self, from: f64, to: f64) {
        self.0.push((from, to));
    }

    /// Beside something, after it if they end within the drawing, else before it.
    pub fn beside(&mut self, from: f64, to: f64, text: &str) -> Option<Placed> {
        let wide = width(text);
        if to + SPACE + wide <= 100.0 {
            self.take(to + SPACE, wide, false)
        } else {
            self.take(from - SPACE, wide, true)
        }
    }

    /// As [`Room::beside`] a mark, and where no word would cross another mark.
    pub fn beside_free_of(&mut self, at: f64, text: &str, marks: &[f64], around: f64) -> Option<Placed> {
        let mut without = Room(self.0.clone());
        without.0.extend(marks.iter().map(|mark| (mark - around, mark + around)));
        let placed = without.beside(at, at, text)?;
        self.0.extend(without.0.last());
        Some(placed)
    }

    /// Within a stretch from its beginning on, or up to the drawing's end where that is nearer than they are long.
    pub fn within(&mut self, from: f64, to: f64, text: &str) -> Option<Placed> {
        let wide = width(text);
        if from + SPACE + wide <= 100.0 {
            self.take(from + SPACE, wide, false)
        } else {
            self.take(to - SPACE, wide, true)
        }
    }

    fn take(&mut self, at: f64, wide: f64, ends: bool) -> Option<Placed> {
        let (from, to) = if ends { (at - wide, at) } else { (at, at + wide) };
        if from < 0.0 || self.0.iter().any(|(begun, ended)| from < *ended && *begun < to) {
            return None;
        }
        self.keep(from, to);
        Some(Placed { at, anchor: if ends { "end" } else { "start" } })
    }
}

#[expect(clippy::cast_precision_loss, reason = "words are short")]
fn width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// Per cent, as closely as a pixel asks for.
pub fn percent_of(share: f64) -> String {
    let text = format!("{share:.2}");
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_beside_what_they_say_and_on_no_others() {
        let mut room = Room::default();
        let placed = |at, anchor| Some(Placed { at, anchor });
        assert_eq!(room.beside(46.0, 47.2, "queda, 1 min"), placed(48.0, "start"));
        assert_eq!(room.beside(50.0, 50.0, "queda, 2 min"), None, "on others");
        assert_eq!(room.beside(98.0, 99.0, "queda, 3 min"), placed(97.2, "end"));
        assert_eq!(room.within(10.0, 100.0, "pausado"), placed(10.8, "start"));
        assert_eq!(Room::default().within(97.0, 100.0, "pausado por Ana"), placed(99.2, "end"));
        assert_eq!(Room::default().beside(5.0, 100.0, "queda"), None, "no room");
    }

    #[test]
    fn per_cent_are_short() {
        assert_eq!([0.0, 25.0, 46.256, 100.0].map(percent_of), ["0%", "25%", "46.26%", "100%"]);
    }
}
