//! What the services publish of what they take, written down from their documents: what has to be there, what may be, and how long.
//! An unknown field is refused, as some of them do and none of ours needs.

use serde_json::Value;

type Judged = Result<(), String>;

fn wrong<T>(what: impl std::fmt::Display) -> Result<T, String> {
    Err(what.to_string())
}

/// An object with these fields, of which the first `needed` have to be there.
fn object(value: &Value, needed: &[&str], may: &[&str]) -> Judged {
    let Some(object) = value.as_object() else { return wrong(format!("no object: {value}")) };
    for name in needed {
        if object.get(*name).is_none_or(Value::is_null) {
            return wrong(format!("without `{name}`: {value}"));
        }
    }
    for name in object.keys() {
        if !needed.contains(&name.as_str()) && !may.contains(&name.as_str()) {
            return wrong(format!("`{name}` is unknown: {value}"));
        }
    }
    Ok(())
}

fn list(value: &Value, most: usize) -> Result<&[Value], String> {
    match value.as_array() {
        Some(items) if items.len() <= most => Ok(items),
        Some(items) => wrong(format!("{} items, not {most}", items.len())),
        None => wrong(format!("no list: {value}")),
    }
}

fn text(value: &Value, most: usize) -> Result<&str, String> {
    match value.as_str() {
        Some("") => wrong("an empty text"),
        Some(text) if text.encode_utf16().count() <= most => Ok(text),
        Some(text) => wrong(format!("{} characters, not {most}", text.encode_utf16().count())),
        None => wrong(format!("no text: {value}")),
    }
}

fn link(value: &Value) -> Judged {
    let url = url::Url::parse(text(value, 3_000)?).map_err(|error| error.to_string())?;
    if url.scheme() == "https" { Ok(()) } else { wrong(format!("no link: {url}")) }
}

fn is(value: &Value, word: &str) -> Judged {
    if value == word { Ok(()) } else { wrong(format!("{value} is not {word}")) }
}

/// <https://docs.slack.dev/reference/block-kit/blocks>
pub fn slack(message: &Value) -> Judged {
    object(message, &["text", "blocks"], &["unfurl_links", "unfurl_media"])?;
    let fallback = text(&message["text"], 40_000)?;
    slack_markup(fallback)?;
    for block in list(&message["blocks"], 50)? {
        match block["type"].as_str() {
            Some("header") => {
                object(block, &["type", "text"], &["block_id"])?;
                slack_text(&block["text"], 150, &["plain_text"])?;
            }
            Some("section") => {
                object(block, &["type", "text"], &["block_id", "accessory"])?;
                slack_text(&block["text"], 3_000, &["plain_text", "mrkdwn"])?;
            }
            Some("context") => {
                object(block, &["type", "elements"], &["block_id"])?;
                let elements = list(&block["elements"], 10)?;
                if elements.is_empty() {
                    return wrong("a context of nothing");
                }
                for element in elements {
                    slack_text(element, 3_000, &["plain_text", "mrkdwn"])?;
                }
            }
            other => return wrong(format!("{other:?} is no block")),
        }
    }
    Ok(())
}

fn slack_text(value: &Value, most: usize, kinds: &[&str]) -> Judged {
    let said = text(&value["text"], most)?;
    match value["type"].as_str() {
        Some("plain_text") if kinds.contains(&"plain_text") => object(value, &["type", "text"], &["emoji"]),
        Some("mrkdwn") if kinds.contains(&"mrkdwn") => {
            object(value, &["type", "text"], &["verbatim"])?;
            slack_markup(said)
        }
        other => wrong(format!("{other:?} is no text here")),
    }
}

/// Only links of ours stand in angle brackets, and no ampersand stands for itself.
fn slack_markup(said: &str) -> Judged {
    for piece in said.split('<').skip(1) {
        let inside = piece.split('>').next().unwrap_or_default();
        if !inside.starts_with("https://ramal.jatoba.example/") {
            return wrong(format!("<{inside}> means something"));
        }
    }
    for piece in said.split('&').skip(1) {
        if !["amp;", "lt;", "gt;"].iter().any(|entity| piece.starts_with(entity)) {
            return wrong(format!("a bare ampersand: {said}"));
        }
    }
    Ok(())
}

/// <https://core.telegram.org/bots/api#sendmessage> and its HTML style.
pub fn telegram(message: &Value) -> Judged {
    let may = ["message_thread_id", "link_preview_options"];
    object(message, &["chat_id", "text", "parse_mode"], &may)?;
    is(&message["parse_mode"], "HTML")?;
    if message["link_preview_options"]["is_disabled"] != true {
        return wrong("links have previews");
    }
    let html = message["text"].as_str().unwrap_or_default();
    let shown = telegram_html(html)?;
    match shown.encode_utf16().count() {
        0 => wrong("message text is empty"),
        1..=4_096 => Ok(()),
        long => wrong(format!("message is too long: {long}")),
    }?;
    // What Telegram would find by itself in what is shown.
    let mut words = shown.split(|c: char| c.is_whitespace());
    match words
        .find(|word| word.starts_with(['@', '#']) && word.chars().nth(1).is_some_and(char::is_alphanumeric))
    {
        Some(found) => wrong(format!("{found} mentions")),
        None => Ok(()),
    }
}

/// The text without its tags, which are of the few that there are, one in the other, each with its end.
fn telegram_html(html: &str) -> Result<String, String> {
    let (mut shown, mut open, mut rest) = (String::new(), Vec::new(), html);
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        let (tag, behind) = rest[at + 1..].split_once('>').ok_or("a tag without an end")?;
        match tag.strip_prefix('/') {
            Some(name) if open.last().is_some_and(|last| *last == name) => drop(open.pop()),
            Some(name) => return wrong(format!("unexpected end tag {name}")),
            None if tag == "b" => open.push("b"),
            None => {
                let href = tag.strip_prefix("a href=\"").and_then(|rest| rest.strip_suffix('"'));
                let href = href.ok_or(format!("unsupported start tag {tag}"))?;
                if href.contains('"') {
                    return wrong(format!("an attribute more: {tag}"));
                }
                link(&href.replace("&amp;", "&").into())?;
                open.push("a");
            }
        }
        rest = behind;
    }
    shown.push_str(rest);
    if !open.is_empty() || shown.contains('>') {
        return wrong(format!("tags are left open: {open:?}"));
    }
    for piece in shown.split('&').skip(1) {
        if !["amp;", "lt;", "gt;", "quot;"].iter().any(|entity| piece.starts_with(entity)) {
            return wrong(format!("no entity: &{piece}"));
        }
    }
    Ok(shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

/// <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook> and
/// <https://adaptivecards.io/explorer/>.
pub fn teams(message: &Value) -> Judged {
    let length = message.to_string().len();
    if length > 28 * 1_024 {
        return wrong(format!("RequestEntityTooLarge: {length}"));
    }
    object(message, &["type", "attachments"], &[])?;
    is(&message["type"], "message")?;
    let [attachment] = list(&message["attachments"], 1)? else { return wrong("not one card") };
    object(attachment, &["contentType", "content"], &["contentUrl"])?;
    is(&attachment["contentType"], "application/vnd.microsoft.card.adaptive")?;
    let card = &attachment["content"];
    let may = ["$schema", "fallbackText", "lang", "actions", "msteams"];
    object(card, &["type", "version", "body"], &may)?;
    is(&card["type"], "AdaptiveCard")?;
    if !["1.2", "1.3", "1.4", "1.5"].contains(&card["version"].as_str().unwrap_or_default()) {
        return wrong("a version that Teams does not show");
    }
    object(&card["msteams"], &[], &["width"])?;
    for action in list(&card["actions"], 6).unwrap_or_default() {
        open_url(action)?;
    }
    elements(&card["body"])
}

fn elements(body: &Value) -> Judged {
    for element in list(body, 100)? {
        match element["type"].as_str() {
            Some("Container") => {
                object(element, &["type", "items"], &["style", "selectAction", "spacing"])?;
                let styles = ["default", "emphasis", "good", "attention", "warning", "accent"];
                if !styles.contains(&element["style"].as_str().unwrap_or("default")) {
                    return wrong(format!("no style: {}", element["style"]));
                }
                if let Some(action) = element.get("selectAction") {
                    open_url(action)?;
                }
                elements(&element["items"])?;
            }
            // No Markdown is read in it: what names say is only said. A `TextBlock` is none of ours.
            Some("RichTextBlock") => {
                object(element, &["type", "inlines"], &["spacing"])?;
                for run in list(&element["inlines"], 100)? {
                    object(run, &["type", "text"], &["size", "weight", "color"])?;
                    is(&run["type"], "TextRun")?;
                    text(&run["text"], 28_000)?;
                }
            }
            other => return wrong(format!("{other:?} is no element")),
        }
    }
    Ok(())
}

fn open_url(action: &Value) -> Judged {
    object(action, &["type", "url"], &["title"])?;
    is(&action["type"], "Action.OpenUrl")?;
    link(&action["url"])
}

/// <https://developers.google.com/workspace/chat/api/reference/rest/v1/cards>
pub fn google_chat(message: &Value) -> Judged {
    let length = message.to_string().len();
    if length > 32_000 {
        return wrong(format!("INVALID_ARGUMENT: {length} bytes"));
    }
    object(message, &["cardsV2"], &["fallbackText"])?;
    let [card] = list(&message["cardsV2"], 1)? else { return wrong("not one card") };
    object(card, &["cardId", "card"], &[])?;
    let card = &card["card"];
    object(card, &["header"], &["sections"])?;
    object(&card["header"], &["title"], &["subtitle"])?;
    text(&card["header"]["title"], 4_096)?;
    let mut widgets = 0;
    for section in list(card.get("sections").unwrap_or(&Value::Array(Vec::new())), 100)? {
        object(section, &["widgets"], &["header"])?;
        for widget in list(&section["widgets"], 100)? {
            widgets += 1;
            google_widget(widget)?;
        }
    }
    if widgets > 100 { wrong(format!("{widgets} widgets")) } else { Ok(()) }
}

fn google_widget(widget: &Value) -> Judged {
    if let Some(line) = widget.get("decoratedText") {
        object(widget, &["decoratedText"], &[])?;
        object(line, &["text"], &["wrapText", "topLabel", "bottomLabel", "button"])?;
        google_text(&line["text"])?;
        google_text(&line["bottomLabel"])?;
        return line.get("button").map_or(Ok(()), google_button);
    }
    if let Some(paragraph) = widget.get("textParagraph") {
        object(paragraph, &["text"], &[])?;
        return google_text(&paragraph["text"]);
    }
    object(widget, &["buttonList"], &[])?;
    list(&widget["buttonList"]["buttons"], 10)?.iter().try_for_each(google_button)
}

fn google_button(button: &Value) -> Judged {
    object(button, &["text", "onClick"], &[])?;
    link(&button["onClick"]["openLink"]["url"])
}

/// Of the tags that texts of cards read only those that are not links.
fn google_text(value: &Value) -> Judged {
    let said = text(value, 32_000)?;
    for piece in said.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap_or_default();
        if !["b", "/b", "br"].contains(&tag) {
            return wrong(format!("<{tag}>"));
        }
    }
    Ok(())
}

/// <https://discord.com/developers/docs/resources/webhook#execute-webhook>
pub fn discord(message: &Value) -> Judged {
    object(message, &["content", "embeds", "allowed_mentions"], &[])?;
    if message["allowed_mentions"] != serde_json::json!({ "parse": [] }) {
        return wrong("somebody may be mentioned");
    }
    text(&message["content"], 2_000)?;
    let mut all = 0;
    for embed in list(&message["embeds"], 10)? {
        object(embed, &["title", "description"], &["url", "color"])?;
        let (title, description) = (text(&embed["title"], 256)?, text(&embed["description"], 4_096)?);
        all += title.encode_utf16().count() + description.encode_utf16().count();
        if embed.get("color").is_some_and(|color| color.as_u64().is_none_or(|color| color > 0xff_ff_ff)) {
            return wrong("no colour");
        }
        embed.get("url").map_or(Ok(()), link)?;
    }
    if all > 6_000 { wrong(format!("embeds of {all} characters")) } else { Ok(()) }
}
