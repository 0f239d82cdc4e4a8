//! Paths into a payload as people write them in rules: `callHistory.status`, `tags[0].name`, `data["odd.key"]`.

use std::fmt;
use std::str::FromStr;

use super::cursor::{items, members};
use super::scan::string_end;
use super::text::decode;

/// Bytes of a path.
const LONGEST: usize = 512;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member of an object. All digits, it also is an item of an array.
    Key(Box<str>),
    /// An item of an array, from 0; also the member of that name (PHP writes sparse arrays as objects).
    Index(usize),
}

/// Where a value stands in a payload. At least one step.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct JsonPath {
    written: Box<str>,
    steps: Box<[Step]>,
}

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParsePathError {
    #[error("a path has between 1 and 512 bytes")]
    Length,
    #[error("the path has an empty name at byte {0}")]
    EmptyName(usize),
    #[error("the path's bracket at byte {0} is not an index such as [0] or a quoted name such as [\"a.b\"]")]
    Bracket(usize),
    #[error("the path has `{found}` at byte {at}, where a `.`, a `[` or its end should be")]
    Separator { at: usize, found: char },
}

impl JsonPath {
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl FromStr for JsonPath {
    type Err = ParsePathError;

    fn from_str(written: &str) -> Result<Self, ParsePathError> {
        if written.is_empty() || written.len() > LONGEST {
            return Err(ParsePathError::Length);
        }
        let mut steps = Vec::new();
        let mut at = 0;
        while at < written.len() {
            let rest = &written[at..];
            if rest.starts_with('[') {
                let (step, length) = bracket(rest).ok_or(ParsePathError::Bracket(at))?;
                steps.push(step);
                at += length;
                continue;
            }
            let dot = rest.starts_with('.');
            if !steps.is_empty() && !dot {
                let found = rest.chars().next().expect("at is before the end");
                return Err(ParsePathError::Separator { at, found });
            }
            at += usize::from(dot && !steps.is_empty());
            let rest = &written[at..];
            let name = &rest[..rest.find(['.', '[', ']']).unwrap_or(rest.len())];
            if name.is_empty() || name.chars().any(char::is_control) {
                return Err(ParsePathError::EmptyName(at));
            }
            steps.push(Step::Key(name.into()));
            at += name.len();
        }
        Ok(Self { written: written.into(), steps: steps.into() })
    }
}

/// The path of a member of what stands at `parent` (empty for the whole payload); `None` for a name that no path can have.
pub fn member_of(parent: &str, name: &str) -> Option<String> {
    let is_plain = !name.is_empty() && !name.contains(['.', '[', ']']) && !name.chars().any(char::is_control);
    let written = match (is_plain, parent.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{parent}.{name}"),
        (false, _) => format!("{parent}[{}]", serde_json::to_string(name).ok()?),
    };
    (written.len() <= LONGEST).then_some(written)
}

/// The path of an item of the array at `parent`.
pub fn item_of(parent: &str, at: usize) -> Option<String> {
    let written = format!("{parent}[{at}]");
    (written.len() <= LONGEST).then_some(written)
}

/// The step in brackets that `rest` begins with, and its length.
fn bracket(rest: &str) -> Option<(Step, usize)> {
    let inner = rest.strip_prefix('[')?;
    if inner.starts_with('"') {
        let (end, _) = string_end(inner.as_bytes(), 0)?;
        let name = decode(&inner.as_bytes()[..end]);
        return inner[end..].starts_with(']').then(|| (Step::Key(name.into()), end + 2));
    }
    let (digits, _) = inner.split_once(']')?;
    let index = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some((Step::Index(index), digits.len() + 2))
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// The raw value at a path; `None` when there is none. Of duplicate keys the last one counts.
pub fn find<'a>(json: &'a [u8], path: &JsonPath) -> Option<&'a [u8]> {
    let mut value = json.trim_ascii();
    for step in &path.steps {
        value = match (value.first()?, step) {
            (b'[', Step::Index(index)) => items(value).nth(*index)?,
            (b'[', Step::Key(name)) => items(value).nth(name.parse().ok()?)?,
            (b'{', Step::Index(index)) => last_member(value, &index.to_string())?,
            (b'{', Step::Key(name)) => last_member(value, name)?,
            _ => return None,
        };
    }
    Some(value)
}

fn last_member<'a>(object: &'a [u8], name: &str) -> Option<&'a [u8]> {
    members(object).filter(|(key, _)| **key == *name.as_bytes()).last().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(json: &'a str, path: &str) -> Option<&'a str> {
        let found = find(json.as_bytes(), &path.parse().expect("a path"))?;
        Some(std::str::from_utf8(found).expect("cut from text"))
    }

    #[test]
    fn values_are_found_as_they_are_written() {
        let json = r#" {"callHistory":{"status":7,"status":"8"},"tags":[{"n":1.0},[2,3]],"odd.key":{"":null},"php":{"0":"x"}} "#;
        assert_eq!(at(json, "callHistory.status"), Some("\"8\""));
        assert_eq!(at(json, "tags[0].n"), Some("1.0"));
        assert_eq!(at(json, "tags[1][1]"), Some("3"));
        assert_eq!(at(json, "tags.1.0"), Some("2"));
        assert_eq!(at(json, r#"["odd.key"][""]"#), Some("null"));
        assert_eq!(at(json, "php[0]"), Some("\"x\""));
        for missing in ["tags[2]", "tags[0].m", "callHistory.status.x", "none", "tags.x"] {
            assert_eq!(at(json, missing), None, "{missing}");
        }
        assert_eq!(at("[1,2]", "[1]"), Some("2"));
    }

    #[test]
    fn of_duplicate_keys_the_last_counts_even_when_it_ends_the_path() {
        assert_eq!(at(r#"{"a":{"b":1},"a":2}"#, "a.b"), None);
        assert_eq!(at(r#"{"a":2,"\u0061":{"b":1}}"#, "a.b"), Some("1"));
    }

    #[test]
    fn bad_paths_say_where() {
        let error = |text: &str| text.parse::<JsonPath>().expect_err(text);
        assert_eq!(error(""), ParsePathError::Length);
        assert_eq!(error(&"a".repeat(513)), ParsePathError::Length);
        assert_eq!(error("."), ParsePathError::EmptyName(0));
        assert_eq!(error("a..b"), ParsePathError::EmptyName(2));
        assert_eq!(error("a."), ParsePathError::EmptyName(2));
        assert_eq!(error("a[x]"), ParsePathError::Bracket(1));
        assert_eq!(error("a[]"), ParsePathError::Bracket(1));
        assert_eq!(error("a[0"), ParsePathError::Bracket(1));
        assert_eq!(error("a[-1]"), ParsePathError::Bracket(1));
        assert_eq!(error("a[0]b"), ParsePathError::Separator { at: 4, found: 'b' });
        assert_eq!(error("a]"), ParsePathError::Separator { at: 1, found: ']' });
    }

    #[test]
    fn a_path_that_was_written_leads_back() {
        let json = r#"{"a":{"odd.key":[0,{"":1,"b\"]":2,"é ":3}]},"1":4,"x\ny":5}"#;
        let list = member_of(&member_of("", "a").expect("a path"), "odd.key").expect("a path");
        assert_eq!(list, r#"a["odd.key"]"#);
        let second = item_of(&list, 1).expect("a path");
        for (name, value) in [("", "1"), ("b\"]", "2"), ("é ", "3")] {
            assert_eq!(at(json, &member_of(&second, name).expect("a path")), Some(value), "{name}");
        }
        assert_eq!(at(json, &member_of("", "1").expect("a path")), Some("4"));
        assert_eq!(at(json, &member_of("", "x\ny").expect("a path")), Some("5"));
        assert_eq!(member_of(&"a".repeat(510), "bc"), None);
    }

    proptest::proptest! {
        #[test]
        fn every_name_that_has_a_path_is_found_by_it(name: String, item in 0..9_usize) {
            let text = format!(r#"{{"{}":[0,1,2,3,4,5,6,7,8]}}"#, serde_json::to_string(&name).expect("a text").trim_matches('"'));
            proptest::prop_assume!(!name.contains('"'));
            if let Some(path) = member_of("", &name).and_then(|list| item_of(&list, item)) {
                proptest::prop_assert_eq!(at(&text, &path).map(str::to_owned), Some(item.to_string()));
            }
        }

        #[test]
        fn arbitrary_paths_and_texts_never_panic(path: String, json: Vec<u8>) {
            if let Ok(path) = path.parse::<JsonPath>() {
                let _ = find(&json, &path);
            }
        }

        #[test]
        fn arbitrary_path_like_texts_never_panic(path in r#"[a.\[\]"\\0é]{1,12}"#) {
            if let Ok(path) = path.parse::<JsonPath>() {
                proptest::prop_assert!(!path.steps().is_empty());
                let _ = find(br#"{"a":[{"a":0}]}"#, &path);
            }
        }
    }
}
