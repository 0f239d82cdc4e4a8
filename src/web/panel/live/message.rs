//! What a stream says, as server-sent events (the event stream format of the HTML standard).

use axum::body::Bytes;

/// The parts of a page by the name that the page knows them by.
pub type Fragments = Vec<(String, String)>;

/// The fragment that is no part of a page: a word that changes when something has moved that the page has to ask for.
pub const MOVED: &str = "moved";

/// The last message to who may not look on: the page has to be asked for again, and says what to do.
pub const GONE: &str = "event: gone\ndata:\n\n";

/// Says that the stream lives: a page that has heard nothing for longer than some ticks asks for another one.
const ALIVE: &str = "alive";

/// All fragments, one event for each. Where the page may have to ask for more, it is told how many others are told so at
/// the same time, and takes its time accordingly.
pub fn whole(fragments: &Fragments, viewers: usize) -> Bytes {
    let mut text = String::new();
    if fragments.iter().any(|(name, _)| name == MOVED) {
        add(&mut text, "viewers", None, &viewers.to_string());
    }
    if fragments.is_empty() {
        add(&mut text, ALIVE, None, "");
    }
    for (name, html) in fragments {
        add(&mut text, name, None, html);
    }
    text.into()
}

/// What differs from `before`: a part that is as it was is not sent again.
pub fn changed(fragments: &Fragments, before: &Fragments) -> Fragments {
    fragments.iter().filter(|fragment| !before.contains(fragment)).cloned().collect()
}

/// The end of a step of a tail: how many events were passed over, and up to where everything has been said.
pub fn passed(missed: u64, passed: i64) -> Bytes {
    let mut text = String::new();
    if missed > 0 {
        add(&mut text, "missed", Some(passed), &missed.to_string());
    } else {
        add(&mut text, ALIVE, Some(passed), "");
    }
    text.into()
}

/// One event; a browser tells nobody of a comment, so even that the stream lives is one. The browser keeps the last `id`.
pub fn add(text: &mut String, name: &str, id: Option<i64>, data: &str) {
    text.extend(["event: ", name, "\n"]);
    if let Some(id) = id {
        text.extend(["id: ", &id.to_string(), "\n"]);
    }
    for line in data.split(['\n', '\r']) {
        text.extend(["data: ", line, "\n"]);
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_as_it_was_is_not_sent_again() {
        let parts = |figures: &str, names: &str| {
            vec![("figures".to_owned(), figures.to_owned()), ("names".to_owned(), names.to_owned())]
        };
        let before = parts("7", "Ana");
        assert_eq!(changed(&parts("8", "Ana"), &before), parts("8", "Ana")[..1]);
        assert_eq!(changed(&parts("7", "Bia"), &before), parts("7", "Bia")[1..]);
        assert_eq!(changed(&before, &before), []);
        assert_eq!(changed(&before, &Vec::new()), before);
    }

    #[test]
    fn a_message_keeps_every_line() {
        let fragments = vec![("a".to_owned(), "<p>\n<b>".to_owned()), ("b".to_owned(), String::new())];
        assert_eq!(whole(&fragments, 1), "event: a\ndata: <p>\ndata: <b>\n\nevent: b\ndata: \n\n");
        assert_eq!(whole(&Vec::new(), 1), "event: alive\ndata: \n\n");
        let moved = vec![(MOVED.to_owned(), "7".to_owned())];
        assert_eq!(whole(&moved, 3), "event: viewers\ndata: 3\n\nevent: moved\ndata: 7\n\n");
        assert_eq!(passed(0, 7), "event: alive\nid: 7\ndata: \n\n");
        assert_eq!(passed(3, 7), "event: missed\nid: 7\ndata: 3\n\n");
    }
}
