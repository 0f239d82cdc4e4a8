//! Slack: an incoming webhook with Block Kit (<https://docs.slack.dev/reference/block-kit/blocks>).
//!
//! A message has 50 blocks at most, a header 150 characters, any other text 3,000. Whatever others have named is `plain_text`, in
//! which Slack formats, mentions and links nothing; only our own links are `mrkdwn`. `text` is what notifications show, and is
//! `mrkdwn` always: there `&`, `<` and `>` are entities, and what formats is left out.

use serde_json::{Value, json};

use super::judged;
use crate::alerting::message::Message;
use crate::alerting::sending::Outcome;
use crate::alerting::written::{Link, Written, WrittenLine, fitted};
use crate::domain::{Lang, Timestamp};
use crate::net::Answer;

const BLOCKS: usize = 50;
const HEADER: usize = 150;
const TEXT: usize = 3_000;

pub fn body(message: &Message, lang: Lang) -> Value {
    fitted(message, lang, card, fits)
}

pub fn judge(answer: &Answer, now: Timestamp) -> Outcome {
    judged(answer, now)
}

fn fits(card: &Value) -> bool {
    let blocks = card["blocks"].as_array().map_or(&[][..], Vec::as_slice);
    let is_within = |text: &Value, most: usize| text.as_str().is_none_or(|text| text.chars().count() <= most);
    let block = |block: &Value| {
        let most = if block["type"] == "header" { HEADER } else { TEXT };
        let elements = block["elements"].as_array().map_or(&[][..], Vec::as_slice);
        is_within(&block["text"]["text"], most) && elements.iter().all(|it| is_within(&it["text"], TEXT))
    };
    blocks.len() <= BLOCKS && is_within(&card["text"], TEXT) && blocks.iter().all(block)
}

fn card(written: &Written) -> Value {
    let mut blocks = vec![json!({ "type": "header", "text": plain(&shortened(&written.head, HEADER)) })];
    for line in &written.lines {
        blocks.push(json!({ "type": "section", "text": plain(&said(line)) }));
        let mut elements = vec![plain(&line.detail)];
        elements.extend(line.link.as_ref().map(link));
        blocks.push(json!({ "type": "context", "elements": elements }));
    }
    let more = written.more.as_deref().map(plain);
    let end: Vec<_> = more.into_iter().chain(written.panel.as_ref().map(link)).collect();
    if !end.is_empty() {
        blocks.push(json!({ "type": "context", "elements": end }));
    }
    json!({ "text": markup(&written.head), "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

fn said(line: &WrittenLine) -> String {
    let title = format!("{} {}", line.mark(), line.title);
    if line.sentence.is_empty() { title } else { format!("{title}\n{}", line.sentence) }
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

/// Ours, text and address. What ends an address there, or parts it from its text, cannot be in it.
fn link(link: &Link) -> Value {
    let url = entities(&link.url).replace('|', "%7C");
    json!({ "type": "mrkdwn", "text": format!("<{url}|{}>", entities(&link.text)), "verbatim": true })
}

fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text of `mrkdwn` in which nothing is meant.
fn markup(text: &str) -> String {
    entities(text).chars().map(|c| if matches!(c, '*' | '_' | '~' | '`') { ' ' } else { c }).collect()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerting::message::What;
    use crate::alerting::message::tests::{hostile, message};

    #[test]
    fn a_message_is_a_header_and_two_blocks_a_line() {
        let body = body(&message(What::Opened, 2), Lang::En);
        let blocks = body["blocks"].as_array().expect("blocks");
        let types: Vec<_> = blocks.iter().map(|block| block["type"].as_str().unwrap_or("")).collect();
        assert_eq!(types, ["header", "section", "context", "section", "context", "context"]);
        let link = blocks[2]["elements"][1]["text"].as_str().expect("a link");
        assert_eq!(link, "<https://ramal.jatoba.example/incidents/2|See the incident>");
    }

    #[test]
    fn the_longest_fits_and_names_are_only_text() {
        for lines in [1, 10, 30] {
            let body = body(&hostile(lines), Lang::Pt);
            assert!(fits(&body), "{body}");
            for block in body["blocks"].as_array().expect("blocks") {
                let of_block = block["elements"].as_array().cloned().unwrap_or_default();
                for text in of_block.iter().chain(block.get("text")) {
                    let said = text["text"].as_str().expect("a text");
                    assert!(!said.is_empty());
                    assert!(text["type"] == "plain_text" || said.starts_with("<https://ramal."), "{said}");
                }
            }
            let text = body["text"].as_str().expect("a text");
            assert!(!text.contains(['<', '*', '`']) && text.contains("&lt;!channel&gt;"), "{text}");
        }
    }
}
