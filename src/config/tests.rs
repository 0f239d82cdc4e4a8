use std::fmt::Write as _;

use super::*;
use crate::domain::webhook::Pause;
use crate::domain::{Format, Lang, Operator, Pattern};
use crate::log::LogFormat;
use crate::sources::settings::Given;

mod documents;
mod listeners;
mod proxy;
mod refusals;
mod smtp;

const DOCUMENTED: &str = include_str!("../../config/ramal.toml");
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=";

fn files(path: &Path) -> io::Result<String> {
    match path.to_str() {
        Some("/run/secrets/token") => Ok("token-from-a-file\n".to_owned()),
        Some("/run/secrets/key") => Ok(format!("{KEY}\n")),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

fn around(env: &[(&str, &str)]) -> Surroundings<'static> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let env_places = BTreeMap::new();
    Surroundings { env, env_places, read: &files, cores: 3, memory: Some(8 << 30), host: "caixa".to_owned() }
}

fn read(text: &str, env: &[(&str, &str)]) -> Result<Settings, String> {
    Settings::read(Some((Path::new("r.toml"), text)), Vec::new(), &around(env))
        .map_err(|errors| errors.text(Lang::En))
}

fn good(text: &str, env: &[(&str, &str)]) -> Settings {
    read(text, env).unwrap_or_else(|error| panic!("{error}\nin\n{text}"))
}

#[test]
fn nothing_has_to_be_set() {
    let settings = Settings::read(None, Vec::new(), &around(&[])).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.database.expose(), "sqlite://data/ramal.db");
    assert_eq!((settings.node.as_str(), settings.workers), ("caixa", 3));
    assert!(settings.companies.is_empty() && settings.guard_allow.is_empty());
}

#[test]
fn companies_are_kept_as_code() {
    let settings = good(
        r#"
            listen = "127.0.0.1:9000"
            database_url = "sqlite://data/ramal.db"
            [guard]
            allow = ["127.0.0.0/8"]
            [[company]]
            name = "Minha Empresa"
            [company.threecplus]
            id = "12345"
            token = "rRrXvDCg07AEJRYKenHDxxymhQ5h8KrL"
            socket_url = "https://socket.3c.plus"
            connect = true
            [[company.webhook]]
            name = "Webhook Principal"
            url = "https://api.minhaempresa.com/webhook"
            events = ["agent-is-idle", "call-*"]
            bearer = "meu_token_secreto"
            secret = "minha_chave_secreta"
            [company.webhook.headers]
            X-Team = "vendas"
            [company.webhook.rules]
            "call-*" = [{ path = "call.status", operator = "less_than", value = 4 }]
            [[company]]
            name = "Outra"
            [company.tellicon]
        "#,
        &[],
    );
    assert_eq!(settings.guard_allow, ["127.0.0.0/8".parse::<IpNet>().unwrap()]);
    let [first, second] = &settings.companies[..] else { panic!("two companies") };
    let [source] = &first.sources[..] else { panic!("one source") };
    assert_eq!(source.given.text("token"), Some("rRrXvDCg07AEJRYKenHDxxymhQ5h8KrL"));
    assert_eq!((source.given.text("account"), source.connect), (Some("12345"), Some(true)));
    let webhook = &first.webhooks[0];
    assert_eq!(
        *webhook.wishes.events,
        [Pattern::Exact("agent-is-idle".into()), Pattern::Prefix("call-".into())]
    );
    assert_eq!(webhook.secret.as_ref().unwrap().expose(), "minha_chave_secreta");
    assert_eq!(webhook.headers["X-Team"].expose(), "vendas");
    let rule = &webhook.wishes.rules["call-*"][0];
    assert_eq!(
        (rule.path.as_str(), rule.operator, rule.value.as_str()),
        ("call.status", Operator::LessThan, "4")
    );
    assert_eq!((webhook.wishes.format, webhook.settings.concurrency.get()), (Format::Ramal, 32));
    let [source] = &second.sources[..] else { panic!("one source") };
    assert_eq!(
        (source.provider.as_str(), &source.given, source.connect),
        ("tellicon", &Given::default(), None)
    );
    assert!(second.webhooks.is_empty());

    let shown = format!("{settings:?}");
    for secret in ["vDCg07AEJRYKenHD", "meu_token_secreto", "minha_chave_secreta", "\"vendas\""] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}

#[test]
fn the_environment_lies_over_the_file_and_flags_over_both() {
    let file = "listen = \"127.0.0.1:1\"\nworkers = 2\n[log]\nlevel = \"warn\"\n";
    let env = [
        ("RAMAL_LISTEN", "127.0.0.1:2"),
        ("RAMAL_GUARD_ALLOW", "10.0.0.0/8, 127.0.0.1"),
        ("RAMAL_LOG_FORMAT", "json"),
        ("RAMAL_LOG_EVENT_LINES", "true"),
        ("RAMAL_LIMITS_TAIL_BYTES", "1048576"),
        ("RAMAL_WORKERS", ""),
        ("RAMAL_SERVICE_HOST", "10.1.2.3"),
        ("RAMAL_SERVICE_PORT_HTTP", "80"),
        ("RAMAL_PORT", "tcp://10.1.2.3:80"),
        ("RAMAL_CONFIG", "r.toml"),
        ("HOME", "/root"),
    ];
    let flags = vec![
        Flag { flag: "--listen".into(), key: "listen".into(), value: "127.0.0.1:3".into() },
        Flag::assignment("tellicon.lenient = true").unwrap(),
    ];
    let settings = Settings::read(Some((Path::new("r.toml"), file)), flags, &around(&env)).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.workers, 2);
    assert_eq!(settings.guard_allow.len(), 2);
    assert_eq!(settings.limits.tail_bytes, 1 << 20);
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.log.level.to_string(), "warn");
    assert!(settings.log.event_lines && settings.lenient.contains(&Provider::new("tellicon")));
}

/// What Kubernetes sets for one service, and Docker for a link.
fn service(name: &str) -> Vec<(String, String)> {
    let values = [
        ("SERVICE_HOST", "10.0.0.1"),
        ("SERVICE_PORT", "8080"),
        ("SERVICE_PORT_HTTP_METRICS", "9090"),
        ("PORT", "tcp://10.0.0.1:8080"),
        ("PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("PORT_8080_TCP_PROTO", "tcp"),
        ("PORT_8080_TCP_PORT", "8080"),
        ("PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("PORT_53_UDP", "udp://[fd00::1]:53"),
        ("PORT_53_UDP_ADDR", "fd00::1"),
        ("NAME", "/web/db"),
        ("ENV_PG_MAJOR", "18"),
    ];
    values.iter().map(|(key, value)| (format!("{name}_{key}"), (*value).to_owned())).collect()
}

#[test]
fn variables_about_services_are_no_settings_whatever_a_service_is_called() {
    // Some are called like our own tables, or like nothing.
    let names =
        ["", "_WEB", "_POSTGRES", "_X", "_LIMITS", "_COMPANY_1", "_COMPANY_1_WEBHOOK_1", "_PORT", "_SERVICE"];
    for name in names {
        let variables = service(&format!("RAMAL{name}"));
        let variables: Vec<_> = variables.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert!(good("", &variables).companies.is_empty(), "{name}");
        let referred = format!("node = \"n${{RAMAL{name}_SERVICE_PORT}}\"");
        assert_eq!(good(&referred, &variables).node, "n8080", "a reference may name them");
    }
    for (name, value) in [
        ("RAMAL_PORT", "8080"),
        ("RAMAL_LISTEN_PORT", "8080"),
        ("RAMAL_SERVICE_HOST", "ramal.example"),
        ("RAMAL_SERVICE_NAME", "ramal"),
        ("RAMAL_WEB_PORT", "http://10.0.0.1:80"),
        ("RAMAL_PORT_8080_TCP_ADDRESS", "10.0.0.1"),
        ("RAMAL_DB_ENV_PASSWORD", "x"),
        ("RAMAL_NODE_NAME", "a"),
    ] {
        let refused = read("", &[(name, value)]).expect_err(name);
        assert!(refused.starts_with(&format!("{name}: there is no such setting")), "{refused}");
    }
}

#[test]
fn companies_can_come_from_the_environment_alone() {
    let settings = good(
        "[[company]]\nname = \"A\"\n",
        &[
            ("RAMAL_COMPANY_1_THREECPLUS_TOKEN", "abcdefgh"),
            ("RAMAL_COMPANY_2_NAME", "B"),
            ("RAMAL_COMPANY_2_WEBHOOK_1_NAME", "w"),
            ("RAMAL_COMPANY_2_WEBHOOK_1_URL", "https://b.example/"),
            ("RAMAL_COMPANY_2_WEBHOOK_1_EVENTS", "call-*,agent-is-idle"),
            ("RAMAL_COMPANY_2_WEBHOOK_1_RETRY_SECONDS", "1,2"),
            ("RAMAL_COMPANY_2_WEBHOOK_1_HEADERS", "{ \"X-A\" = \"b\" }"),
        ],
    );
    assert_eq!(settings.companies[0].sources[0].given.text("token"), Some("abcdefgh"));
    let webhook = &settings.companies[1].webhooks[0];
    assert_eq!(webhook.wishes.events.len(), 2);
    assert_eq!(*webhook.settings.retry_seconds, [1, 2].map(|s| Pause::new(s).expect("a pause")));
    assert_eq!(webhook.headers["X-A"].expose(), "b");
}

#[test]
fn secrets_come_from_variables_and_files_too() {
    let company = |token: &str| format!("[[company]]\nname = \"A\"\n[company.threecplus]\n{token}\n");
    let token = |text: &str, env: &[(&str, &str)]| {
        good(&company(text), env).companies[0].sources[0].given.text("token").unwrap().to_owned()
    };
    assert_eq!(token("token = \"${T}\"", &[("T", "abcdefgh")]), "abcdefgh");
    assert_eq!(token("token = \"abc${T}-${RAMAL_X}\"", &[("T", "def"), ("RAMAL_X", "g")]), "abcdef-g");
    assert_eq!(token("token = \"$${T}-abcd\"", &[]), "${T}-abcd");
    assert_eq!(token("token_file = \"/run/secrets/token\"", &[]), "token-from-a-file");
    let over = [("RAMAL_COMPANY_1_THREECPLUS_TOKEN_FILE", "/run/secrets/token")];
    assert_eq!(token("token = \"from-below\"", &over), "token-from-a-file");
    let over = [("RAMAL_COMPANY_1_THREECPLUS_TOKEN", "from-above")];
    assert_eq!(token("token_file = \"/not/read\"", &over), "from-above");
    assert!(good("", &[("RAMAL_MASTER_KEY_FILE", "/run/secrets/key")]).master_key.is_some());
}

#[test]
fn what_is_not_toml_is_refused_with_its_line() {
    for (text, line) in
        [("listen = \n", 1), ("a = 1\na = 2", 2), ("[log\n", 1), ("\n\nx", 3), ("a = \"b\nc = 1", 1)]
    {
        let refused = read(text, &[]).expect_err(text);
        let first = refused.lines().next().unwrap();
        assert!(first.starts_with(&format!("r.toml:{line}: not valid TOML: ")), "{text:?}: {refused}");
    }
    let secret = read("token = \"segredo", &[]).unwrap_err();
    assert!(!secret.contains("segredo"), "{secret}");
}

#[test]
fn wrong_variables_and_flags_are_named() {
    let refused = |env: &[(&str, &str)]| read("", env).expect_err("wrong");
    assert_eq!(
        refused(&[("RAMAL_WORKERS", "many")]),
        "RAMAL_WORKERS: workers: \"many\" is not a whole number from 1 to 256"
    );
    assert_eq!(
        refused(&[("RAMAL_GAURD_ALLOW", "x")]),
        "RAMAL_GAURD_ALLOW: there is no such setting; did you mean `RAMAL_GUARD_ALLOW`?"
    );
    assert_eq!(
        refused(&[("RAMAL_GUARD_ALLOW", "x,::1")]),
        "RAMAL_GUARD_ALLOW: guard.allow[1]: \"x\" is not a network such as 10.0.0.0/8 or fd00::/8"
    );
    assert_eq!(refused(&[("RAMAL_COMPANY_2_NAME", "B")]), "company[1].name: is missing");
    let flag = |text: &str| {
        let flag = Flag::assignment(text)?;
        Settings::read(None, vec![flag], &around(&[]))
    };
    assert_eq!(
        flag("guard.alow=x").unwrap_err().to_string(),
        "--set guard.alow: there is no such setting; did you mean `guard.allow`?"
    );
    assert_eq!(flag("guard").unwrap_err().to_string(), "--set guard: write it as KEY=VALUE");
    assert!(flag("guard.allow=::1").is_ok());
}

#[test]
fn refusals_are_told_in_portuguese_too() {
    let errors = Settings::read(
        Some((Path::new("r.toml"), "listen = 1\nlisten_inbound = 2\n[[company]]")),
        Vec::new(),
        &around(&[]),
    )
    .unwrap_err();
    assert_eq!(
        errors.text(Lang::Pt),
        "r.toml:1: listen: 1 não é um texto entre aspas\n\
         r.toml:2: listen_inbound: esta configuração não existe\n\
         r.toml:3: company[1].name: falta preencher"
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let refused = Settings::load(Some(Path::new("/nowhere.toml")), Vec::new(), &around(&[])).unwrap_err();
    assert_eq!(refused.to_string(), "cannot read /nowhere.toml: entity not found");
}

/// What a documented line of `config/ramal.toml` is.
#[derive(Clone, Copy, PartialEq)]
enum Documented {
    Default,
    Example,
    Required,
}

/// The documented file with only the wanted settings taken out of their comments.
fn documented(wanted: &[Documented]) -> String {
    let mut text = String::new();
    let mut kind = Documented::Default;
    for line in DOCUMENTED.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            kind = match comment {
                _ if comment.ends_with("example:") => Documented::Example,
                _ if comment.ends_with("Required:") || comment.starts_with("Required (") => {
                    Documented::Required
                }
                _ => Documented::Default,
            };
        } else if let Some(setting) = line.strip_prefix('#').filter(|setting| !setting.is_empty()) {
            if setting.starts_with('[') || wanted.contains(&kind) {
                writeln!(text, "{setting}").unwrap();
            }
        } else {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

const VAULT: [(&str, &str); 8] = [
    ("KEY_FROM_MY_VAULT", KEY),
    ("SMTP_PASSWORD", "p"),
    ("TERAVOZ_PASSWORD", "p"),
    ("COLMEIA_TOKEN", "t"),
    ("TURN_PASSWORD", "t"),
    ("THREECPLUS_TOKEN", "rRrXvDCg07AEJRYKenHDxxymhQ5h8KrL"),
    ("WEBHOOK_BEARER", "b"),
    ("WEBHOOK_SECRET", "s"),
];

#[test]
fn the_documented_file_changes_nothing() {
    let without = Settings::read(None, Vec::new(), &around(&[])).unwrap();
    assert_eq!(format!("{:?}", good(DOCUMENTED, &[])), format!("{without:?}"));
}

#[test]
fn the_documented_defaults_are_the_real_ones() {
    let with_defaults = documented(&[Documented::Required, Documented::Default]);
    let without = documented(&[Documented::Required]);
    assert!(with_defaults.lines().count() > without.lines().count() + 20);
    assert_eq!(format!("{:?}", good(&with_defaults, &VAULT)), format!("{:?}", good(&without, &VAULT)));
}

#[test]
fn every_key_is_documented() {
    let all = documented(&[Documented::Required, Documented::Default, Documented::Example]);
    good(&all, &VAULT);
    let tree = tree::parse(Path::new("ramal.toml"), &all).unwrap();
    let around = around(&VAULT);
    let context = Context {
        env: &around.env,
        env_places: &around.env_places,
        references: &around.env,
        flags: BTreeMap::new(),
        read: around.read,
        errors: RefCell::default(),
        asked: RefCell::default(),
    };
    everything(Section::top(&context, tree.clone()), &around);
    let asked = context.asked.into_inner();
    let keys: Vec<_> =
        asked.iter().filter(|key| key.chars().next().is_some_and(|c| c.is_ascii_lowercase())).collect();
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        let last = key.rsplit('.').next().unwrap();
        let in_prose = last.ends_with("_file") && DOCUMENTED.contains(&format!("`{last}`"));
        assert!(in_prose || has(&tree, key), "{key} is not in config/ramal.toml");
    }
}

/// Whether a tree has a key such as `company[1].webhook[1].url`.
fn has(table: &Table, key: &str) -> bool {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    let name = first.split('[').next().unwrap();
    match (table.get(name).map(|node| &node.value), rest) {
        (Some(_), None) => true,
        (Some(Value::Table(table)), Some(rest)) => has(table, rest),
        (Some(Value::List(items)), Some(rest)) => {
            matches!(items.first().map(|node| &node.value), Some(Value::Table(table)) if has(table, rest))
        }
        _ => false,
    }
}
