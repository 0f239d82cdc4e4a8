//! A payload as a tree that opens and closes, written from its bytes: key order, numbers and duplicate keys stay as they
//! came. However large or deep a payload is, the tree is not. In a form its values are buttons that name their place.

use std::borrow::Cow;
use std::fmt::{self, Write};

use askama::filters::HtmlSafe;

use crate::domain::json::{Cursor, decode, is_secret_key, item_of, member_of};

/// Values of one tree.
const MOST_NODES: usize = 1_500;
/// Objects within objects; what lies deeper is shown as text.
const DEEPEST: usize = 24;
/// Levels that are open at first.
const OPEN: usize = 3;
/// Characters of one value.
const LONGEST: usize = 400;

/// Characters of a value that can be picked.
const LONGEST_PICK: usize = 120;

/// The tree as HTML.
pub struct Tree {
    html: String,
    nodes: usize,
    /// Keys whose values are masked, beside the usual ones.
    secret: &'static [&'static str],
    /// Not all of the payload is in it.
    pub cut: bool,
}

impl Tree {
    pub fn of(json: &str) -> Self {
        Self::made(json, &[], false)
    }

    /// With buttons `pick` that send a value's path, a tab and its text. Values that are masked have none: what is shown
    /// of them is not what they are.
    pub fn to_pick_from(json: &str, secret: &'static [&'static str]) -> Self {
        Self::made(json, secret, true)
    }

    fn made(json: &str, secret: &'static [&'static str], picks: bool) -> Self {
        let mut tree = Tree { html: String::new(), nodes: 0, secret, cut: false };
        tree.html.push_str("<ul class=\"tree\" id=\"tree\">");
        tree.value(&mut Cursor::new(json.as_bytes()), "", picks.then_some(""), 0);
        tree.html.push_str("</ul>");
        tree
    }

    /// The value at the cursor, which then stands behind it. Recursion ends at [`DEEPEST`]. `path` is where it stands,
    /// `None` where nothing can be picked.
    fn value(&mut self, cursor: &mut Cursor<'_>, label: &str, path: Option<&str>, depth: usize) {
        if self.nodes >= MOST_NODES {
            self.cut = true;
            cursor.skip();
            return;
        }
        self.nodes += 1;
        let bracket = match cursor.peek() {
            Some(bracket @ (b'{' | b'[')) if depth < DEEPEST => bracket,
            _ => {
                let raw = String::from_utf8_lossy(cursor.take().unwrap_or_default());
                return self.leaf(label, &raw, path);
            }
        };
        let open = if depth < OPEN { " open" } else { "" };
        let before = self.html.len();
        // How many are in it is known behind it; what is empty does not open.
        let (full, empty) = if bracket == b'{' { ("{…}", "{}") } else { ("[…]", "[]") };
        let _ = write!(
            self.html,
            "<li><details{open}><summary>{label}<span class=\"faint\">{full}</span></summary><ul>"
        );
        let inside = self.html.len();
        if bracket == b'{' {
            cursor.enter_object();
            while let Some(key) = cursor.next_key() {
                let key = String::from_utf8_lossy(&key);
                let below = path.filter(|_| !is_secret_key(&key, self.secret));
                let below = below.and_then(|path| member_of(path, &key));
                let key = escaped(&key);
                self.value(cursor, &format!("<span class=\"k\">{key}</span>: "), below.as_deref(), depth + 1);
            }
        } else {
            cursor.enter_array();
            let mut at = 0;
            while cursor.next_item() {
                let below = path.and_then(|path| item_of(path, at));
                self.value(
                    cursor,
                    &format!("<span class=\"faint\">{at}</span>: "),
                    below.as_deref(),
                    depth + 1,
                );
                at += 1;
            }
        }
        if self.html.len() == inside && !self.cut {
            self.html.truncate(before);
            let _ = write!(self.html, "<li>{label}<span class=\"faint\">{empty}</span></li>");
            return;
        }
        self.html.push_str("</ul></details></li>");
    }

    fn leaf(&mut self, label: &str, raw: &str, path: Option<&str>) {
        let class = match raw.as_bytes().first() {
            Some(b'"') => "s",
            Some(b'-' | b'0'..=b'9') => "n",
            _ => "w",
        };
        let legible = legible(raw);
        let mut shown: String = legible.chars().take(LONGEST).collect();
        if shown.len() < legible.len() {
            shown.push('…');
        }
        let shown = escaped(&shown);
        let picked = path.filter(|path| !path.is_empty()).and_then(|path| pick(path, raw));
        let _ = match picked {
            Some(pick) => write!(
                self.html,
                "<li>{label}<button class=\"pick {class}\" name=\"pick\" value=\"{}\">{shown}</button></li>",
                escaped(&pick)
            ),
            None => write!(self.html, "<li>{label}<span class=\"{class}\">{shown}</span></li>"),
        };
    }
}

/// A text as people read it, however its letters were spelled: `"João"` for `"Jo\u00e3o"`. What is no text, and what has halves
/// of letters, stays as it came.
fn legible(raw: &str) -> Cow<'_, str> {
    // Longer ones are cut anyway, with what they begin with as it came.
    let spelled = raw.len() <= LONGEST * 12 && raw.starts_with('"') && raw.contains('\\');
    let text = spelled.then(|| serde_json::from_str::<String>(raw).ok()).flatten();
    text.and_then(|text| serde_json::to_string(&text).ok()).map_or(Cow::Borrowed(raw), Cow::Owned)
}

/// What a button sends for a value; `None` for a value that a rule cannot say.
fn pick(path: &str, raw: &str) -> Option<String> {
    let text = match raw.as_bytes().first()? {
        b'"' => decode(raw.as_bytes()),
        b'{' | b'[' => return None,
        _ => raw.into(),
    };
    let is_sayable = text.trim() == text && !text.is_empty() && text.len() <= LONGEST_PICK;
    let is_sayable = is_sayable && !path.contains('\t') && !text.contains(char::is_control);
    is_sayable.then(|| format!("{path}\t{text}"))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.html)
    }
}

impl HtmlSafe for Tree {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_as_they_came_and_nothing_of_them_is_markup() {
        let tree = Tree::of(r#"{"b":1.0,"<i>":"<script>","b":9007199254740993000,"l":[true,{}]}"#);
        let text = tree.to_string();
        assert!(text.contains("<span class=\"n\">1.0</span>"), "{text}");
        assert!(text.contains("<span class=\"n\">9007199254740993000</span>"), "{text}");
        assert!(text.contains("&lt;i&gt;") && text.contains("&lt;script&gt;"), "{text}");
        assert!(!text.contains("<script") && !text.contains("<i>"), "{text}");
        assert_eq!(text.matches("<li>").count(), text.matches("</li>").count());
        assert!(!tree.cut);
    }

    #[test]
    fn texts_are_read_and_what_is_empty_does_not_open() {
        let text = Tree::of(
            r#"{"nome":"Jo\u00e3o \ud83d\udc69","meia":"\ud83d","o":{},"l":[],"x":{"y":[1]},"s":"a\tb\\"}"#,
        )
        .to_string();
        for said in [
            "&quot;João 👩&quot;",
            r"&quot;\ud83d&quot;",
            r"&quot;a\tb\\&quot;",
            "<span class=\"faint\">{}</span></li>",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert_eq!(text.matches("<details").count(), 3, "the whole, x and y: {text}");
        assert!(text.contains("<span class=\"faint\">[]</span></li>") && !text.contains("{ }"), "{text}");
    }

    #[test]
    fn a_value_is_picked_with_its_path() {
        let json = r#"{"a":{"s":"S\u00e3o \"x\"","n":1.0,"e":"","l":[{"odd.key":true}]},"api_token":"••••","pin":"••••","o":{}}"#;
        let html = Tree::to_pick_from(json, &["pin"]).to_string();
        for picked in ["a.s\tSão &quot;x&quot;", "a.n\t1.0", "a.l[0][&quot;odd.key&quot;]\ttrue"] {
            assert!(html.contains(&format!("value=\"{picked}\"")), "{picked}: {html}");
        }
        assert_eq!(html.matches("<button").count(), 3, "nothing empty, masked or made of parts: {html}");
        assert!(!Tree::of(json).to_string().contains("<button"));
    }

    #[test]
    fn however_large_or_deep_a_payload_is_its_tree_is_small() {
        let wide = format!("[{}1]", "{\"a\":\"x\"},".repeat(200_000));
        let deep = "[".repeat(100_000) + "1" + &"]".repeat(100_000);
        let long = format!("\"{}\"", "x".repeat(10_000_000));
        assert!(Tree::of(&wide).cut);
        for json in [&wide, &deep, &long] {
            let html = Tree::of(json).to_string();
            assert!(html.len() < 200_000, "{}", html.len());
        }
        for broken in ["", "{", "{\"a\"", "[1,", "nope", "{\"a\":}"] {
            let _ = Tree::of(broken);
        }
    }
}
