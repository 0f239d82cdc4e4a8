//! A payload as a tree that opens and closes, written from its bytes: key order, numbers and duplicate keys stay as they
//! came. However large or deep a payload is, the tree is not.

use std::fmt::{self, Write};

use askama::filters::HtmlSafe;

use crate::domain::json::Cursor;

/// Values of one tree.
const MOST_NODES: usize = 1_500;
/// Objects within objects; what lies deeper is shown as text.
const DEEPEST: usize = 24;
/// Levels that are open at first.
const OPEN: usize = 3;
/// Characters of one value.
const LONGEST: usize = 400;

/// The tree as HTML.
pub struct Tree {
    html: String,
    nodes: usize,
    /// Not all of the payload is in it.
    pub cut: bool,
}

impl Tree {
    pub fn of(json: &str) -> Self {
        let mut tree = Tree { html: String::new(), nodes: 0, cut: false };
        tree.html.push_str("<ul class=\"tree\" id=\"tree\">");
        tree.value(&mut Cursor::new(json.as_bytes()), "", 0);
        tree.html.push_str("</ul>");
        tree
    }

    /// The value at the cursor, which then stands behind it. Recursion ends at [`DEEPEST`].
    fn value(&mut self, cursor: &mut Cursor<'_>, label: &str, depth: usize) {
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
                return self.leaf(label, &raw);
            }
        };
        let open = if depth < OPEN { " open" } else { "" };
        let marks = if bracket == b'{' { "{ }" } else { "[ ]" };
        let _ = write!(
            self.html,
            "<li><details{open}><summary>{label}<span class=\"faint\">{marks}</span></summary><ul>"
        );
        if bracket == b'{' {
            cursor.enter_object();
            while let Some(key) = cursor.next_key() {
                let key = escaped(&String::from_utf8_lossy(&key));
                self.value(cursor, &format!("<span class=\"k\">{key}</span>: "), depth + 1);
            }
        } else {
            cursor.enter_array();
            let mut at = 0;
            while cursor.next_item() {
                self.value(cursor, &format!("<span class=\"faint\">{at}</span>: "), depth + 1);
                at += 1;
            }
        }
        self.html.push_str("</ul></details></li>");
    }

    fn leaf(&mut self, label: &str, raw: &str) {
        let class = match raw.as_bytes().first() {
            Some(b'"') => "s",
            Some(b'-' | b'0'..=b'9') => "n",
            _ => "w",
        };
        let mut shown: String = raw.chars().take(LONGEST).collect();
        if shown.len() < raw.len() {
            shown.push('…');
        }
        let _ = write!(self.html, "<li>{label}<span class=\"{class}\">{}</span></li>", escaped(&shown));
    }
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
