//! JSON with line ends and blanks for the eye: the letters of its values stay as they are.

/// Spaces of a level.
const STEP: usize = 2;
/// Deeper levels are indented no further.
const DEEPEST: usize = 24;

/// The text of a JSON value, a member or an item on each line. What is cut off or no JSON is taken as it comes.
pub fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut level, mut in_text, mut escaped) = (0_usize, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if in_text {
            out.push(letter);
            in_text = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '{' | '[' => {
                out.push(letter);
                while letters.next_if(char::is_ascii_whitespace).is_some() {}
                let closed = letters.next_if(|next| matches!(next, '}' | ']'));
                match closed {
                    Some(end) => out.push(end),
                    None => {
                        level += 1;
                        break_line(&mut out, level);
                    }
                }
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                break_line(&mut out, level);
                out.push(letter);
            }
            ',' => {
                out.push(letter);
                break_line(&mut out, level);
            }
            ':' => out.push_str(": "),
            letter if letter.is_ascii_whitespace() => {}
            letter => {
                in_text = letter == '"';
                out.push(letter);
            }
        }
    }
    out
}

fn break_line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', STEP * level.min(DEEPEST)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_letters() {
        let text = r#"{"a":1.0, "b":[1,{"c":"x,{}\"\\"}],"d":{},"e":[ ]}"#;
        let wanted = "{\n  \"a\": 1.0,\n  \"b\": [\n    1,\n    {\n      \"c\": \"x,{}\\\"\\\\\"\n    }\n  ],\n  \"d\": {},\n  \"e\": []\n}";
        assert_eq!(indented(text), wanted);
        assert_eq!(indented(r#"{"a":"cut of"#), "{\n  \"a\": \"cut of");
        assert_eq!(indented("]]"), "\n]\n]");
    }
}
