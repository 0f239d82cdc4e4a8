//! What the documents promise about the package: each dependency has its reason, each room its paragraph, each link
//! its target, and lock files name no registry.

mod checklist;
mod counted;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
    let used: BTreeSet<&str> = tables
        .iter()
        .filter_map(|table| manifest.get(*table)?.as_table())
        .flat_map(|table| table.keys().map(String::as_str))
        .collect();
    let text = read("docs/dependencies.md");
    let reasons: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**: "))
        .filter(|(_, reason)| reason.len() > 10)
        .map(|(name, _)| name)
        .collect();
    let without_reason: Vec<_> = used.difference(&reasons).collect();
    let not_used: Vec<_> = reasons.difference(&used).collect();
    assert!(without_reason.is_empty(), "not in docs/dependencies.md: {without_reason:?}");
    assert!(not_used.is_empty(), "in docs/dependencies.md, not in Cargo.toml: {not_used:?}");
}

#[test]
fn every_room_has_its_paragraph() {
    let text = read("docs/architecture.md");
    for entry in fs::read_dir(root().join("src")).expect("src").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a plain name");
        if entry.path().is_dir() {
            assert!(text.contains(&format!("| `{name}/` |")), "docs/architecture.md does not list {name}/");
        }
    }
}

/// The table of invariants: each has a row, and each test that it names is in the file that it names.
#[test]
fn every_invariant_has_its_tests() {
    let text = read("docs/architecture.md");
    let invariants = text
        .lines()
        .filter(|line| line.split_once(". **").is_some_and(|(number, _)| number.parse::<u8>().is_ok()));
    let rows: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter(|(number, _)| number.parse::<u8>().is_ok())
        .collect();
    let numbers: Vec<String> = (1..=invariants.count()).map(|number| number.to_string()).collect();
    assert!(numbers.len() >= 11, "{numbers:?}");
    assert_eq!(rows.iter().map(|(number, _)| *number).collect::<Vec<_>>(), numbers);
    for (number, row) in rows {
        let tests = row.split_once(" | ").expect("three columns").1.trim_end_matches(" |");
        tests_are_there(&format!("invariant {number}"), tests);
    }
}

/// Each fault says what is promised and names the tests that show it.
#[test]
fn every_fault_has_its_tests() {
    let text = read("docs/faults.md");
    let (text, _) = text.split_once("\n## Counted\n").expect("the chapter of figures");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect::<Vec<_>>())
        .filter(|columns| columns[0] != "fault")
        .collect();
    assert!(rows.len() > 30, "{}", rows.len());
    for columns in rows {
        let [fault, promised, shown] = columns[..] else { panic!("three columns: {columns:?}") };
        assert!(promised.len() > 10, "{fault}: what is promised?");
        tests_are_there(fault, shown);
    }
}

/// The table of what is shared: each row has tests, and they are where it says.
#[test]
fn everything_that_is_shared_has_its_tests() {
    let text = read("docs/architecture.md");
    let (_, rest) = text.split_once("## Who shares what").expect("the chapter");
    let table = rest.split("\n## ").next().expect("its end");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect())
        .skip(1)
        .collect();
    assert!(rows.len() >= 12, "{} rows", rows.len());
    for row in rows {
        let [shared, total, share, tests] = row[..] else { panic!("four columns: {row:?}") };
        assert!(!total.is_empty() && !share.is_empty(), "{shared}");
        tests_are_there(shared, tests);
    }
}

/// Tests named as `path`: `one`, `another`; `path`: `third`.
fn tests_are_there(of: &str, list: &str) {
    for part in list.split("; ") {
        let (path, names) = part.split_once(": ").unwrap_or_else(|| panic!("{of}: {part}"));
        let source = read(path.trim_matches('`'));
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            assert!(is_test(&source, name), "{of}: {path} has no test {name}");
        }
    }
}

/// Whether this name is a test of the source: marked as one, or a case of a `contract!` that is there.
fn is_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let is_fn = |line: &str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        line.strip_prefix("fn ").is_some_and(|rest| rest.starts_with(&format!("{name}(")))
    };
    let Some(at) = lines.iter().position(|line| is_fn(line)) else { return false };
    let marked = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("#["))
        .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
    let cases = source.split("contract! {").skip(1).filter_map(|rest| rest.split('}').next());
    let mut cases = cases.flat_map(|block| block.split(',').map(str::trim));
    marked || cases.any(|case| case == name)
}

/// Markdown files that people read, without those of installed packages.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            pages(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            found.push(entry);
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut found =
        vec![root().join("README.md"), root().join("README.pt-BR.md"), root().join("CHANGELOG.md")];
    pages(&root().join("docs"), &mut found);
    for page in found {
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        let folder = page.parent().expect("a page is in a folder");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            assert!(folder.join(target).exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}

#[test]
fn every_log_line_is_documented() {
    let text = read("docs/operations.md");
    for line in ramal::log::lines::Line::ALL {
        assert!(
            text.contains(&format!("`{}`", line.as_str())),
            "docs/operations.md does not list {}",
            line.as_str()
        );
    }
}

#[test]
fn every_metric_is_documented() {
    let (source, text) = (read("src/watch/metrics.rs"), read("docs/operations.md"));
    let named = |rest: &str| Some(rest.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned());
    let registered: Vec<_> = source.split("registry,").skip(1).filter_map(named).collect();
    assert!(registered.len() > 20, "{registered:?}");
    for name in registered {
        assert!(text.contains(&format!("`{name}`")), "docs/operations.md does not list {name}");
    }
}

/// A body, its secret and the signature that we send with it.
struct Signed {
    body: &'static str,
    secret: &'static str,
    signature: String,
}

fn signed() -> Signed {
    use ramal::secrets::{HmacKey, Secret};

    let (body, secret) = (r#"{"event":"agent-is-idle","payload":{"n":1.0}}"#, "minha_chave_secreta");
    let key = HmacKey::from_text(&Secret::new(secret)).expect("a key");
    Signed { body, secret, signature: key.sign(&[body.as_bytes()]).to_hex() }
}

/// The first block of code in this language on the page.
fn block(page: &str, language: &str) -> String {
    let text = read(page);
    let start = format!("```{language}\n");
    let rest = text.split_once(&start).unwrap_or_else(|| panic!("{page} has no {language}")).1;
    rest.split_once("```").expect("it ends").0.to_owned()
}

/// Runs a documented verifier as a reader would, with checks behind it that end the program with 0 or another status.
fn run(page: &str, interpreter: &str, name: &str, code: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::write(&file, code).expect("written");
    let output = std::process::Command::new(interpreter).arg(&file).output();
    let output = output.unwrap_or_else(|error| panic!("{interpreter}: {error}"));
    assert!(output.status.success(), "{page}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_documented_verifier_for_node_accepts_what_we_sign_and_nothing_else() {
    let Signed { body, secret, signature } = signed();
    for page in ["docs/verify-signature.md", "README.md", "README.pt-BR.md"] {
        let checks = format!(
            "const right = isFromRamal(Buffer.from({body:?}), {signature:?}, {secret:?});
             const wrong = [[\"x\", {signature:?}], [{body:?}, \"\"], [{body:?}, undefined], [{body:?}, \"zz\"]];
             const fooled = wrong.some(([body, header]) => isFromRamal(Buffer.from(body), header, {secret:?}));
             const other = isFromRamal(Buffer.from({body:?}), {signature:?}, \"another\");
             process.exit(right && !fooled && !other ? 0 : 1);"
        );
        run(page, "node", "verify.mjs", &format!("{}\n{checks}", block(page, "js")));
    }
}

#[test]
fn the_documented_verifier_for_python_accepts_what_we_sign_and_nothing_else() {
    let Signed { body, secret, signature } = signed();
    let page = "docs/verify-signature.md";
    let checks = format!(
        "body, signature, secret = {body:?}.encode(), {signature:?}, {secret:?}\n\
         wrong = [(b'x', signature, secret), (body, '', secret), (body, None, secret), (body, 'zz', secret),\n\
         \x20        (body, 'ç', secret), (body, signature, 'another')]\n\
         right = is_from_ramal(body, signature, secret)\n\
         raise SystemExit(0 if right and not any(is_from_ramal(*one) for one in wrong) else 1)\n"
    );
    run(page, "python3", "verify.py", &format!("{}\n{checks}", block(page, "python")));
}

#[test]
fn lock_files_name_no_registry() {
    for folder in ["tests/npm", "benches/npm"] {
        let path = root().join(folder).join("package-lock.json");
        if path.exists() {
            let text = fs::read_to_string(&path).expect("a lock file");
            assert!(!text.contains("\"resolved\""), "{}: has resolved URLs", path.display());
        }
    }
}

/// Whether an item of this name is defined in the source.
fn defines(source: &str, name: &str) -> bool {
    ["struct ", "enum ", "trait ", "fn ", "id!(", "    "].iter().any(|kind| {
        source.match_indices(&format!("{kind}{name}")).any(|(at, found)| {
            let after = source[at + found.len()..].chars().next();
            after.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    })
}

/// The words of the program, each where the glossary says.
#[test]
fn every_word_of_the_glossary_is_in_the_program() {
    let text = read("docs/glossary.md");
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|line| line.split(" | ").collect())
        .skip(1)
        .collect();
    assert_eq!(rows.len(), 41);
    assert!(rows.is_sorted(), "by the word");
    for row in rows {
        let [word, means, is, place] = row[..] else { panic!("four columns: {row:?}") };
        let source = read(place.trim_matches('`'));
        assert!(means.len() > 10 && defines(&source, is.trim_matches('`')), "{word}: {is} is not in {place}");
    }
}

/// What the documents say of the program's files, folders included.
#[test]
fn every_file_that_the_architecture_names_is_there() {
    let text = read("docs/architecture.md");
    let mut named = 0;
    for path in text.split('`').skip(1).step_by(2) {
        let is_path = path.contains('/')
            && !path.contains(['<', ' ', '*'])
            && path.starts_with(|c: char| c.is_ascii_lowercase());
        let roots = ["", "src/"];
        if is_path
            && path
                .split('/')
                .next()
                .is_some_and(|first| roots.iter().any(|root| self::root().join(root).join(first).exists()))
        {
            named += 1;
            assert!(
                roots.iter().any(|root| self::root().join(root).join(path).exists()),
                "{path} is not there"
            );
        }
    }
    assert!(named > 50, "{named} paths");
}
