//! The counted part of `docs/faults.md`: it says what `docs/faults.json` says, and that is of faults that are made.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{read, root};
use crate::faults;

#[test]
fn the_counted_faults_are_those_of_the_kept_figures() {
    let checked = Command::new("python3").arg(root().join("tests/faults.py")).arg("--check").output();
    let checked = checked.expect("python3");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn every_fault_that_is_made_was_counted_and_every_counted_one_is_made() {
    let kept: Value = serde_json::from_str(&read("docs/faults.json")).expect("JSON");
    let stories = kept["stories"].as_array().expect("stories");
    let counted: Vec<&str> = stories.iter().map(|story| story["fault"].as_str().expect("a fault")).collect();
    let mut sources = read("tests/suite/crash/mod.rs");
    for entry in fs::read_dir(root().join("tests/suite/faults")).expect("a folder") {
        sources += &fs::read_to_string(entry.expect("an entry").path()).expect("a source");
    }
    let mut made: Vec<&str> =
        sources.split("fault: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for name in faults::misbehaviours() {
        made.push(name);
    }
    assert!(made.len() > 40, "{}", made.len());
    let not_made: Vec<_> = counted.iter().filter(|fault| !made.contains(fault)).collect();
    assert!(not_made.is_empty(), "in docs/faults.json, and nobody makes it: {not_made:?}");
    // Made where no disk can be mounted.
    let elsewhere = ["no file may grow, SQLite"];
    let not_counted: Vec<_> =
        made.iter().filter(|fault| !counted.contains(fault) && !elsewhere.contains(fault)).collect();
    assert!(not_counted.is_empty(), "not in docs/faults.json: {not_counted:?}");
    for story in stories {
        for cost in ["lost", "repeated", "overtaken"] {
            let is_told = story["fault"].as_str().is_some_and(|fault| fault.contains("standby"));
            assert!(story[cost] == 0 || is_told, "{story}");
        }
    }
}
