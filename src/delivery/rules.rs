//! Rules on payload fields.
//!
//! The payload is read as bytes, never parsed into a tree. All rules look at it together ([`PathSet`]), so that many of
//! them cost about what one costs: what is decided here keeps the worker from everything else meanwhile. Numbers and digit
//! strings compare loosely ("3" equals 3), because the provider flips them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::domain::json::{self, JsonPath, PathSet};
use crate::domain::{Operator, Rule};

/// Characters of a value that an unmet rule shows.
const SHOWN: usize = 200;

/// The rules for one kind of event, with their paths read. All must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledRules {
    rules: Vec<(Rule, Option<usize>)>,
    /// Where they look, by the number that each rule knows.
    paths: PathSet,
}

/// A rule that did not hold, and what stood there: the answer to "why was this not sent".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Unmet {
    pub path: String,
    pub operator: Operator,
    pub wanted: String,
    /// The value as it is written in the payload, at most 200 characters; `None` when the path leads nowhere.
    pub actual: Option<String>,
}

impl CompiledRules {
    /// A path that cannot be read leads nowhere; saving one is refused, so it stands only in rows written by hand.
    pub fn new(rules: Vec<Rule>) -> CompiledRules {
        let mut paths: Vec<JsonPath> = Vec::new();
        let mut number = |rule: &Rule| {
            let path: JsonPath = rule.path.parse().ok()?;
            let known = paths.iter().position(|known| *known == path);
            Some(known.unwrap_or_else(|| {
                paths.push(path);
                paths.len() - 1
            }))
        };
        let mut numbered = Vec::with_capacity(rules.len());
        for rule in rules {
            let at = number(&rule);
            numbered.push((rule, at));
        }
        CompiledRules { rules: numbered, paths: PathSet::new(&paths) }
    }

    /// The first rule that does not hold for this payload. A negative operator holds when there is nothing at the path.
    pub fn check(&self, payload: &[u8]) -> Result<(), Unmet> {
        let found = self.paths.find(payload);
        for (rule, at) in &self.rules {
            let found = at.and_then(|at| found[at]);
            if !holds(rule, found) {
                return Err(Unmet {
                    path: rule.path.clone(),
                    operator: rule.operator,
                    wanted: rule.value.clone(),
                    actual: found.map(shown),
                });
            }
        }
        Ok(())
    }
}

fn holds(rule: &Rule, found: Option<&[u8]>) -> bool {
    let wanted = rule.value.as_str();
    let Some(raw) = found else {
        return matches!(rule.operator, Operator::NotEquals | Operator::NotContains);
    };
    match rule.operator {
        Operator::Exists => true,
        Operator::Equals => json::equals_loosely(raw, wanted),
        Operator::NotEquals => !json::equals_loosely(raw, wanted),
        Operator::GreaterThan => json::compare_loosely(raw, wanted).is_some_and(Ordering::is_gt),
        Operator::LessThan => json::compare_loosely(raw, wanted).is_some_and(Ordering::is_lt),
        Operator::Contains => json::contains_loosely(raw, wanted),
        Operator::NotContains => !json::contains_loosely(raw, wanted),
    }
}

/// A value as far as people are shown it. Four bytes are the longest character.
fn shown(raw: &[u8]) -> String {
    let beginning = &raw[..raw.len().min(SHOWN * 4)];
    String::from_utf8_lossy(beginning).chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(path: &str, operator: Operator, value: &str) -> bool {
        let payload =
            br#"{"callHistory":{"status":"7","number":5511900001234},"tags":["vip",3],"note":null}"#;
        let rule = Rule { path: path.to_owned(), operator, value: value.to_owned() };
        CompiledRules::new(vec![rule]).check(payload).is_ok()
    }

    #[test]
    fn every_operator_holds_and_fails() {
        use Operator::*;
        for (path, operator, value, expected) in [
            ("callHistory.status", Equals, "7", true),
            ("callHistory.status", Equals, "8", false),
            ("callHistory.status", NotEquals, "8", true),
            ("callHistory.status", NotEquals, "7", false),
            ("callHistory.status", GreaterThan, "6", true),
            ("callHistory.status", GreaterThan, "7", false),
            ("callHistory.status", LessThan, "10", true),
            ("callHistory.status", LessThan, "7", false),
            ("callHistory.number", Equals, "5511900001234", true),
            ("tags", Contains, "vip", true),
            ("tags", Contains, "3", true),
            ("tags", NotContains, "gold", true),
            ("tags", NotContains, "vip", false),
            ("tags[0]", Equals, "vip", true),
            ("tags[9]", Exists, "", false),
            ("note", Exists, "", true),
            ("callHistory", Exists, "", true),
            ("missing", Equals, "7", false),
            ("missing", NotEquals, "7", true),
            ("missing", NotContains, "7", true),
            ("missing", Contains, "7", false),
        ] {
            assert_eq!(holds(path, operator, value), expected, "{path} {operator:?} {value}");
        }
    }

    #[test]
    fn an_unmet_rule_says_what_stood_there() {
        let rule = Rule { path: "a.b".into(), operator: Operator::Equals, value: "1".into() };
        let unmet =
            CompiledRules::new(vec![rule]).check(br#"{"a":{"b":"x"}}"#).expect_err("it does not hold");
        assert_eq!(unmet.actual.as_deref(), Some("\"x\""));
    }
}
