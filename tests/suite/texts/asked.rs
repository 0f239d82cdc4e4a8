//! What the sources and the templates ask for, read from their text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::arrows::{is_of_tests, program};

/// One place where something is asked for.
#[derive(Debug)]
pub struct Asked {
    pub key: String,
    /// Its file and line.
    pub place: String,
    /// The arguments that it is given there, by name.
    pub given: BTreeSet<String>,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

/// The files below `src` and `templates`: each with its name and what of it is part of the program.
pub fn programs() -> impl Iterator<Item = (String, String)> {
    let mut found = Vec::new();
    files(&root().join("src"), &mut found);
    files(&root().join("templates"), &mut found);
    found.into_iter().filter_map(|path| {
        let name = path.strip_prefix(root()).expect("a file of ours").to_str().expect("a plain name");
        let text = || fs::read_to_string(&path).expect("a text file");
        let of_program = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") if !is_of_tests(name) => lines_of_program(&text()),
            Some("html") => text(),
            // Tests, and what providers send.
            _ => return None,
        };
        Some((name.to_owned(), of_program))
    })
}

/// The lines of the program at their places; what is none of it is empty.
fn lines_of_program(text: &str) -> String {
    let mut lines = vec![""; text.lines().count()];
    for (number, line) in program(text) {
        lines[number - 1] = line;
    }
    lines.join("\n")
}

/// Wherever one of these functions is called with a key that is written out.
pub fn asked(calls: &[&str]) -> Vec<Asked> {
    let mut found = Vec::new();
    for (name, text) in programs() {
        for call in calls {
            let opened = format!("{call}(");
            for (at, _) in text.match_indices(&opened) {
                if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                    continue;
                }
                let inside = at + opened.len();
                let Some(key) = key(&text[inside..]) else { continue };
                let place = format!("{name}:{}", text[..at].matches('\n').count() + 1);
                found.push(Asked { key: key.to_owned(), place, given: given(&text, at, inside) });
            }
        }
    }
    found
}

/// The key that a call begins with, or has behind the language.
fn key(inside: &str) -> Option<&str> {
    let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '*');
    let rest = inside.trim_start();
    let behind = rest.trim_start_matches(is_path).strip_prefix(',').map_or(rest, str::trim_start);
    behind.strip_prefix('"')?.split('"').next()
}

/// The arguments of the call at `at`: of the chain behind it, and of the name that it is bound to, by itself or through the
/// arms of a `match`.
fn given(text: &str, at: usize, inside: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut end = chain(text, closed(text, inside), &mut names);
    let mut begun = at;
    loop {
        let before = text[..begun].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "_.&".contains(c));
        if let Some(bound) = bound(before) {
            // The name is good until the block ends that it stands in.
            let scope = &text[end..closed(text, end).min(text.len())];
            for (at, _) in scope.match_indices(bound) {
                let rest = end + at + bound.len();
                let is_whole =
                    !scope[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "_.\"".contains(c));
                if is_whole && text[rest..].trim_start().starts_with(".with(") {
                    chain(text, rest, &mut names);
                }
            }
            return names;
        }
        // Out of the block, if that is one whose value is bound.
        let Some(brace) = opening(text, at.min(begun)) else { return names };
        let head = text[..brace].rfind([';', '{', '}']).map_or(0, |from| from + 1);
        let Some(word) = ["= match ", "= if "].into_iter().find_map(|word| text[head..brace].find(word))
        else {
            return names;
        };
        begun = head + word + 2;
        end = closed(text, brace + 1);
    }
}

/// The name that `let name =` binds, at the end of a text.
fn bound(before: &str) -> Option<&str> {
    let (left, name) = before.trim_end().strip_suffix('=')?.trim_end().rsplit_once(' ')?;
    (left.ends_with("let") || left.ends_with("let mut")).then_some(name)
}

/// Follows `.with("name", …)` as often as it comes, and says where it ends.
fn chain(text: &str, mut at: usize, names: &mut BTreeSet<String>) -> usize {
    loop {
        let rest = &text[at..];
        let Some(call) = rest.trim_start().strip_prefix(".with(") else { return at };
        let inside = text.len() - call.len();
        let Some(name) = call.trim_start().strip_prefix('"').and_then(|name| name.split('"').next()) else {
            return at;
        };
        names.insert(name.to_owned());
        at = closed(text, inside);
    }
}

/// Behind the bracket that closes what is open at `at`.
fn closed(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut open = 1;
    while open > 0 && at < bytes.len() {
        match bytes[at] {
            b'"' => at = quoted(bytes, at),
            b'\'' if bytes.get(at + 1) == Some(&b'\\') => at += 3,
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 2,
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    at
}

/// The quotation mark that ends the one at `at`.
fn quoted(bytes: &[u8], mut at: usize) -> usize {
    at += 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at
}

/// The brace that is open at `at`. (Braces in quotes come in pairs.)
fn opening(text: &str, at: usize) -> Option<usize> {
    let mut closed = 0;
    for (place, c) in text[..at].char_indices().rev() {
        match c {
            '}' => closed += 1,
            '{' if closed == 0 => return Some(place),
            '{' => closed -= 1,
            _ => {}
        }
    }
    None
}
