//! Imports point one way (`docs/architecture.md`). A line that points the other way fails here.

use std::fs;
use std::path::{Path, PathBuf};

/// For each room, the rooms of ours that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("log", &["domain"]),
    ("texts", &["domain"]),
    ("duties", &["domain", "log"]),
    ("listener", &[]),
    ("secrets", &["domain"]),
    ("config", &["domain", "log", "secrets"]),
    ("shares", &[]),
    ("net", &["domain", "shares"]),
    ("socketio", &["shares"]),
    ("store", &["domain", "duties", "secrets"]),
    ("journal", &["domain", "duties", "log", "store"]),
    ("sources", &["domain", "log", "secrets", "net", "socketio", "store", "journal"]),
    ("delivery", &["domain", "log", "secrets", "shares", "net", "store", "journal"]),
    ("watch", &["domain", "duties", "log", "listener", "store", "journal"]),
    (
        "runtime",
        &[
            "domain", "duties", "log", "config", "secrets", "shares", "net", "socketio", "store", "journal",
            "sources", "delivery", "watch",
        ],
    ),
    (
        "admin",
        &[
            "domain", "duties", "log", "config", "secrets", "shares", "net", "store", "journal", "sources",
            "delivery", "watch", "runtime", "texts",
        ],
    ),
    (
        "web",
        &[
            "domain", "log", "config", "secrets", "shares", "net", "store", "journal", "sources", "delivery",
            "watch", "runtime", "admin", "texts", "listener",
        ],
    ),
    ("simulator", &["domain"]),
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
