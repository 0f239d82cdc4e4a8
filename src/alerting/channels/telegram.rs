//! Telegram: `sendMessage` of the Bot API (<https://core.telegram.org/bots/api#sendmessage>).
//!
//! A text has 4,096 characters at most "after entities parsing", which Telegram counts in UTF-16 code units. Of HTML only what is
//! documented is used (`<b>`, `<a>`), and `<`, `>`, `&` and `"` are written as entities.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{html, judged, seconds};
use crate::alerting::failure::Failure;
use crate::alerting::message::Message;
use crate::alerting::sending::Outcome;
use crate::alerting::written::{Link, Written, fitted};
use crate::domain::{Lang, Timestamp};
use crate::net::Answer;

/// UTF-16 code units of a text, without its markup.
const LONGEST: usize = 4_096;

pub fn address(api: &str, token: &str) -> String {
    format!("{}/bot{token}/sendMessage", api.trim_end_matches('/'))
}

pub fn body(message: &Message, lang: Lang, chat: &str, thread: Option<i64>) -> Value {
    let text = fitted(message, lang, text, |text| text.units <= LONGEST);
    let mut body = json!({
        "chat_id": chat,
        "text": text.html,
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    });
    if let Some(thread) = thread {
        body["message_thread_id"] = thread.into();
    }
    body
}

/// The same for the chat that a group has become, if that is what the answer says.
pub fn moved(answer: &Answer, body: &Value) -> Option<Value> {
    let said: Value = serde_json::from_slice(&answer.body).ok()?;
    let chat = said["parameters"]["migrate_to_chat_id"].as_i64()?;
    let mut body = body.clone();
    body["chat_id"] = chat.into();
    // Topics are the old group's.
    body.as_object_mut()?.remove("message_thread_id");
    Some(body)
}

pub fn judge(answer: &Answer, now: Timestamp) -> Outcome {
    let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match (judged(answer, now), said["ok"].as_bool()) {
        // Whatever stands between may answer 200 too; only Telegram says `ok`.
        (Outcome::Taken, Some(true)) => Outcome::Taken,
        (Outcome::Taken, _) => Outcome::Refused { why: Failure::Status(answer.status.as_u16()) },
        (Outcome::Again { after, why }, _) => {
            Outcome::Again { after: seconds(&said["parameters"]["retry_after"]).or(after), why }
        }
        (refused, _) => refused,
    }
}

/// A text with its markup, and its length without.
#[derive(Default)]
struct Text {
    html: String,
    units: usize,
}

impl Text {
    fn plain(&mut self, text: &str) -> &mut Self {
        self.html.push_str(&html(text));
        self.units += text.encode_utf16().count();
        self
    }

    fn bold(&mut self, text: &str) -> &mut Self {
        self.html.push_str("<b>");
        self.plain(text);
        self.html.push_str("</b>");
        self
    }

    fn link(&mut self, link: &Link) -> &mut Self {
        let _ = write!(self.html, "<a href=\"{}\">", html(&link.url));
        self.plain(&link.text);
        self.html.push_str("</a>");
        self
    }
}

fn text(written: &Written) -> Text {
    let mut text = Text::default();
    text.bold(&written.head);
    for line in &written.lines {
        text.plain(&format!("\n\n{} ", line.mark())).bold(&line.title);
        for part in [&line.sentence, &line.detail].into_iter().filter(|part| !part.is_empty()) {
            text.plain("\n").plain(part);
        }
        if let Some(link) = &line.link {
            text.plain("\n").link(link);
        }
    }
    if let Some(more) = &written.more {
        text.plain("\n\n").plain(more);
    }
    if let Some(panel) = &written.panel {
        text.plain("\n\n").link(panel);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{NOW, again, answer, refused};
    use super::*;
    use crate::alerting::message::What;
    use crate::alerting::message::tests::{hostile, message};

    /// Without tags and entities, as Telegram counts.
    fn shown(html: &str) -> String {
        let mut out = String::new();
        for (at, piece) in html.split('<').enumerate() {
            let text = if at == 0 { piece } else { piece.split_once('>').expect("a tag ends").1 };
            out.push_str(text);
        }
        out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[test]
    fn a_message_is_html_with_its_links() {
        let body = body(&message(What::Opened, 1), Lang::Pt, "-100123", Some(5));
        let text = body["text"].as_str().expect("a text");
        assert!(
            text.starts_with("<b>erp.\u{2060}pitanga.\u{2060}example responde HTTP 500</b>\n\n◔ <b>"),
            "{text}"
        );
        assert!(
            text.contains("<a href=\"https://ramal.jatoba.example/incidents/1\">Ver o incidente</a>"),
            "{text}"
        );
        assert_eq!((&body["chat_id"], &body["message_thread_id"]), (&"-100123".into(), &5.into()));
        assert_eq!(body["link_preview_options"]["is_disabled"], true);
    }

    #[test]
    fn the_longest_fits_and_names_are_only_text() {
        for lines in [1, 10, 25] {
            let body = body(&hostile(lines), Lang::Pt, "1", None);
            let text = body["text"].as_str().expect("a text");
            let shown = shown(text);
            assert!(shown.encode_utf16().count() <= LONGEST, "{}", shown.encode_utf16().count());
            assert!(shown.contains("<!channel>"), "{shown}");
            let tags: Vec<_> =
                text.split('<').skip(1).map(|piece| piece.split(['>', ' ']).next().unwrap_or("")).collect();
            assert!(tags.iter().all(|tag| ["b", "/b", "a", "/a"].contains(tag)), "{tags:?}");
            let hrefs = text.matches("href=").count() - text.matches("href=&quot;").count();
            assert_eq!(hrefs, text.matches("<a href=\"https://ramal.").count(), "{text}");
        }
    }

    #[test]
    fn an_astral_character_counts_twice() {
        let mut text = Text::default();
        text.plain("\u{1f4a9}x");
        assert_eq!(text.units, 3);
        let mut three = message(What::Opened, 3);
        for line in &mut three.lines {
            line.sentence = "\u{1f4a9}".repeat(1_200);
        }
        let body = body(&three, Lang::Pt, "1", None);
        let shown = shown(body["text"].as_str().expect("a text"));
        assert!(
            (2_000..=LONGEST).contains(&shown.encode_utf16().count()),
            "{}",
            shown.encode_utf16().count()
        );
    }

    #[test]
    fn an_answer_says_when_to_come_again() {
        assert_eq!(judge(&answer(200, r#"{"ok":true,"result":{}}"#), NOW), Outcome::Taken);
        assert_eq!(judge(&answer(200, "<html>portal</html>"), NOW), refused(200));
        let slow = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(judge(&answer(429, slow), NOW), again(Some(Duration::from_secs(7)), 429));
        let kicked =
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was kicked from the group chat"}"#;
        assert_eq!(judge(&answer(403, kicked), NOW), refused(403));
        assert_eq!(judge(&answer(502, ""), NOW), again(None, 502));
    }

    #[test]
    fn a_group_that_has_become_another_is_followed() {
        let sent = body(&message(What::Opened, 1), Lang::Pt, "-5", Some(3));
        let said =
            r#"{"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-1005}}"#;
        let moved_to = moved(&answer(400, said), &sent).expect("it moved");
        assert_eq!((&moved_to["chat_id"], &moved_to["message_thread_id"]), (&(-1005).into(), &Value::Null));
        assert_eq!(moved_to["text"], sent["text"]);
        assert_eq!(moved(&answer(400, r#"{"ok":false}"#), &sent), None);
    }
}
