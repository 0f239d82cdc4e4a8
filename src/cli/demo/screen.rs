//! Where the demonstration speaks. On a terminal the last lines are rewritten in place, and everything else that is said, by
//! the log too, stands above them; elsewhere nothing is rewritten, and what stands there is said now and then.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Lines longer than the terminal is wide are cut by it, so that what was drawn is as many rows as lines.
const UNWRAPPED: &str = "\x1b[?7l";
const WRAPPED: &str = "\x1b[?7h";
const UP: &str = "\x1b[1A";
const ERASED_BELOW: &str = "\x1b[J";

/// See the module. A clone is the same screen.
#[derive(Clone)]
pub struct Screen(Arc<Mutex<Drawn>>);

struct Drawn {
    out: Box<dyn Write + Send>,
    rewrites: bool,
    /// What stands at the bottom; the cursor is at its end.
    bottom: Vec<String>,
}

impl Screen {
    pub fn new(out: impl Write + Send + 'static, rewrites: bool) -> Self {
        Self(Arc::new(Mutex::new(Drawn { out: Box::new(out), rewrites, bottom: Vec::new() })))
    }

    fn lock(&self) -> MutexGuard<'_, Drawn> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says a line, or several, that stay.
    pub fn say(&self, text: &str) {
        // Whoever reads may have gone; the demonstration goes on.
        let _ = self.lock().above(format!("{text}\n").as_bytes());
    }

    /// These lines stand at the bottom from now on. Where nothing is rewritten the last of them is said.
    pub fn stand(&self, lines: Vec<String>) {
        let mut drawn = self.lock();
        let _ = if drawn.rewrites {
            drawn.replace(lines)
        } else {
            lines.last().map_or(Ok(()), |last| drawn.above(format!("{last}\n").as_bytes()))
        };
    }

    /// Nothing stands at the bottom any more.
    pub fn clear(&self) {
        let _ = self.lock().replace(Vec::new());
    }
}

impl Drawn {
    fn above(&mut self, text: &[u8]) -> io::Result<()> {
        let bottom = std::mem::take(&mut self.bottom);
        let mut all = erased(bottom.len()).into_bytes();
        all.extend_from_slice(text);
        all.extend_from_slice(drawn(&bottom).as_bytes());
        self.bottom = bottom;
        self.out.write_all(&all)?;
        self.out.flush()
    }

    fn replace(&mut self, lines: Vec<String>) -> io::Result<()> {
        let all = erased(self.bottom.len()) + &drawn(&lines);
        self.bottom = lines;
        self.out.write_all(all.as_bytes())?;
        self.out.flush()
    }
}

/// Takes so many rows away, from the end of the last one.
fn erased(rows: usize) -> String {
    match rows {
        0 => String::new(),
        rows => format!("\r{}{ERASED_BELOW}", UP.repeat(rows - 1)),
    }
}

fn drawn(lines: &[String]) -> String {
    if lines.is_empty() { String::new() } else { format!("{UNWRAPPED}{}{WRAPPED}", lines.join("\r\n")) }
}

/// The log's way: whole lines.
impl Write for Screen {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        self.lock().above(lines)?;
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic inside").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        /// The rows that a terminal shows after all of this.
        fn rows(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().expect("no panic inside").clone()).expect("text");
            let text = text.replace(UNWRAPPED, "").replace(WRAPPED, "");
            let (mut rows, mut at) = (vec![String::new()], 0);
            for part in text.split_inclusive(['\n', '\r', 'A', 'J']) {
                let (said, end) = part.split_at(part.len() - usize::from(part.ends_with(['\n', '\r'])));
                match (said, end) {
                    ("\x1b[1A", _) => at -= 1,
                    ("\x1b[J", _) => {
                        rows.truncate(at + 1);
                        rows[at].clear();
                    }
                    (said, end) => {
                        rows[at].push_str(said);
                        if end == "\n" {
                            at += 1;
                            rows.resize(rows.len().max(at + 1), String::new());
                        }
                    }
                }
            }
            rows
        }
    }

    fn lines<const N: usize>(lines: [&str; N]) -> Vec<String> {
        lines.map(str::to_owned).into()
    }

    #[test]
    fn what_stands_at_the_bottom_is_rewritten_and_everything_else_is_above_it() {
        let paper = Paper::default();
        let mut screen = Screen::new(paper.clone(), true);
        screen.say("a história");
        screen.stand(lines(["o painel", "1 evento"]));
        screen.stand(lines(["o painel", "2 eventos"]));
        screen.write_all("do log\n".as_bytes()).expect("written");
        screen.say("o destino cai\n");
        assert_eq!(paper.rows(), ["a história", "do log", "o destino cai", "", "o painel", "2 eventos"]);
        screen.clear();
        screen.say("fim");
        assert_eq!(paper.rows(), ["a história", "do log", "o destino cai", "", "fim", ""]);
    }

    #[test]
    fn where_nothing_is_rewritten_there_is_no_control_character() {
        let paper = Paper::default();
        let screen = Screen::new(paper.clone(), false);
        screen.stand(lines(["o painel", "1 evento"]));
        screen.stand(lines(["o painel", "2 eventos"]));
        screen.clear();
        let said = paper.0.lock().expect("no panic inside").clone();
        assert_eq!(String::from_utf8(said).expect("text"), "1 evento\n2 eventos\n");
    }
}
