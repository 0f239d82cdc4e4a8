//! Trailing commas: the documents print them, and JSON has none (RFC 8259, section 5).

/// The text without the commas that stand before a closing bracket; `None` where there are none.
pub fn without_trailing_commas(text: &[u8]) -> Option<Vec<u8>> {
    let mut kept: Vec<u8> = Vec::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    // Where the last comma is kept, if only white space has followed on it.
    let mut comma = None;
    for &byte in text {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else {
            match byte {
                b'"' => (in_string, escaped, comma) = (true, false, None),
                b',' => comma = Some(kept.len()),
                b'}' | b']' => {
                    if let Some(comma) = comma.take() {
                        kept.remove(comma);
                    }
                }
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => comma = None,
            }
        }
        kept.push(byte);
    }
    (kept.len() < text.len()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> Option<String> {
        without_trailing_commas(text.as_bytes()).map(|kept| String::from_utf8(kept).expect("it was UTF-8"))
    }

    #[test]
    fn only_commas_before_a_closing_bracket_go() {
        assert_eq!(repaired("{\"a\": [1, 2,\n ], }").as_deref(), Some("{\"a\": [1, 2\n ] }"));
        assert_eq!(repaired(r#"{"a": ",]", "b": "\",}"}"#), None, "they stand in texts");
        assert_eq!(repaired(r#"{"a": "\\",}"#).as_deref(), Some(r#"{"a": "\\"}"#));
        assert_eq!(repaired("[1,,]").as_deref(), Some("[1,]"), "one; what is left is no JSON");
        assert_eq!(repaired("[1, 2]"), None);
        assert_eq!(repaired(""), None);
    }
}
