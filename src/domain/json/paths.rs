//! Many paths looked for together: a text is gone through once for each level of the deepest path, however many there are.

use std::collections::BTreeMap;

use ahash::AHashMap;

use super::cursor::{items, members};
use super::path::{JsonPath, Step};

/// Paths that are looked for together. Each is known by its number, in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathSet {
    /// The first one is the whole text.
    nodes: Vec<Node>,
    count: usize,
}

/// A place that paths lead to or through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    /// The paths that end here.
    ends: Vec<usize>,
    /// Where an object's members lead, and an array's items: `007` and `7` are two names and one index.
    members: AHashMap<Box<[u8]>, usize>,
    items: BTreeMap<usize, Vec<usize>>,
}

impl PathSet {
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a JsonPath>) -> PathSet {
        let mut set = PathSet { nodes: vec![Node::default()], count: 0 };
        for path in paths {
            let end = path.steps().iter().fold(0, |node, step| set.step(node, step));
            set.nodes[end].ends.push(set.count);
            set.count += 1;
        }
        set
    }

    /// The node behind a step, made if there is none.
    fn step(&mut self, node: usize, step: &Step) -> usize {
        // As in `path::find`: digits are both a member's name and an item's index.
        let (name, index) = match step {
            Step::Key(name) => (name.to_string(), name.parse().ok()),
            Step::Index(index) => (index.to_string(), Some(*index)),
        };
        if let Some(known) = self.nodes[node].members.get(name.as_bytes()) {
            return *known;
        }
        self.nodes.push(Node::default());
        let made = self.nodes.len() - 1;
        self.nodes[node].members.insert(name.into_boxed_str().into_boxed_bytes(), made);
        if let Some(index) = index {
            self.nodes[node].items.entry(index).or_default().push(made);
        }
        made
    }

    /// The raw value at each path, `None` where there is none. Of duplicate keys the last one counts.
    pub fn find<'a>(&self, json: &'a [u8]) -> Vec<Option<&'a [u8]>> {
        let mut found = vec![None; self.count];
        let mut open = vec![(0, json.trim_ascii())];
        while let Some((node, value)) = open.pop() {
            let Some(node) = self.nodes.get(node) else { continue };
            for end in &node.ends {
                found[*end] = Some(value);
            }
            match value.first() {
                Some(b'{') if !node.members.is_empty() => node.in_object(value, &mut open),
                Some(b'[') if !node.items.is_empty() => node.in_array(value, &mut open),
                _ => {}
            }
        }
        found
    }
}

impl Node {
    fn in_object<'a>(&self, object: &'a [u8], open: &mut Vec<(usize, &'a [u8])>) {
        let begin = open.len();
        for (key, value) in members(object) {
            if let Some(next) = self.members.get(&*key) {
                match open[begin..].iter_mut().find(|(known, _)| known == next) {
                    Some((_, before)) => *before = value,
                    None => open.push((*next, value)),
                }
            }
        }
    }

    fn in_array<'a>(&self, array: &'a [u8], open: &mut Vec<(usize, &'a [u8])>) {
        let Some(last) = self.items.keys().next_back() else { return };
        for (index, item) in items(array).enumerate().take(last.saturating_add(1)) {
            let next = self.items.get(&index).into_iter().flatten();
            open.extend(next.map(|next| (*next, item)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::super::find;
    use super::*;

    fn paths(written: &[String]) -> Vec<JsonPath> {
        written.iter().filter_map(|path| path.parse().ok()).collect()
    }

    fn agree(written: &[String], json: &[u8]) {
        let paths = paths(written);
        let together = PathSet::new(&paths).find(json);
        let alone: Vec<_> = paths.iter().map(|path| find(json, path)).collect();
        assert_eq!(together, alone, "{written:?} in {}", String::from_utf8_lossy(json));
    }

    #[test]
    fn digits_are_a_name_and_an_index() {
        let written = ["a.0", "a[0]", "a.00", "a[1].x", "a", "a.+1", "b[\"1\"]"].map(str::to_owned);
        for json in [
            r#"{"a":[{"y":1},{"x":2}]}"#,
            r#"{"a":{"0":1,"00":2,"1":{"x":3},"+1":4}}"#,
            r#"{"a":1,"a":{"0":7},"b":[1,2]}"#,
            " [] ",
            "",
            r#"{"a":["#,
        ] {
            agree(&written, json.as_bytes());
        }
    }

    #[test]
    fn two_hundred_paths_cost_about_what_one_costs() {
        let members: Vec<_> = (0..20_000).map(|n| format!(r#""field{n}":{{"value":"xxxxxxxx"}}"#)).collect();
        let json = format!("{{{}}}", members.join(","));
        let written: Vec<_> = (0..200).map(|n| format!("field{}.value", 19_000 + n)).collect();
        agree(&written, json.as_bytes());
        let paths = paths(&written);
        let time = |set: &PathSet| {
            let once = || {
                let began = Instant::now();
                assert!(set.find(json.as_bytes()).iter().all(Option::is_some));
                began.elapsed()
            };
            (0..5).map(|_| once()).min().unwrap_or(Duration::ZERO)
        };
        let (one, all) = (time(&PathSet::new(&paths[..1])), time(&PathSet::new(&paths)));
        assert!(all < one * 10, "{one:?} for one, {all:?} for {}", paths.len());
    }

    proptest! {
        #[test]
        fn agrees_with_looking_for_each(
            written in prop::collection::vec(r"[ab0](\.[ab01]|\[[0-2]\]){0,3}", 1..8),
            json in r#"(\{"[ab0]":){0,3}[\[\]{}",:ab01 ]{0,40}"#,
        ) {
            agree(&written, json.as_bytes());
        }

        #[test]
        fn agrees_on_well_formed_text(
            written in prop::collection::vec(r"[ab0](\.[ab01]|\[[0-2]\]){0,3}", 1..8),
            json in any_json(),
        ) {
            agree(&written, json.to_string().as_bytes());
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![Just(serde_json::Value::Null), any::<i8>().prop_map(serde_json::Value::from)];
        leaf.prop_recursive(4, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[ab01]", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
