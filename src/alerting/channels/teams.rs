//! Microsoft Teams: an Adaptive Card to a webhook of Workflows
//! (<https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook>).
//!
//! A message has 28 KB at most. Whatever others have named is a `TextRun`, which has no Markdown; a `TextBlock` has. Who is mentioned
//! stands in `msteams.entities`, where nothing of ours is.

use serde_json::{Value, json};

use super::judged;
use crate::alerting::failure::Failure;
use crate::alerting::message::{Message, What};
use crate::alerting::sending::Outcome;
use crate::alerting::written::{Link, Written, WrittenLine, fitted};
use crate::domain::incident::Cost;
use crate::domain::{Lang, Timestamp};
use crate::net::Answer;

/// Bytes of the whole; Teams counts what it adds too.
const LONGEST: usize = 25_000;

pub fn body(message: &Message, lang: Lang) -> Value {
    fitted(message, lang, |written| card(written, lang), |card| card.to_string().len() <= LONGEST)
}

/// Workflows answers 202 and makes the message later. The connectors before them answered 200, and said in the body what the
/// service behind them had answered.
pub fn judge(answer: &Answer, now: Timestamp) -> Outcome {
    let said = String::from_utf8_lossy(&answer.body);
    let behind = said.split_once("HTTP error ").and_then(|(_, rest)| rest.get(..3)?.parse::<u16>().ok());
    match (judged(answer, now), behind) {
        (Outcome::Taken, Some(429 | 500..=599)) => {
            Outcome::Again { after: None, why: Failure::Status(behind.unwrap_or(429)) }
        }
        (Outcome::Taken, Some(status)) => Outcome::Refused { why: Failure::Status(status) },
        (outcome, _) => outcome,
    }
}

fn card(written: &Written, lang: Lang) -> Value {
    let head = json!({ "type": "RichTextBlock", "inlines": [run(&written.head, "Large", true)] });
    let mut body = vec![head];
    body.extend(written.lines.iter().map(|line| container(line, written.what)));
    if let Some(more) = &written.more {
        body.push(json!({ "type": "RichTextBlock", "inlines": [run(more, "Default", false)] }));
    }
    let mut card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": lang.tag(),
        "fallbackText": markdown(&written.head),
        "body": body,
        "msteams": { "width": "Full" },
    });
    if let Some(panel) = &written.panel {
        card["actions"] = json!([open(panel)]);
    }
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn container(line: &WrittenLine, what: What) -> Value {
    let style = match (what, line.cost) {
        (What::Resolved, _) => "good",
        _ if line.closed => "good",
        (_, Cost::Losing) => "attention",
        (_, Cost::Waiting) => "warning",
        (_, Cost::Coming) => "emphasis",
    };
    let title = format!("{} {}", line.mark(), line.title);
    let mut items = vec![json!({ "type": "RichTextBlock", "inlines": [run(&title, "Default", true)] })];
    for text in [&line.sentence, &line.detail].into_iter().filter(|text| !text.is_empty()) {
        items.push(
            json!({ "type": "RichTextBlock", "spacing": "Small", "inlines": [run(text, "Small", false)] }),
        );
    }
    let mut container = json!({ "type": "Container", "style": style, "items": items });
    if let Some(link) = &line.link {
        container["selectAction"] = open(link);
    }
    container
}

fn run(text: &str, size: &str, bold: bool) -> Value {
    let weight = if bold { "Bolder" } else { "Default" };
    json!({ "type": "TextRun", "text": text, "size": size, "weight": weight })
}

fn open(link: &Link) -> Value {
    json!({ "type": "Action.OpenUrl", "title": link.text, "url": link.url })
}

/// A text of Markdown in which nothing is meant.
fn markdown(text: &str) -> String {
    text.chars().map(|c| if "*_~`[]()<>#|\\!".contains(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, again, answer, refused};
    use super::*;
    use crate::alerting::message::tests::{hostile, message};

    #[test]
    fn a_line_is_a_container_in_the_colour_of_what_it_costs() {
        let mut two = message(What::Opened, 2);
        two.lines[0].cost = Cost::Losing;
        let body = body(&two, Lang::Pt);
        let attachment = &body["attachments"][0];
        assert_eq!(attachment["contentType"], "application/vnd.microsoft.card.adaptive");
        let card = &attachment["content"];
        let styles: Vec<_> = card["body"].as_array().expect("a body").iter().map(|it| &it["style"]).collect();
        assert_eq!(styles, [&Value::Null, &"attention".into(), &"warning".into()]);
        assert_eq!(card["body"][1]["selectAction"]["url"], "https://ramal.jatoba.example/incidents/1");
        assert_eq!(card["actions"][0]["url"], "https://ramal.jatoba.example/");
    }

    #[test]
    fn the_longest_fits_and_no_name_stands_where_markdown_is_read() {
        for lines in [1, 10, 30] {
            let body = body(&hostile(lines), Lang::Pt);
            assert!(body.to_string().len() <= LONGEST);
            let text = body.to_string();
            assert!(!text.contains("TextBlock\"") || !text.contains("\"TextBlock\""), "{text}");
            let fallback = body["attachments"][0]["content"]["fallbackText"].as_str().expect("a text");
            assert!(!fallback.contains(['[', '*', '<']), "{fallback}");
        }
    }

    #[test]
    fn an_answer_of_a_connector_says_in_its_body_what_it_was() {
        let said = |status: u16| {
            format!(
                "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {status} with ContextId x"
            )
        };
        assert_eq!(judge(&answer(202, ""), NOW), Outcome::Taken);
        assert_eq!(judge(&answer(200, "1"), NOW), Outcome::Taken);
        assert_eq!(judge(&answer(200, &said(429)), NOW), again(None, 429));
        assert_eq!(judge(&answer(200, &said(413)), NOW), refused(413));
        assert_eq!(judge(&answer(400, ""), NOW), refused(400));
    }
}
