//! Rules on payload fields.
//!
//! The payload is read as bytes, never parsed into a tree, and each rule looks only at the path it names. Numbers and
//! digit strings compare loosely ("3" equals 3), because the provider flips them.

use serde::{Deserialize, Serialize};

use crate::domain::json::{self, JsonPath};
use crate::domain::{Operator, Rule};

/// A rule with its path read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledRule {
    path: Option<JsonPath>,
    rule: Rule,
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

impl CompiledRule {
    /// A path that cannot be read leads nowhere; saving one is refused, so it stands only in rows written by hand.
    pub fn new(rule: Rule) -> CompiledRule {
        CompiledRule { path: rule.path.parse().ok(), rule }
    }

    /// Whether the rule holds for this payload. A negative operator holds when there is nothing at the path.
    pub fn check(&self, payload: &[u8]) -> Result<(), Unmet> {
        let found = self.path.as_ref().and_then(|path| json::find(payload, path));
        let wanted = self.rule.value.as_str();
        let holds = match (self.rule.operator, found) {
            (Operator::Exists, found) => found.is_some(),
            (Operator::NotEquals | Operator::NotContains, None) => true,
            (_, None) => false,
            (Operator::Equals, Some(raw)) => json::equals_loosely(raw, wanted),
            (Operator::NotEquals, Some(raw)) => !json::equals_loosely(raw, wanted),
            (Operator::GreaterThan, Some(raw)) => {
                json::compare_loosely(raw, wanted).is_some_and(std::cmp::Ordering::is_gt)
            }
            (Operator::LessThan, Some(raw)) => {
                json::compare_loosely(raw, wanted).is_some_and(std::cmp::Ordering::is_lt)
            }
            (Operator::Contains, Some(raw)) => json::contains_loosely(raw, wanted),
            (Operator::NotContains, Some(raw)) => !json::contains_loosely(raw, wanted),
        };
        if holds {
            return Ok(());
        }
        Err(Unmet {
            path: self.rule.path.clone(),
            operator: self.rule.operator,
            wanted: self.rule.value.clone(),
            actual: found.map(|raw| String::from_utf8_lossy(raw).chars().take(200).collect()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(path: &str, operator: Operator, value: &str) -> bool {
        let payload =
            br#"{"callHistory":{"status":"7","number":5511900001234},"tags":["vip",3],"note":null}"#;
        let rule = Rule { path: path.to_owned(), operator, value: value.to_owned() };
        CompiledRule::new(rule).check(payload).is_ok()
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
        let unmet = CompiledRule::new(rule).check(br#"{"a":{"b":"x"}}"#).expect_err("it does not hold");
        assert_eq!(unmet.actual.as_deref(), Some("\"x\""));
    }
}
