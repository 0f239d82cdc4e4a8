//! The checklist of what the providers' documents ask for: every row stands in it once and says what shows it, and every test and
//! file that it names is there.

use std::collections::{BTreeMap, BTreeSet};

use super::{is_test, read, root};

const PAGE: &str = "docs/checklist.md";
/// What a row says that nothing, or something else, shows; each has a line in the first table, with its rows.
const MARKS: [&str; 3] = ["Not met", "Not shown by a test", "Met otherwise"];

/// The rows that there have to be.
fn wanted() -> BTreeSet<String> {
    let documents = [('T', 32), ('W', 26), ('N', 34), ('P', 44), ('C', 47)];
    let all = documents.into_iter().flat_map(|(letter, last)| (1..=last).map(move |number| (letter, number)));
    let implied = (1..=20).map(|number| ('X', number));
    all.chain(implied).map(|(letter, number)| format!("{letter}{number:02}")).collect()
}

/// The columns of every line of a table.
fn table_lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    lines.map(|line| line.split(" | ").collect())
}

fn is_id(word: &str) -> bool {
    let number = word.strip_prefix(|c: char| c.is_ascii_uppercase());
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
}

/// Everything that is wrong with the page.
fn faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rows: BTreeMap<&str, &str> = BTreeMap::new();
    for columns in table_lines(text).filter(|columns| is_id(columns[0])) {
        let [id, asked, shown] = columns[..] else {
            faults.push(format!("{} has {} columns", columns[0], columns.len()));
            continue;
        };
        if asked.len() < 8 {
            faults.push(format!("{id} does not say what is asked"));
        }
        if rows.insert(id, shown).is_some() {
            faults.push(format!("{id} stands twice"));
        }
        let tests = named(id, shown, &mut faults);
        if tests == 0 && !shown.contains("](") && !shown.contains("**Not shown by a test**") {
            faults.push(format!("{id} does not say what shows it"));
        }
    }
    let wanted = wanted();
    let there: BTreeSet<String> = rows.keys().map(|id| (*id).to_owned()).collect();
    faults.extend(wanted.difference(&there).map(|id| format!("{id} has no row")));
    faults.extend(there.difference(&wanted).map(|id| format!("{id} is a row of no document")));
    for mark in MARKS {
        let bold = format!("**{mark}**");
        let marked: BTreeSet<&str> =
            rows.iter().filter(|(_, shown)| shown.contains(&bold)).map(|(id, _)| *id).collect();
        let line = table_lines(text).find(|columns| columns[0] == bold);
        let told: BTreeSet<&str> = line.iter().flat_map(|line| line[line.len() - 1].split(", ")).collect();
        faults.extend(
            marked.symmetric_difference(&told).map(|id| format!("{id}: {mark}? Row and summary differ")),
        );
    }
    faults
}

/// How many tests a row names. A name belongs to the file before it while nothing but a colon or commas stand between.
fn named(id: &str, shown: &str, faults: &mut Vec<String>) -> usize {
    let (mut source, mut tests) = (None, 0);
    for (at, part) in shown.split('`').enumerate() {
        if at % 2 == 0 {
            source = source.filter(|_| [": ", ", "].contains(&part));
        } else if ["src/", "tests/", "static/", "locales/"].iter().any(|folder| part.starts_with(folder)) {
            let is_there = root().join(part).is_file();
            if !is_there {
                faults.push(format!("{id}: {part} is not there"));
            }
            source = is_there.then(|| (part, read(part)));
        } else if let Some((path, source)) = &source {
            tests += 1;
            if !is_test(source, part) {
                faults.push(format!("{id}: {path} has no test {part}"));
            }
        } else if part.matches('_').count() > 2 {
            faults.push(format!("{id}: {part} stands behind no file"));
        }
    }
    tests
}

#[test]
fn every_row_of_the_documents_says_what_shows_it() {
    let faults = faults(&read(PAGE));
    assert!(faults.is_empty(), "{PAGE}:\n{}", faults.join("\n"));
}

/// Without this the test above might say nothing of anything.
#[test]
fn a_checklist_that_is_not_true_is_found_out() {
    let text = read(PAGE);
    let row = |id: &str| {
        let begins = format!("| {id} | ");
        text.lines().find(|line| line.starts_with(&begins)).unwrap_or_else(|| panic!("no row {id}"))
    };
    let with =
        |id: &str, shown: &str| text.replace(row(id), &format!("| {id} | something is asked | {shown} |"));
    let first = "`tests/suite/documents.rs`: `every_dependency_has_its_reason`";
    assert_eq!(faults(&with("T20", first)), [""; 0]);
    let untrue = [
        (text.replace(row("T20"), ""), "T20 has no row"),
        (text.replace(row("W03"), &format!("{0}\n{0}", row("W03"))), "W03 stands twice"),
        (text.replace("| P44 |", "| P45 |"), "P45 is a row of no document"),
        (text.replace("| P44 |", "| P44 | P44 |"), "P44 has 4 columns"),
        (with("T20", "a test"), "T20 does not say what shows it"),
        (with("T20", "`src/no_such_file.rs`: `a_test`"), "T20: src/no_such_file.rs is not there"),
        (with("T20", &first.replace("reason", "price")), "has no test every_dependency_has_its_price"),
        (with("T20", &format!("{first}, `pages`")), "T20: tests/suite/documents.rs has no test pages"),
        (
            with("T20", &format!("{first}. `random_schedules_hold_too`")),
            "T20: random_schedules_hold_too stands",
        ),
        (with("T20", "**Not met**: [why](container.md)"), "T20: Not met?"),
        (with("T32", first), "T32: Not met?"),
    ];
    for (text, fault) in untrue {
        let found = faults(&text);
        assert!(found.iter().any(|found| found.contains(fault)), "{fault} is not among {found:?}");
    }
}
