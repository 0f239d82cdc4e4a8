//! Where tokens end. Every function takes the text and a byte offset and gives the offset after the token, or `None`
//! when the text ends before the token does.

/// The first offset at or after `at` that is not JSON white space.
pub(super) fn skip_space(json: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = json.get(at) {
        at += 1;
    }
    at
}

/// The end of the string that opens at `open`, and whether it has escapes.
pub(super) fn string_end(json: &[u8], open: usize) -> Option<(usize, bool)> {
    let mut at = open + 1;
    let mut escaped = false;
    loop {
        at += quote_or_backslash(json.get(at..)?)?;
        if json[at] == b'"' {
            return Some((at + 1, escaped));
        }
        escaped = true;
        at += 2;
    }
}

/// The offset of the first `"` or `\`: eight bytes at a time, as strings are most of a payload.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // Sets the high bit of every zero byte. Bits above the lowest zero byte may be wrong, the lowest never is.
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let hits = zero_bytes(word ^ (ONES * u64::from(b'"'))) | zero_bytes(word ^ (ONES * u64::from(b'\\')));
        if hits != 0 {
            return Some(index * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    let in_rest = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(words.len() * 8 + in_rest)
}

/// The end of the value that starts at `at` (no white space before it). Brackets are counted, not matched by kind.
pub(super) fn value_end(json: &[u8], at: usize) -> Option<usize> {
    match json.get(at)? {
        b'"' => string_end(json, at).map(|(end, _)| end),
        b'{' | b'[' => container_end(json, at),
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Some(literal_end(json, at)),
        _ => None,
    }
}

fn container_end(json: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match json.get(at)? {
            b'"' => at = string_end(json, at)?.0,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}

/// The end of a number, `true`, `false` or `null`: where a separator, a bracket or the text's end is.
fn literal_end(json: &[u8], at: usize) -> usize {
    let rest = &json[at..];
    let length = rest
        .iter()
        .position(|byte| matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b' ' | b'\t' | b'\n' | b'\r'));
    at + length.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_quote_or_backslash_at_every_place() {
        for length in 0..40 {
            for at in 0..length {
                for special in [b'"', b'\\'] {
                    let mut bytes = vec![0x80 | b'"'; length];
                    bytes[at] = special;
                    bytes[length - 1] = special;
                    assert_eq!(quote_or_backslash(&bytes), Some(at), "{special} at {at} of {length}");
                }
            }
            assert_eq!(quote_or_backslash(&vec![b'#'; length]), None);
        }
    }

    #[test]
    fn ends_of_values() {
        for (json, end) in [
            (r#""a\"b" x"#, Some(6)),
            (r#""a\\""#, Some(5)),
            (r#""open"#, None),
            (r#""open\"#, None),
            ("1.0e5,", Some(5)),
            ("null", Some(4)),
            (r#"{"a":"}","b":[1,{}]} "#, Some(20)),
            ("[[]", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(value_end(json.as_bytes(), 0), end, "{json}");
        }
    }
}
