//! The catalogue of texts: complete in both languages, and nothing in it that no page asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey,
};
use ramal::texts::FILES;

/// What a text needs and distinguishes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shape {
    arguments: BTreeSet<String>,
    /// `$role: operator, reader, *`; plural cases are each language's own and are not compared.
    cases: BTreeSet<String>,
}

const PLURALS: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn shape(pattern: &Pattern<&str>, shape: &mut Shape) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            expression_shape(expression, shape);
        }
    }
}

fn expression_shape(expression: &Expression<&str>, into: &mut Shape) {
    match expression {
        Expression::Inline(inline) => inline_shape(inline, into),
        Expression::Select { selector, variants } => {
            inline_shape(selector, into);
            for variant in variants {
                let key = match &variant.key {
                    VariantKey::Identifier { name } => (*name).to_owned(),
                    VariantKey::NumberLiteral { value } => (*value).to_owned(),
                };
                if !PLURALS.contains(&key.as_str()) {
                    into.cases.insert(key);
                }
                shape(&variant.value, into);
            }
        }
    }
}

fn inline_shape(inline: &InlineExpression<&str>, into: &mut Shape) {
    match inline {
        InlineExpression::VariableReference { id } => {
            into.arguments.insert(id.name.to_owned());
        }
        InlineExpression::Placeable { expression } => expression_shape(expression, into),
        InlineExpression::FunctionReference { arguments: CallArguments { positional, .. }, .. } => {
            for argument in positional {
                inline_shape(argument, into);
            }
        }
        InlineExpression::MessageReference { .. } | InlineExpression::TermReference { .. } => {
            panic!("a text stands for itself: write it out instead of referring to another")
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
    }
}

/// Every text of one language, by key.
fn texts(language: usize) -> BTreeMap<String, Shape> {
    let mut found = BTreeMap::new();
    for (name, portuguese, english) in FILES {
        let text = [portuguese, english][language];
        let parsed = fluent_syntax::parser::parse(*text)
            .unwrap_or_else(|(_, errors)| panic!("{name} ({language}): {errors:?}"));
        for entry in parsed.body {
            if let Entry::Message(message) = entry {
                let value = message.value.unwrap_or_else(|| panic!("{} has no text", message.id.name));
                let mut its = Shape::default();
                shape(&value, &mut its);
                let before = found.insert(message.id.name.to_owned(), its);
                assert!(before.is_none(), "{} stands twice", message.id.name);
            }
        }
    }
    found
}

#[test]
fn both_languages_say_the_same_things() {
    let (portuguese, english) = (texts(0), texts(1));
    assert!(portuguese.len() > 50, "{} texts", portuguese.len());
    let keys = |texts: &BTreeMap<String, Shape>| texts.keys().cloned().collect::<BTreeSet<_>>();
    let (ours, theirs) = (keys(&portuguese), keys(&english));
    let only_one: Vec<_> = ours.symmetric_difference(&theirs).collect();
    assert!(only_one.is_empty(), "in one language only: {only_one:?}");
    for (key, shape) in &portuguese {
        assert_eq!(Some(shape), english.get(key), "{key} differs in its arguments or its cases");
    }
}

#[test]
fn every_file_of_the_catalogue_is_embedded() {
    let embedded: BTreeSet<_> = FILES.iter().map(|(name, ..)| format!("{name}.ftl")).collect();
    for folder in ["locales/pt-BR", "locales/en"] {
        let here: BTreeSet<_> = fs::read_dir(root().join(folder))
            .expect("a folder of the catalogue")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a plain name"))
            .collect();
        assert_eq!(here, embedded, "{folder}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() { files(&entry, found) } else { found.push(entry) }
    }
}

/// What stands between `call("` and the closing quote, wherever it does.
fn asked(call: &str) -> BTreeMap<String, PathBuf> {
    let mut sources = Vec::new();
    files(&root().join("src/web"), &mut sources);
    files(&root().join("src/admin"), &mut sources);
    sources.push(root().join("src/cli/rebuild.rs"));
    files(&root().join("templates"), &mut sources);
    let mut found = BTreeMap::new();
    for path in sources {
        let text = fs::read_to_string(&path).expect("a text file");
        for (at, _) in text.match_indices(call) {
            if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
                continue;
            }
            let rest = text[at + call.len()..].trim_start();
            let rest =
                rest.strip_prefix("self.lang,").or(rest.strip_prefix("lang,")).unwrap_or(rest).trim_start();
            if let Some(key) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) {
                found.insert(key.to_owned(), path.clone());
            }
        }
    }
    found
}

#[test]
fn every_text_asked_for_is_there_and_every_text_there_is_asked_for() {
    let (there, asked) = (texts(0), asked("say("));
    assert!(asked.len() > 50, "{} texts are asked for", asked.len());
    let missing: Vec<_> = asked.iter().filter(|(key, _)| !there.contains_key(*key)).collect();
    assert!(missing.is_empty(), "asked for, not in the catalogue: {missing:#?}");
    let unused: Vec<_> = there.keys().filter(|key| !asked.contains_key(*key)).collect();
    assert!(unused.is_empty(), "in the catalogue, asked for by nobody: {unused:?}");
}

#[test]
fn the_sprite_holds_the_icons_in_use_and_no_other() {
    let sprite = fs::read_to_string(root().join("static/vendor/lucide/sprite.svg")).expect("the sprite");
    let there: BTreeSet<_> = sprite
        .split("<symbol id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect();
    let used: BTreeSet<_> = asked("icon(").into_keys().collect();
    assert!(used.len() > 10, "{used:?}");
    assert_eq!(there, used, "run static/vendor/update.mjs");
}

#[test]
fn what_others_wrote_keeps_its_licence() {
    let vendor = root().join("static/vendor");
    let listed = fs::read_to_string(vendor.join("README.md")).expect("the list");
    for entry in fs::read_dir(&vendor).expect("static/vendor").map(|entry| entry.expect("an entry").path()) {
        let name = entry.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        if entry.is_dir() && name != "node_modules" {
            assert!(entry.join("LICENSE").exists(), "{name} has no licence");
            assert!(listed.contains(&format!("`{name}/`")), "{name} is not in the list");
        }
    }
}
