//! A webhook's rules in words.

use std::collections::BTreeMap;

use crate::domain::{Operator, Rule};
use crate::web::panel::Ui;

/// One rule: of which events, which field, and what must hold of it.
pub struct RuleLine {
    pub event: String,
    pub path: String,
    pub operator: String,
    /// Empty where the operator needs none.
    pub value: String,
}

pub fn lines(ui: &Ui, rules: &BTreeMap<String, Vec<Rule>>) -> Vec<RuleLine> {
    let of_type = |(event, rules): (&String, &Vec<Rule>)| {
        let event = if event == "*" { ui.say("webhook-all-types").text() } else { event.clone() };
        let line = move |rule: &Rule| RuleLine {
            event: event.clone(),
            path: rule.path.clone(),
            operator: ui.say("rule-operator").with("operator", rule.operator.as_str()).text(),
            value: if rule.operator == Operator::Exists { String::new() } else { rule.value.clone() },
        };
        rules.iter().map(line).collect::<Vec<_>>()
    };
    rules.iter().flat_map(of_type).collect()
}

/// All of them in one sentence's place: `call-was-amd: status é igual a 7; …`.
pub fn in_one(ui: &Ui, rules: &BTreeMap<String, Vec<Rule>>) -> String {
    let words = |line: RuleLine| {
        let said = format!("{}: {} {} {}", line.event, line.path, line.operator, line.value);
        said.trim_end().to_owned()
    };
    lines(ui, rules).into_iter().map(words).collect::<Vec<_>>().join("; ")
}
