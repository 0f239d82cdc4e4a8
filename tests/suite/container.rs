//! What runs Ramal in containers says nothing that is not so: files, versions, ports, settings, commands and their flags.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use ramal::config::{Settings, Surroundings};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions of the Dockerfile, continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let split = |line: &str| line.split_once(' ').map(|(word, rest)| (word.to_owned(), rest.to_owned()));
    lines.filter_map(split).collect()
}

/// What stands behind every one of these instructions.
fn of(instruction: &str) -> Vec<String> {
    let all = instructions().into_iter().filter(|(word, _)| word == instruction);
    all.map(|(_, rest)| rest.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The lists that stand behind `key:` in compose.yaml, each on its line.
fn lists(key: &str) -> Vec<Vec<String>> {
    let text = read("compose.yaml");
    let list =
        |line: &str| line.trim().strip_prefix(&format!("{key}: "))?.strip_prefix('[').map(str::to_owned);
    let lists = text.lines().filter_map(list).map(|rest| format!("[{rest}"));
    lists.map(|list| serde_json::from_str(&list).unwrap_or_else(|error| panic!("{list}: {error}"))).collect()
}

fn list(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A command line of the program with every flag that it names.
fn is_understood(arguments: &[String]) {
    let words: Vec<_> = arguments.iter().take_while(|word| !word.starts_with("--")).collect();
    let output = Command::new(env!("CARGO_BIN_EXE_ramal")).args(&words).arg("--help").env_clear().output();
    let help = String::from_utf8(output.expect("the program runs").stdout).expect("UTF-8");
    for flag in arguments.iter().filter(|word| word.starts_with("--")) {
        assert!(
            help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
            "{words:?} has no {flag}"
        );
    }
    let last = words.last().expect("a command");
    assert!(help.contains(&format!("{last} [OPTIONS]")), "{words:?} is no command:\n{help}");
}

#[test]
fn the_image_is_built_from_what_is_here_by_the_version_that_is_asked_for() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let version = manifest["package"]["rust-version"].as_str().expect("a version");
    assert_eq!(of("FROM"), [format!("rust:{version}-alpine AS build"), "scratch".to_owned()]);
    let ignored = read(".dockerignore");
    let taken: BTreeSet<_> = ignored.lines().filter_map(|line| line.strip_prefix('!')).collect();
    for path in &taken {
        assert!(root().join(path).exists(), "{path} is not here");
    }
    let mut needed = BTreeSet::from(["Cargo.toml", "Cargo.lock", "src", "benches"]);
    let sources = fs::read_dir(root()).expect("the root").map(|entry| entry.expect("an entry").file_name());
    let folders: Vec<_> = sources.map(|name| name.into_string().expect("a plain name")).collect();
    let mut text = String::new();
    sources_below(&root().join("src"), &mut text);
    let includes: Vec<_> = text.lines().filter(|line| line.contains("include_")).collect();
    for folder in &folders {
        if includes.iter().any(|line| line.contains(&format!("../{folder}/"))) {
            needed.insert(folder);
        }
    }
    needed.insert("templates");
    assert!(needed.is_subset(&taken), "{needed:?} of {taken:?}");
    assert!(["migrations", "locales", "static"].iter().all(|path| needed.contains(path)), "{needed:?}");
}

fn sources_below(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            sources_below(&entry, text);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(&entry).expect("a source file"));
        }
    }
}

#[test]
fn the_image_runs_as_nobody_in_particular_and_asks_after_its_health() {
    let user = of("USER");
    let (user, group) = user[0].split_once(':').expect("with a group");
    assert!(user.parse::<u32>().expect("a number, for there are no names") > 0 && group == user);
    assert_eq!(of("VOLUME"), ["/data"], "where the embedded database is, seen from /");
    let [entry] = &of("ENTRYPOINT")[..] else { panic!("one entry") };
    let [program] = &list(entry)[..] else { panic!("the program alone") };
    let built = of("RUN").join(" ");
    assert!(
        built.contains(&format!("/image{program}"))
            && built.contains(&format!("-o {user} -g {group} /image/data"))
    );
    is_understood(&list(&of("CMD")[0]));
    let health = of("HEALTHCHECK");
    let (_, health) = health[0].split_once("CMD ").expect("a command");
    let health = list(health);
    assert_eq!(health.first(), Some(program));
    is_understood(&health[1..]);
}

/// The variables that the image and compose.yaml set, as the program reads them.
#[test]
fn the_containers_settings_are_the_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let env: BTreeMap<_, _> = of("ENV")
        .iter()
        .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let around = Surroundings { env: env.clone(), ..Surroundings::here() };
    let alone = Settings::read(None, Vec::new(), &around).expect("settings of the image");
    assert_eq!(of("EXPOSE"), [alone.listen.port().to_string()]);
    assert!(alone.listen.ip().is_unspecified(), "seen from outside");
    assert_eq!(alone.database.expose(), "sqlite://data/ramal.db");

    let compose = read("compose.yaml");
    let secret = |line: &str| {
        let (name, file) = line.trim().split_once(": /run/secrets/")?;
        Some((name.to_owned(), file.to_owned()))
    };
    let secrets: Vec<_> = compose.lines().filter_map(secret).collect();
    assert_eq!(secrets.len(), 3, "{secrets:?}");
    let mut with_secrets = env;
    for (name, file) in secrets {
        assert!(compose.contains(&format!("{file}: {{ file: ./secrets/{file} }}")), "{file}");
        let text = match file.as_str() {
            "database_url" => "postgres://ramal:x@postgres/ramal\n".to_owned(),
            _ => "0123456789abcdef".repeat(4),
        };
        let path = folder.path().join(file);
        fs::write(&path, text).expect("written");
        if name.starts_with("RAMAL_") {
            with_secrets.insert(name, path.to_str().expect("a plain path").to_owned());
        }
    }
    let around = Surroundings { env: with_secrets, ..Surroundings::here() };
    let demo = read("config/demo.toml");
    let settings = Settings::read(Some((Path::new("config/demo.toml"), &demo)), Vec::new(), &around);
    let settings = settings.expect("settings of compose.yaml with the profile demo");
    assert_eq!(settings.database.expose(), "postgres://ramal:x@postgres/ramal");
    assert_eq!(settings.companies[0].sources.len(), 3);
}

/// Containers speak to each other by the names, ports and tokens that both sides know.
#[test]
fn compose_yaml_runs_commands_that_exist_and_ports_that_are_listened_on() {
    let (compose, demo) = (read("compose.yaml"), read("config/demo.toml"));
    let commands = lists("command");
    assert_eq!(commands.len(), 5);
    let mut listened = BTreeSet::from(["3000".to_owned()]);
    for command in &commands {
        is_understood(command);
        let after = |flag: &str| command.iter().skip_while(|word| *word != flag).nth(1);
        listened.extend(after("--listen").and_then(|listen| Some(listen.rsplit_once(':')?.1.to_owned())));
        for told in [after("--token"), after("--secret")].into_iter().flatten() {
            assert!(demo.contains(&format!("\"{told}\"")), "{told} is not in config/demo.toml");
        }
    }
    for test in lists("test").iter().filter(|test| test[0] == "CMD") {
        is_understood(&test[2..]);
    }
    for published in lists("ports").concat() {
        let inside = published.rsplit_once(':').expect("host and container").1;
        assert!(listened.contains(inside), "nobody listens on {inside}");
    }
    let named = compose.lines().chain(demo.lines()).filter(|line| line.contains("http://"));
    for url in named.flat_map(|line| line.split('"')).filter(|word| word.starts_with("http://")) {
        let (host, rest) = url["http://".len()..].split_once(':').expect("with a port");
        let port = rest.split('/').next().expect("a port");
        let is_service =
            compose.contains(&format!("\n  {host}:\n")) || ["127.0.0.1", "localhost"].contains(&host);
        assert!(is_service && listened.contains(port), "{url}");
    }
    assert!(compose.contains("- ./config:/config:ro") && root().join("config").is_dir());
    assert!(read(".gitignore").lines().any(|line| line == "/secrets"), "secrets are not committed");
}
