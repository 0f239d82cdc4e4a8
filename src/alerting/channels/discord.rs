//! Discord: `Execute Webhook` with embeds (<https://discord.com/developers/docs/resources/webhook#execute-webhook>).
//!
//! A message has ten embeds at most, 6,000 characters over all of them, a title 256, a description 4,096, `content` 2,000.
//! Everything is Markdown, where a backslash before any sign makes it plain; `allowed_mentions` permits none.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{judged, seconds};
use crate::alerting::message::Message;
use crate::alerting::sending::Outcome;
use crate::alerting::written::{Written, WrittenLine, fitted};
use crate::domain::incident::Cost;
use crate::domain::{Lang, Timestamp};
use crate::net::Answer;

const EMBEDS: usize = 10;
const OF_ALL_EMBEDS: usize = 6_000;
const TITLE: usize = 256;
const DESCRIPTION: usize = 4_096;
const CONTENT: usize = 2_000;

pub fn body(message: &Message, lang: Lang) -> Value {
    fitted(message, lang, post, fits)
}

/// A limit is said in the body to the millisecond, and in the header to the second.
pub fn judge(answer: &Answer, now: Timestamp) -> Outcome {
    match judged(answer, now) {
        Outcome::Again { after, why } => {
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            Outcome::Again { after: seconds(&said["retry_after"]).or(after), why }
        }
        outcome => outcome,
    }
}

fn fits(post: &Value) -> bool {
    let length = |text: &Value| text.as_str().map_or(0, |text| text.encode_utf16().count());
    let embeds = post["embeds"].as_array().map_or(&[][..], Vec::as_slice);
    let all: usize = embeds.iter().map(|it| length(&it["title"]) + length(&it["description"])).sum();
    let each = |it: &Value| length(&it["title"]) <= TITLE && length(&it["description"]) <= DESCRIPTION;
    embeds.len() <= EMBEDS
        && all <= OF_ALL_EMBEDS
        && embeds.iter().all(each)
        && length(&post["content"]) <= CONTENT
}

fn post(written: &Written) -> Value {
    let mut content = format!("**{}**", plain(&written.head));
    for part in written.more.iter().map(|more| plain(more)) {
        let _ = write!(content, "\n{part}");
    }
    if let Some(panel) = &written.panel {
        // In these brackets a link has no preview.
        let _ = write!(content, "\n[{}](<{}>)", plain(&panel.text), panel.url);
    }
    let embeds: Vec<_> = written.lines.iter().map(embed).collect();
    json!({ "content": content, "embeds": embeds, "allowed_mentions": { "parse": [] } })
}

fn embed(line: &WrittenLine) -> Value {
    // Of the panel's fills.
    let colour = match line.cost {
        _ if line.closed => 0x1f_8a_70,
        Cost::Losing => 0xc2_41_0c,
        Cost::Waiting => 0xb4_83_09,
        Cost::Coming => 0x6b_72_80,
    };
    let said: Vec<_> =
        [&line.sentence, &line.detail].into_iter().filter(|it| !it.is_empty()).map(|it| plain(it)).collect();
    let mut embed = json!({
        "title": format!("{} {}", line.mark(), plain(&line.title)),
        "description": said.join("\n"),
        "color": colour,
    });
    if let Some(link) = &line.link {
        embed["url"] = link.url.as_str().into();
    }
    embed
}

/// A text of Markdown in which nothing is meant: every sign behind a backslash.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '%' | ';' | '\'' | '"') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{NOW, again, answer, refused};
    use super::*;
    use crate::alerting::message::What;
    use crate::alerting::message::tests::{hostile, message};

    #[test]
    fn a_line_is_an_embed_with_its_link() {
        let body = body(&message(What::Opened, 2), Lang::Pt);
        assert_eq!(body["embeds"].as_array().map(Vec::len), Some(2));
        assert_eq!(body["embeds"][0]["url"], "https://ramal.jatoba.example/incidents/2");
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        let content = body["content"].as_str().expect("a text");
        assert!(content.ends_with("[Abrir o painel](<https://ramal.jatoba.example/>)"), "{content}");
    }

    #[test]
    fn the_longest_fits_and_names_are_only_text() {
        for lines in [1, 10, 30] {
            let body = body(&hostile(lines), Lang::Pt);
            assert!(fits(&body), "{body}");
            for embed in body["embeds"].as_array().expect("embeds") {
                for text in [&embed["title"], &embed["description"]] {
                    let text = text.as_str().expect("a text");
                    // Behind every backslash one sign is taken out; nothing that formats is left.
                    let mut rest = text.chars();
                    let mut left = String::new();
                    while let Some(c) = rest.next() {
                        if c == '\\' {
                            rest.next();
                        } else {
                            left.push(c);
                        }
                    }
                    assert!(!left.contains(['*', '_', '~', '`', '[', '<', '>', '@', '|', '#']), "{left}");
                }
            }
        }
    }

    #[test]
    fn an_answer_says_when_to_come_again() {
        assert_eq!(judge(&answer(204, ""), NOW), Outcome::Taken);
        let slow = r#"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#;
        assert_eq!(judge(&answer(429, slow), NOW), again(Some(Duration::from_millis(650)), 429));
        assert_eq!(judge(&answer(404, r#"{"message":"Unknown Webhook","code":10015}"#), NOW), refused(404));
    }
}
