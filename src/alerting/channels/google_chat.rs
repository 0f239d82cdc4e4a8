//! Google Chat: a card to an incoming webhook, whose address has its `key` and `token`
//! (<https://developers.google.com/workspace/chat/quickstart/webhooks>).
//!
//! A message has 32,000 bytes at most, a card 100 widgets. Texts of widgets read a few tags of HTML, so that `<`, `>` and `&` are
//! entities there; a header reads none. Nothing is put into `text`, which alone mentions people; `fallbackText` is plain.

use serde_json::{Value, json};

use super::{html, judged, seconds};
use crate::alerting::message::Message;
use crate::alerting::sending::Outcome;
use crate::alerting::written::{Link, Written, WrittenLine, fitted};
use crate::domain::{Lang, Timestamp};
use crate::net::Answer;

/// Bytes of the whole, as JSON: with what is escaped there.
const LONGEST: usize = 30_000;

pub fn body(message: &Message, lang: Lang) -> Value {
    let id = &message.id;
    fitted(message, lang, |written| card(written, id), |card| card.to_string().len() <= LONGEST)
}

/// Errors have the form of all of Google's: `error.details` may say how long to wait.
pub fn judge(answer: &Answer, now: Timestamp) -> Outcome {
    match judged(answer, now) {
        Outcome::Again { after: None, why } => Outcome::Again { after: retry_info(answer), why },
        outcome => outcome,
    }
}

/// `google.rpc.RetryInfo`: `"retryDelay": "3.5s"`.
fn retry_info(answer: &Answer) -> Option<std::time::Duration> {
    let said: Value = serde_json::from_slice(&answer.body).ok()?;
    let delay =
        said["error"]["details"].as_array()?.iter().find_map(|detail| detail["retryDelay"].as_str())?;
    seconds(&serde_json::from_str(delay.strip_suffix('s')?).ok()?)
}

fn card(written: &Written, id: &str) -> Value {
    let mut widgets: Vec<_> = written.lines.iter().map(widget).collect();
    if let Some(more) = &written.more {
        widgets.push(json!({ "textParagraph": { "text": html(more) } }));
    }
    if let Some(panel) = &written.panel {
        widgets.push(json!({ "buttonList": { "buttons": [button(panel)] } }));
    }
    let mut card = json!({ "header": { "title": written.head } });
    if !widgets.is_empty() {
        card["sections"] = json!([{ "widgets": widgets }]);
    }
    json!({ "cardsV2": [{ "cardId": id, "card": card }], "fallbackText": written.head })
}

fn widget(line: &WrittenLine) -> Value {
    let title = format!("{} <b>{}</b>", line.mark(), html(&line.title));
    let text = if line.sentence.is_empty() { title } else { format!("{title}<br>{}", html(&line.sentence)) };
    let mut widget = json!({ "text": text, "wrapText": true, "bottomLabel": html(&line.detail) });
    if let Some(link) = &line.link {
        widget["button"] = button(link);
    }
    json!({ "decoratedText": widget })
}

fn button(link: &Link) -> Value {
    json!({ "text": link.text, "onClick": { "openLink": { "url": link.url } } })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{NOW, again, answer, refused};
    use super::*;
    use crate::alerting::message::What;
    use crate::alerting::message::tests::{hostile, message};

    #[test]
    fn a_line_is_a_widget_with_its_button() {
        let body = body(&message(What::Opened, 2), Lang::Pt);
        let widgets = &body["cardsV2"][0]["card"]["sections"][0]["widgets"];
        assert_eq!(widgets.as_array().map(Vec::len), Some(3));
        let line = &widgets[0]["decoratedText"];
        assert!(line["text"].as_str().is_some_and(|text| text.contains("<b>erp.")), "{line}");
        assert_eq!(line["button"]["onClick"]["openLink"]["url"], "https://ramal.jatoba.example/incidents/2");
        let test = super::body(&message(What::Test, 0), Lang::Pt);
        assert!(
            test["cardsV2"][0]["card"]["header"]["title"].as_str().is_some_and(|it| it.starts_with("Teste"))
        );
    }

    #[test]
    fn the_longest_fits_and_names_are_only_text() {
        for lines in [1, 10, 30] {
            let body = body(&hostile(lines), Lang::Pt);
            assert!(body.to_string().len() <= LONGEST, "{}", body.to_string().len());
            assert!(body.get("text").is_none(), "it mentions");
            for widget in body["cardsV2"][0]["card"]["sections"][0]["widgets"].as_array().expect("widgets") {
                let text = widget["decoratedText"]["text"].as_str().unwrap_or("");
                let tags: Vec<_> = text.split('<').skip(1).filter_map(|it| it.split('>').next()).collect();
                assert!(tags.iter().all(|tag| ["b", "/b", "br"].contains(tag)), "{tags:?}");
            }
        }
    }

    #[test]
    fn an_answer_says_when_to_come_again() {
        assert_eq!(judge(&answer(200, r#"{"name":"spaces/x/messages/y"}"#), NOW), Outcome::Taken);
        let slow = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.5s"}]}}"#;
        assert_eq!(judge(&answer(429, slow), NOW), again(Some(Duration::from_millis(3_500)), 429));
        assert_eq!(judge(&answer(429, "{}"), NOW), again(None, 429));
        assert_eq!(judge(&answer(404, r#"{"error":{"code":404}}"#), NOW), refused(404));
    }
}
