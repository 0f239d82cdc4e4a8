//! Conditions on what an event holds.

use std::collections::BTreeMap;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::bounds::Name;
use crate::domain::fault::repeated;
use crate::domain::{ValueFault, json};

/// How a rule compares. Numbers and strings of digits compare loosely ("3" equals 3): the provider flips them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Equals,
    NotEquals,
    GreaterThan,
    LessThan,
    Contains,
    NotContains,
    Exists,
}

impl Operator {
    pub const ALL: &'static [Operator] = &[
        Operator::Equals,
        Operator::NotEquals,
        Operator::GreaterThan,
        Operator::LessThan,
        Operator::Contains,
        Operator::NotContains,
        Operator::Exists,
    ];

    /// The word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Equals => "equals",
            Operator::NotEquals => "not_equals",
            Operator::GreaterThan => "greater_than",
            Operator::LessThan => "less_than",
            Operator::Contains => "contains",
            Operator::NotContains => "not_contains",
            Operator::Exists => "exists",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.as_str() == text)
    }
}

/// One condition on a payload field, as it is said; all rules of an event name must hold. Judged as one of [`Rules`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `callHistory.status`, `tags[0]`.
    #[schema(min_length = 1)]
    pub path: String,
    pub operator: Operator,
    /// What to compare with; not used by `exists`.
    #[serde(default)]
    pub value: String,
}

/// Where among the rules of a webhook something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleAt<'a> {
    /// All of them together.
    All,
    /// The event type that they are for.
    Type(&'a str),
    /// A part of one of a type's, which count from 0.
    Part { of: &'a str, index: usize, part: &'static str },
}

impl Rule {
    /// Characters of the longest value.
    pub const LONGEST_VALUE: usize = 1_024;
    /// Rules of all types together: each is gone through for every event, on a thread that other companies share.
    pub const MOST: usize = 200;

    /// What is wrong with each part.
    fn faults(&self) -> impl Iterator<Item = (&'static str, ValueFault)> {
        let path = self.path_fault().map(|fault| ("path", fault));
        path.into_iter().chain(self.value_fault().map(|fault| ("value", fault)))
    }

    fn path_fault(&self) -> Option<ValueFault> {
        if self.path.trim().is_empty() {
            return Some(ValueFault::Missing);
        }
        let is_path = self.path.parse::<json::JsonPath>().is_ok();
        (!is_path).then(|| ValueFault::RulePath { given: repeated(&self.path) })
    }

    fn value_fault(&self) -> Option<ValueFault> {
        let may_be_empty = matches!(self.operator, Operator::Exists | Operator::Equals | Operator::NotEquals);
        let has_to_have_order = matches!(self.operator, Operator::GreaterThan | Operator::LessThan);
        if self.value.is_empty() && !may_be_empty {
            Some(ValueFault::RuleValueMissing)
        } else if has_to_have_order && !has_order(&self.value) {
            Some(ValueFault::RuleValueUnordered)
        } else if self.value.chars().count() > Self::LONGEST_VALUE {
            Some(ValueFault::TooLong { max: Self::LONGEST_VALUE })
        } else {
            None
        }
    }
}

/// Whether something can be said to be greater than this: a number, or a date or time, which begins with a digit.
fn has_order(value: &str) -> bool {
    json::compare_loosely(b"0", value).is_some() || value.starts_with(|first: char| first.is_ascii_digit())
}

/// The rules of a webhook, which were judged: by exact event name; `*` is for every name without an entry of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rules(BTreeMap<String, Vec<Rule>>);

impl Rules {
    /// Every fault of every part, or the rules.
    pub fn new(rules: &BTreeMap<String, Vec<Rule>>) -> Result<Self, Vec<(RuleAt<'_>, ValueFault)>> {
        let faults = faults(rules);
        if faults.is_empty() { Ok(Self(rules.clone())) } else { Err(faults) }
    }
}

impl Deref for Rules {
    type Target = BTreeMap<String, Vec<Rule>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<Rules> for BTreeMap<String, Vec<Rule>> {
    fn from(rules: Rules) -> Self {
        rules.0
    }
}

/// What is wrong with the rules of a webhook. Of too many nothing else is said: nobody reads it.
fn faults(rules: &BTreeMap<String, Vec<Rule>>) -> Vec<(RuleAt<'_>, ValueFault)> {
    let many = rules.len().max(rules.values().map(Vec::len).sum());
    if many > Rule::MOST {
        return vec![(RuleAt::All, ValueFault::TooMany { max: Rule::MOST })];
    }
    let mut faults = Vec::new();
    for (of, rules) in rules {
        faults.extend(Name::check(of).err().map(|fault| (RuleAt::Type(of), fault)));
        for (index, rule) in rules.iter().enumerate() {
            faults.extend(rule.faults().map(|(part, fault)| (RuleAt::Part { of, index, part }, fault)));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_greater_than_a_word() {
        let judged = |value: &str| {
            let (path, operator) = ("a".to_owned(), Operator::GreaterThan);
            let rule = Rule { path, operator, value: value.to_owned() };
            rule.faults().map(|(part, fault)| (part, fault.code())).collect::<Vec<_>>()
        };
        for value in ["30", "-1.5", "2024-12-31", "00:01:30"] {
            assert_eq!(judged(value), [], "{value}");
        }
        assert_eq!(judged("abc"), [("value", "rule_value_unordered")]);
        assert_eq!(judged(""), [("value", "rule_value_missing")]);
    }

    #[test]
    fn what_is_gone_through_for_every_event_is_bounded() {
        let rule = |value: &str| Rule { path: "a".into(), operator: Operator::Contains, value: value.into() };
        let of_one = |many| BTreeMap::from([("*".to_owned(), vec![rule("1"); many])]);
        let of_each = |many| (0..many).map(|n| (format!("call-{n}"), Vec::new())).collect::<BTreeMap<_, _>>();
        for rules in [of_one(200), of_each(200)] {
            assert_eq!(Rules::new(&rules).as_deref(), Ok(&rules));
        }
        for rules in [of_one(20_000), of_each(201)] {
            assert_eq!(Rules::new(&rules), Err(vec![(RuleAt::All, ValueFault::TooMany { max: 200 })]));
        }
        let long = BTreeMap::from([("*".to_owned(), vec![rule(&"x".repeat(1_025))])]);
        let at = RuleAt::Part { of: "*", index: 0, part: "value" };
        assert_eq!(Rules::new(&long), Err(vec![(at, ValueFault::TooLong { max: 1_024 })]));
    }
}
