//! The catalogue of texts: complete in both languages, every sentence of the program in it, and nothing that nobody asks for.

mod asked;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey,
};
use ramal::sources::PROVIDERS;
use ramal::texts::FILES;

use asked::{Asked, asked, programs, root};

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

/// What a provider is called, and what it says, stands in its own file: elsewhere its name is an argument.
#[test]
fn no_text_names_a_provider_outside_its_file() {
    for identity in PROVIDERS.iter().map(|provider| provider.identity()) {
        let others = FILES.iter().filter(|(file, ..)| *file != identity.id.as_str());
        for (file, portuguese, english) in others {
            for text in [portuguese, english] {
                let named = text.lines().find(|line| line.contains(identity.name));
                assert_eq!(named, None, "{file}.ftl names {}", identity.name);
            }
        }
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

#[test]
fn every_text_asked_for_is_there_and_every_text_there_is_asked_for() {
    let (there, asked) = (texts(0), asked(&["say", "msg"]));
    assert!(asked.len() > 500, "{} texts are asked for", asked.len());
    let missing: Vec<_> = asked.iter().filter(|asked| !there.contains_key(&asked.key)).collect();
    assert!(missing.is_empty(), "asked for, not in the catalogue: {missing:#?}");
    let keys: BTreeSet<_> = asked.iter().map(|asked| asked.key.as_str()).collect();
    let unused: Vec<_> = there.keys().filter(|key| !keys.contains(key.as_str())).collect();
    assert!(unused.is_empty(), "in the catalogue, asked for by nobody: {unused:?}");
}

#[test]
fn every_text_is_given_exactly_the_arguments_that_it_needs() {
    let there = texts(0);
    let wrong = asked(&["say", "msg"]).into_iter().filter_map(|Asked { key, place, given }| {
        let needed = &there.get(&key)?.arguments;
        (given != *needed).then(|| format!("{place}: {key} needs {needed:?} and is given {given:?}"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files with Portuguese that is no sentence of the program.
const NO_SENTENCES: [(&str, &str); 9] = [
    ("src/cli/demo/mod.rs", "names of the demo's companies and webhooks"),
    ("src/simulator/teravoz/words.rs", "the provider's own answers"),
    ("src/simulator/threecplus/payload.rs", "names of people in made-up events"),
    ("src/simulator/threecplus/rest.rs", "the provider's own answers"),
    ("src/web/panel/account.rs", "a language is called by its own name in both"),
    ("src/web/panel/zones.rs", "names of places"),
    ("src/texts", "the catalogue itself"),
    ("templates/panel/bare.html", "a language is called by its own name in both"),
    ("templates/panel/frame.html", "a language is called by its own name in both"),
];

#[test]
fn every_sentence_stands_in_the_catalogue() {
    let is_portuguese = |c: char| "ãõçáéíóúâêôàÃÕÇÁÉÍÓÚÂÊÔÀ".contains(c);
    let (mut wrong, mut needed) = (Vec::new(), BTreeSet::new());
    for (name, text) in programs() {
        for (number, line) in text.lines().enumerate() {
            let line = line.split(" // ").next().unwrap_or_default();
            let picks = line.contains(".pick(") && name != "src/domain/lang.rs";
            if !line.contains(is_portuguese) && !picks {
                continue;
            }
            match NO_SENTENCES.iter().find(|(path, _)| name.starts_with(path)) {
                Some((path, _)) => drop(needed.insert(*path)),
                None => wrong.push(format!("{name}:{}: {}", number + 1, line.trim())),
            }
        }
    }
    assert!(wrong.is_empty(), "sentences outside `locales/`:\n{}", wrong.join("\n"));
    assert_eq!(needed.len(), NO_SENTENCES.len(), "only {needed:?} are exceptions");
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
    let used: BTreeSet<_> = asked(&["icon"]).into_iter().map(|asked| asked.key).collect();
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
