//! Imports point one way (`docs/architecture.md`). A line that points the other way fails here.

use std::fs;
use std::path::{Path, PathBuf};

use ramal::sources::PROVIDERS;

/// For each room, the rooms of ours that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    // Every room speaks to people.
    ("texts", &["domain"]),
    ("log", &["domain", "texts"]),
    ("duties", &["domain", "log"]),
    ("listener", &[]),
    ("secrets", &["domain", "texts"]),
    ("shares", &[]),
    ("net", &["domain", "texts", "shares"]),
    ("socketio", &["shares"]),
    ("store", &["domain", "duties", "secrets"]),
    ("ownership", &["domain", "store"]),
    ("journal", &["domain", "duties", "log", "store", "ownership"]),
    ("simulator", &["domain", "texts"]),
    (
        "sources",
        &[
            "domain",
            "texts",
            "log",
            "secrets",
            "net",
            "socketio",
            "store",
            "ownership",
            "journal",
            "simulator",
        ],
    ),
    // What a source's table may hold its provider says.
    ("config", &["domain", "texts", "log", "secrets", "sources"]),
    ("delivery", &["domain", "texts", "log", "secrets", "shares", "net", "store", "ownership", "journal"]),
    ("watch", &["domain", "texts", "duties", "log", "listener", "store", "journal"]),
    (
        "alerting",
        &[
            "domain", "texts", "duties", "log", "secrets", "shares", "net", "store", "journal", "delivery",
            "watch",
        ],
    ),
    ("calls", &["domain", "store", "journal", "sources"]),
    ("answering", &["calls", "domain", "duties", "net", "store", "ownership", "journal", "sources"]),
    ("routing", &["domain", "duties", "net", "store", "ownership", "journal", "sources"]),
    (
        "runtime",
        &[
            "calls",
            "routing",
            "answering",
            "domain",
            "duties",
            "log",
            "config",
            "secrets",
            "shares",
            "net",
            "socketio",
            "store",
            "ownership",
            "journal",
            "sources",
            "delivery",
            "watch",
        ],
    ),
    (
        "incidents",
        &["domain", "duties", "net", "store", "journal", "sources", "delivery", "watch", "runtime", "texts"],
    ),
    (
        "admin",
        &[
            "domain",
            "duties",
            "log",
            "config",
            "secrets",
            "shares",
            "net",
            "store",
            "ownership",
            "journal",
            "sources",
            "delivery",
            "watch",
            "routing",
            "answering",
            "alerting",
            "runtime",
            "incidents",
            "texts",
        ],
    ),
    (
        "web",
        &[
            "domain", "log", "config", "secrets", "shares", "net", "store", "journal", "sources", "delivery",
            "watch", "runtime", "admin", "texts", "listener",
        ],
    ),
    // The binary's own: it stands outside the library, where every room is open to it.
    ("cli", &[]),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in
        fs::read_dir(folder).expect("a folder of the crate").map(|entry| entry.expect("an entry").path())
    {
        if entry.is_dir() {
            rust_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The rooms named after `crate::` in a text, with the line each stands on.
fn imports(text: &str) -> Vec<(usize, String)> {
    let room_at = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(number, line)| {
            line.match_indices("crate::")
                .map(move |(at, word)| (number + 1, room_at(&line[at + word.len()..])))
        })
        .collect()
}

#[test]
fn imports_point_one_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (room, allowed) in MAY_IMPORT {
        let mut files = Vec::new();
        rust_files(&src.join(room), &mut files);
        for file in files {
            let text = fs::read_to_string(&file).expect("a source file");
            for (line, imported) in imports(&text) {
                let ours = MAY_IMPORT.iter().any(|(name, _)| *name == imported);
                if ours && imported != *room && !allowed.contains(&imported.as_str()) {
                    wrong.push(format!("{}:{line}: {room} may not import {imported}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_room_is_in_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(src).expect("src").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a plain name");
        if entry.path().is_dir() {
            assert!(MAY_IMPORT.iter().any(|(room, _)| *room == name), "{name} has no row in MAY_IMPORT");
        }
    }
}

/// A past is invented for the demonstration alone, in a database of its own.
#[test]
fn only_the_demonstration_dates_back() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    let says = |file: &&PathBuf| fs::read_to_string(file).expect("a source file").contains("date_back");
    let named = files
        .iter()
        .filter(says)
        .map(|file| file.strip_prefix(root).expect("a file of ours").to_str().expect("a plain name"));
    let mut named: Vec<_> = named.collect();
    named.sort_unstable();
    assert_eq!(named, ["src/cli/demo/past/mod.rs", "src/store/past.rs"]);
}

/// The one file that lists the providers.
const THE_LIST: &str = "src/sources/mod.rs";
/// Where Rust wants their simulators declared.
const THEIR_SIMULATORS: &str = "src/simulator/mod.rs";
/// Where the files of the catalogue of texts are listed, theirs among them.
const THEIR_TEXTS: &str = "src/texts/catalogue.rs";

/// What of a source file is part of the program: neither comments nor tests.
pub fn program(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let all: Vec<&str> = text.lines().collect();
    // Tests that stand in the file itself are its end; a test module elsewhere is one line of it.
    let begin_tests = |at: usize| {
        let what = all[at..].iter().find(|line| !line.starts_with('#'));
        all[at].starts_with("#[cfg(test)]") && what.is_some_and(|line| line.ends_with('{'))
    };
    let end = (0..all.len()).find(|at| begin_tests(*at)).unwrap_or(all.len());
    let lines = all.into_iter().take(end).enumerate().map(|(number, line)| (number + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Whether a file holds nothing but tests.
pub fn is_of_tests(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// A provider stands in its folder, its simulator and the list: whatever else the program needs to know of it, it asks for.
#[test]
fn no_provider_is_named_outside_its_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    templates(&root.join("templates"), &mut files);
    let (mut wrong, mut inside) = (Vec::new(), 0);
    for identity in PROVIDERS.iter().map(|provider| provider.identity()) {
        let (id, name) = (identity.id.as_str(), identity.name.to_lowercase());
        let folders = ["sources", "simulator"].map(|room| format!("src/{room}/{id}/"));
        for file in &files {
            let path = file.strip_prefix(root).expect("a file of ours").to_str().expect("a plain name");
            let text = fs::read_to_string(file).expect("a text");
            let named =
                |line: &str| [id, &name, &name.replace(' ', "")].iter().any(|word| line.contains(*word));
            let lines = program(&text).filter(|(_, line)| named(&line.to_lowercase()));
            if folders.iter().any(|folder| path.starts_with(folder)) {
                inside += lines.count();
            } else if path != THE_LIST && !is_of_tests(path) {
                let declares = |line: &str| match path {
                    THEIR_SIMULATORS => line == format!("pub mod {id};"),
                    THEIR_TEXTS => line == format!("    \"{id}\","),
                    _ => false,
                };
                let lines = lines.filter(|(_, line)| !declares(line));
                wrong.extend(lines.map(|(number, line)| format!("{path}:{number}: {}", line.trim())));
            }
        }
    }
    assert!(inside > 20, "{inside} lines of the folders name their provider: this looks at too little");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("templates").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { templates(&entry, found) } else { found.push(entry) }
    }
}
