//! The types that a webhook's form offers, by what their names begin with.

use super::offer::Type;
use crate::web::panel::{Pairs, Ui};

/// Types whose names begin alike; or those that are alone with their beginning.
pub struct Group {
    /// `call-*`, which is a choice of its own; none of those that are alone.
    pub whole: Option<String>,
    pub whole_chosen: bool,
    pub types: Vec<Type>,
    /// How many of them are chosen, in words; a script that counts on puts its number in the place of `#`.
    pub counted: String,
    pub counted_by_script: String,
    /// The word for all of them.
    pub all: String,
    pub open: bool,
}

/// The beginning of a name, with what parts it from the rest: `call-`.
fn beginning(name: &str) -> Option<&str> {
    name.find(['-', '.', '_', ' ']).map(|at| &name[..=at])
}

/// The beginnings that several of these names have, in the order in which they come.
pub fn beginnings<'n>(names: &[&'n str]) -> Vec<&'n str> {
    let mut several = Vec::new();
    for head in names.iter().copied().filter_map(beginning) {
        let of_it = names.iter().filter(|name| beginning(name) == Some(head)).count();
        if of_it > 1 && !several.contains(&head) {
            several.push(head);
        }
    }
    several
}

/// The types in their groups, those that are alone last.
pub fn grouped(ui: &Ui, types: Vec<Type>, form: &Pairs) -> Vec<Group> {
    let names: Vec<String> = types.iter().map(|kind| kind.name.clone()).collect();
    let heads = beginnings(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let mut groups: Vec<(Option<&str>, Vec<Type>)> =
        heads.iter().map(|head| (Some(*head), Vec::new())).chain([(None, Vec::new())]).collect();
    for kind in types {
        let place = beginning(&kind.name).and_then(|own| heads.iter().position(|head| *head == own));
        groups[place.unwrap_or(heads.len())].1.push(kind);
    }
    let groups = groups.into_iter().filter(|(_, types)| !types.is_empty());
    groups.map(|(head, types)| group(ui, head, types, form)).collect()
}

fn group(ui: &Ui, head: Option<&str>, types: Vec<Type>, form: &Pairs) -> Group {
    let whole = head.map(|head| format!("{head}*"));
    let whole_chosen = whole.as_ref().is_some_and(|all| form.all("event").any(|event| event == all));
    let chosen = types.iter().filter(|kind| kind.chosen).count();
    let counted = |chosen: String| {
        ui.say("webhook-types-chosen").with("chosen", chosen).with("all", ui.number(types.len())).text()
    };
    let all = ui.say("webhook-types-all").text();
    Group {
        counted: if whole_chosen { all.clone() } else { counted(ui.number(chosen)) },
        all,
        counted_by_script: counted("#".to_owned()),
        open: whole_chosen || chosen > 0,
        whole,
        whole_chosen,
        types,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_stands_together() {
        let names = ["call-a", "hold-call", "call.b", "agent-x", "call-c", "agent-y", "connect"];
        assert_eq!(beginnings(&names), ["call-", "agent-"]);
        assert!(beginnings(&["call-a", "call.b"]).is_empty());
    }
}
