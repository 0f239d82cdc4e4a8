//! One pass over a text, taking what is wanted and skipping the rest.

use std::borrow::Cow;

use super::scan::{skip_space, string_end, value_end};
use super::text::decode;

/// A place in a JSON text. It always stands before a value or behind one; the caller asks for what it wants:
///
/// ```
/// use ramal::domain::json::Cursor;
/// let mut cursor = Cursor::new(br#"{"list":[1,2],"call":{"id":"k7","status":3}}"#);
/// let mut id = None;
/// if cursor.enter_object() {
///     while let Some(key) = cursor.next_key() {
///         match &*key {
///             b"call" if cursor.enter_object() => {
///                 while let Some(key) = cursor.next_key() {
///                     match &*key {
///                         b"id" => id = cursor.take_scalar(),
///                         _ => cursor.skip(),
///                     }
///                 }
///             }
///             _ => cursor.skip(),
///         }
///     }
/// }
/// assert_eq!(id, Some(&br#""k7""#[..]));
/// ```
///
/// On malformed text it ends early: `next_key` gives `None` and `next_item` gives `false` from then on.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(json: &'a [u8]) -> Self {
        Self { json, at: skip_space(json, 0) }
    }

    /// The first byte of the value the cursor stands before.
    pub fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    /// Steps into an object; `false`, without moving, when the value is something else.
    pub fn enter_object(&mut self) -> bool {
        self.enter(b'{')
    }

    /// Steps into an array; `false`, without moving, when the value is something else.
    pub fn enter_array(&mut self) -> bool {
        self.enter(b'[')
    }

    fn enter(&mut self, bracket: u8) -> bool {
        let enters = self.peek() == Some(bracket);
        self.at += usize::from(enters);
        enters
    }

    /// The next member's key, as text bytes without quotes and escapes; the cursor then stands before its value, which
    /// must be taken, entered or skipped. `None` leaves the object.
    pub fn next_key(&mut self) -> Option<Cow<'a, [u8]>> {
        let at = self.next_element()?;
        if self.json[at] != b'"' {
            return self.end_early();
        }
        let Some((end, escaped)) = string_end(self.json, at) else { return self.end_early() };
        let colon = skip_space(self.json, end);
        if self.json.get(colon) != Some(&b':') {
            return self.end_early();
        }
        self.at = skip_space(self.json, colon + 1);
        Some(if escaped {
            Cow::Owned(decode(&self.json[at..end]).into_owned().into_bytes())
        } else {
            Cow::Borrowed(&self.json[at + 1..end - 1])
        })
    }

    /// Moves before the next item of an array. `false` leaves the array.
    pub fn next_item(&mut self) -> bool {
        match self.next_element() {
            Some(at) => {
                self.at = at;
                true
            }
            None => false,
        }
    }

    /// Where the next member or item begins; leaves the container when there is none.
    fn next_element(&mut self) -> Option<usize> {
        let mut at = skip_space(self.json, self.at);
        if self.json.get(at) == Some(&b',') {
            at = skip_space(self.json, at + 1);
        }
        match self.json.get(at) {
            Some(b'}' | b']') => {
                self.at = at + 1;
                None
            }
            Some(_) => Some(at),
            None => self.end_early(),
        }
    }

    fn end_early<T>(&mut self) -> Option<T> {
        self.at = self.json.len();
        None
    }

    /// Takes the value, whatever it is, as it stands in the text.
    pub fn take(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        let Some(end) = value_end(self.json, start) else { return self.end_early() };
        self.at = end;
        Some(&self.json[start..end])
    }

    /// Takes a string (with its quotes), number, `true`, `false` or `null`; an object or array is skipped.
    pub fn take_scalar(&mut self) -> Option<&'a [u8]> {
        let container = matches!(self.peek(), Some(b'{' | b'['));
        self.take().filter(|_| !container)
    }

    /// Passes over the value.
    pub fn skip(&mut self) {
        self.take();
    }
}

/// The members of an object as (key, raw value), in the text's order, duplicates included; nothing for other values.
pub fn members(json: &[u8]) -> Members<'_> {
    let mut cursor = Cursor::new(json);
    let open = cursor.enter_object();
    Members(open.then_some(cursor))
}

/// See [`members`].
#[derive(Debug, Clone)]
pub struct Members<'a>(Option<Cursor<'a>>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, [u8]>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let cursor = self.0.as_mut()?;
        let member = cursor.next_key().and_then(|key| Some((key, cursor.take()?)));
        if member.is_none() {
            self.0 = None;
        }
        member
    }
}

/// The items of an array as raw values; nothing for other values.
pub fn items(json: &[u8]) -> Items<'_> {
    let mut cursor = Cursor::new(json);
    let open = cursor.enter_array();
    Items(open.then_some(cursor))
}

/// See [`items`].
#[derive(Debug, Clone)]
pub struct Items<'a>(Option<Cursor<'a>>);

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let cursor = self.0.as_mut()?;
        let item = if cursor.next_item() { cursor.take() } else { None };
        if item.is_none() {
            self.0 = None;
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(json: &str) -> Vec<(String, String)> {
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        members(json.as_bytes()).map(|(key, value)| (string(&key), string(value))).collect()
    }

    #[test]
    fn members_keep_order_duplicates_and_spelling() {
        let pairs =
            [("b", "1.0"), ("a", r#"{ "x" : [] }"#), ("b", r#""\ud83d""#), ("c", "9007199254740993000")];
        let json = r#" { "b" : 1.0 , "a":{ "x" : [] },"\u0062":"\ud83d","c":9007199254740993000 } "#;
        assert_eq!(listed(json), pairs.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(listed("{}"), []);
        assert_eq!(listed("[1]"), []);
        assert_eq!(listed(r#"{"a":1"#), [("a".to_owned(), "1".to_owned())]);
        assert_eq!(listed(r#"{"a":"#), []);
        assert_eq!(listed(r#"{"a" 1}"#), []);
    }

    #[test]
    fn items_are_raw() {
        let raw: Vec<_> = items(br#"[ 1 , "a,]" ,[2,[3]], {} ,null]"#).collect();
        assert_eq!(raw, [&b"1"[..], br#""a,]""#, b"[2,[3]]", b"{}", b"null"]);
        assert_eq!(items(b"[]").count(), 0);
        assert_eq!(items(b"{}").count(), 0);
        assert_eq!(items(b"[1,").count(), 1);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!(r#"{{"a":{}1{},"b":2}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(listed(&deep).len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_end(bytes: Vec<u8>) {
            let _ = members(&bytes).count();
            let _ = items(&bytes).count();
        }

        #[test]
        fn arbitrary_json_like_text_ends(text in r#"[\[\]{}",:\\a1 ]{0,60}"#) {
            let _ = members(text.as_bytes()).count();
            let _ = items(text.as_bytes()).count();
        }
    }
}
