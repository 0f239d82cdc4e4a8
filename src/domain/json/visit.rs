//! Every scalar of a text with the path it stands at, in one pass.

use std::borrow::Cow;

use super::cursor::Cursor;

/// One step of the path to a visited scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep<'a> {
    /// A key's text bytes.
    Key(Cow<'a, [u8]>),
    Index(usize),
}

/// Calls `visit` for each scalar that at most `max_depth` keys and indexes lead to, in the text's order. What lies deeper
/// is skipped without a look. A text that is itself a scalar is visited with an empty path.
pub fn visit_scalars<'a>(json: &'a [u8], max_depth: usize, mut visit: impl FnMut(&[PathStep<'a>], &'a [u8])) {
    let mut cursor = Cursor::new(json);
    let mut path: Vec<PathStep<'a>> = Vec::new();
    // The containers the cursor is in, outermost first: whether each is an object. As long as the path, except for the
    // moment between entering one and reaching its first element.
    let mut inside: Vec<bool> = Vec::new();
    loop {
        // Before a value.
        if path.len() < max_depth && cursor.enter_object() {
            inside.push(true);
        } else if path.len() < max_depth && cursor.enter_array() {
            inside.push(false);
        } else if let Some(scalar) = cursor.take_scalar() {
            visit(&path, scalar);
        }
        // On to the next value, out of every container that ends here.
        loop {
            let Some(in_object) = inside.last() else { return };
            let last = if path.len() == inside.len() { path.pop() } else { None };
            let next = if *in_object {
                cursor.next_key().map(PathStep::Key)
            } else {
                let index = if let Some(PathStep::Index(last)) = last { last + 1 } else { 0 };
                cursor.next_item().then_some(PathStep::Index(index))
            };
            if let Some(step) = next {
                path.push(step);
                break;
            }
            inside.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn visited(json: &[u8], max_depth: usize) -> Vec<(String, String)> {
        let mut found = Vec::new();
        visit_scalars(json, max_depth, |path, raw| {
            let steps: Vec<String> = path
                .iter()
                .map(|step| match step {
                    PathStep::Key(key) => format!("{:?}", String::from_utf8_lossy(key)),
                    PathStep::Index(index) => index.to_string(),
                })
                .collect();
            found.push((steps.join("/"), String::from_utf8_lossy(raw).into_owned()));
        });
        found
    }

    fn expected(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
        let join = |step: String| if path.is_empty() { step } else { format!("{path}/{step}") };
        match value {
            Value::Object(members) => {
                members.iter().for_each(|(key, value)| expected(value, &join(format!("{key:?}")), found));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, value)| expected(value, &join(at.to_string()), found));
            }
            scalar => found.push((path.to_owned(), scalar.to_string())),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    #[test]
    fn deeper_than_asked_is_skipped() {
        let json = br#"{"a":1,"b":{"c":2,"d":[3,{"e":4}]},"f":5}"#;
        let paths = |depth| visited(json, depth).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(paths(1), ["\"a\"", "\"f\""]);
        assert_eq!(paths(2), ["\"a\"", "\"b\"/\"c\"", "\"f\""]);
        assert_eq!(paths(9).len(), 5);
        assert_eq!(visited(b" 7 ", 0), [(String::new(), "7".to_owned())]);
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(100_000) + "7" + &"]".repeat(100_000);
        assert_eq!(visited(deep.as_bytes(), usize::MAX).len(), 1);
        assert_eq!(visited(deep.as_bytes(), 100).len(), 0);
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(value in any_json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let mut wanted = Vec::new();
            expected(&value, "", &mut wanted);
            prop_assert_eq!(visited(text.expect("a value").as_bytes(), 64), wanted);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, depth in 0_usize..5) {
            visited(&bytes, depth);
        }

        #[test]
        fn arbitrary_json_like_text_ends(text in r#"[\[\]{}",:\\a1 ]{0,60}"#) {
            visited(text.as_bytes(), 4);
        }
    }
}
