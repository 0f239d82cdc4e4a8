//! Bad files, and every refusal each of them gets.

use super::read;

const CASES: &[(&str, &[&str])] = &[
    ("lisen = \"x\"", &["r.toml:1: lisen: there is no such setting; did you mean `listen`?"]),
    ("\n\nfoo = 1", &["r.toml:3: foo: there is no such setting"]),
    ("[guards]\nallow = []", &["r.toml:1: guards: there is no such setting; did you mean `guard`?"]),
    ("[guard]\ndeny = []", &["r.toml:2: guard.deny: there is no such setting"]),
    ("listen = 8080", &["r.toml:1: listen: 8080 is not a text in quotes"]),
    (
        "listen = \"localhost\"",
        &[
            "r.toml:1: listen: \"localhost\" is not an IP address with a port, such as 127.0.0.1:8080 or [::]:8080",
        ],
    ),
    (
        "[guard]\nallow = [\n  \"10.0.0.0/8\",\n  \"10.0.0.0/33\",\n  7,\n]",
        &[
            "r.toml:4: guard.allow[2]: \"10.0.0.0/33\" is not a network such as 10.0.0.0/8 or fd00::/8",
            "r.toml:5: guard.allow[3]: 7 is not a text in quotes",
        ],
    ),
    (
        "proxy = \"socks5://127.0.0.1:1080\"",
        &[
            "r.toml:1: proxy: the value is not the address of an HTTP proxy, such as http://user:password@proxy.company:3128 (SOCKS is not supported), or, as the setting proxy, \"off\" for none",
        ],
    ),
    ("guard = 3", &["r.toml:1: guard: 3 is not a table"]),
    ("[guard]\nallow = \"10.0.0.0/8\"", &["r.toml:2: guard.allow: \"10.0.0.0/8\" is not a list in brackets"]),
    (
        "listen = \"0.0.0.0:3000\"\ninbound_listen = [\"0.0.0.0:5000\", \"0.0.0.0:3000\"]",
        &[
            "r.toml:2: inbound_listen: \"0.0.0.0:3000\" is not an address of its own (`listen` or another entry has it already)",
        ],
    ),
    (
        "[[company]]\nname = \"A\"\n[company.teravoz]\nkey = \"\"",
        &[
            "r.toml:4: company[1].teravoz.key: the value is not a key of 8 to 64 letters, digits, \"-\", \".\", \"_\" or \"~\"",
        ],
    ),
    ("workers = 0", &["r.toml:1: workers: 0 is not a whole number from 1 to 256"]),
    ("workers = 1.5", &["r.toml:1: workers: 1.5 is not a whole number from 1 to 256"]),
    (
        "workers = 99999999999999999999",
        &["r.toml:1: workers: 99999999999999999999 is not a whole number from 1 to 256"],
    ),
    ("[log]\nevent_lines = \"yes\"", &["r.toml:2: log.event_lines: \"yes\" is not true or false"]),
    (
        "[log]\nformat = \"xml\"",
        &["r.toml:2: log.format: \"xml\" is not one of these words: auto, text, json"],
    ),
    (
        "[log]\nlevel = \"loud\"",
        &[
            "r.toml:2: log.level: \"loud\" is not a level (off, error, warn, info, debug, trace) or a filter such as info,ramal::delivery=debug",
        ],
    ),
    (
        "[retention]\nage = \"7\"",
        &["r.toml:2: retention.age: \"7\" is not a time such as \"7 days\" or \"15s\""],
    ),
    (
        "[retention]\nage = \"8 days\"\nhard_age = \"7 days\"",
        &["r.toml:3: retention.hard_age: \"7 days\" is not at least retention.age"],
    ),
    (
        "[retention]\nhard_bytes = \"1 GiB\"",
        &["r.toml:2: retention.hard_bytes: \"1 GiB\" is not at least retention.bytes"],
    ),
    (
        "[limits]\ntail_bytes = -1",
        &["r.toml:2: limits.tail_bytes: -1 is not a size such as \"64 MiB\" or \"10 GiB\""],
    ),
    (
        "[limits]\nmemory_bytes = \"128 MiB\"\ntail_bytes = \"1 GiB\"",
        &["r.toml:3: limits.tail_bytes: \"1 GiB\" is not at most limits.memory_bytes"],
    ),
    ("[limits]\nmemory_bytes = 1", &["r.toml:2: limits.memory_bytes: 1 is not at least 86016 KiB"]),
    ("[limits]\nmessage_bytes = 10", &["r.toml:2: limits.message_bytes: 10 is not at least 64 KiB"]),
    (
        "database_url = \"mysql://u:segredo@h/d\"",
        &[
            "r.toml:1: database_url: the value is not a URL such as sqlite://data/ramal.db or postgres://user@host/database",
        ],
    ),
    (
        "database_url = \"postgres://u@h/d\"",
        &["master_key: is missing (with PostgreSQL it must be set; make one with `openssl rand -base64 32`)"],
    ),
    (
        "master_key = \"c2VncmVkbw==\"",
        &[
            "r.toml:1: master_key: the value is not 32 random bytes in base64 or hexadecimal (make them with `openssl rand -base64 32`)",
        ],
    ),
    (
        "master_key_file = \"/nowhere\"",
        &["r.toml:1: master_key_file: cannot read /nowhere: entity not found"],
    ),
    (
        "master_key = \"a\"\nmaster_key_file = \"/run/secrets/key\"",
        &["r.toml:1: master_key: `master_key_file` says the same; keep one of the two"],
    ),
    (
        "master_key = \"${NOT_THERE}\"",
        &["r.toml:1: master_key: the environment variable NOT_THERE is not set"],
    ),
    ("node = \"${NOT\"", &["r.toml:1: node: write a reference as ${NAME}, and a literal `${` as `$${`"]),
    (
        "node = \"a b\"",
        &["r.toml:1: node: \"a b\" is not a name of 1 to 64 letters, digits, dots, hyphens or underscores"],
    ),
    (
        "public_url = \"ramal.example\"",
        &["r.toml:1: public_url: \"ramal.example\" is not a full URL that starts with http:// or https://"],
    ),
    (
        "public_url = \"https://ramal.example/ramal\"",
        &[
            "r.toml:1: public_url: \"https://ramal.example/ramal\" is not an address without a path, such as \"https://ramal.example.com\": the panel needs a name or a port of its own",
        ],
    ),
    (
        "trusted_proxies = [\"10.0.0.0/33\"]",
        &["r.toml:1: trusted_proxies[1]: \"10.0.0.0/33\" is not a network such as 10.0.0.0/8 or fd00::/8"],
    ),
    ("[[company]]", &["r.toml:1: company[1].name: is missing"]),
    ("company = \"x\"", &["r.toml:1: company: \"x\" is not a table"]),
    (
        "[[company]]\nname = \"A\"\n[company.threecplus]\nid = \"12345\"",
        &["r.toml:3: company[1].threecplus.token: is missing"],
    ),
    (
        "[[company]]\nname = \"A\"\n[company.threecplus]\nid = 12345\ntoken = \"um segredo\"\nsocket_url = \"socket.3c.plus\"\nconect = true",
        &[
            "r.toml:4: company[1].threecplus.id: 12345 is not a text in quotes",
            "r.toml:5: company[1].threecplus.token: the value is not a token of 8 to 4096 characters without spaces",
            "r.toml:6: company[1].threecplus.socket_url: \"socket.3c.plus\" is not a full URL that starts with https:// or http:// or wss:// or ws://, without user, password and query",
            "r.toml:7: company[1].threecplus.conect: there is no such setting; did you mean `connect`?",
        ],
    ),
    (
        "[[company]]\nname = \"A\"\n[[company]]\nname = \"A\"",
        &["r.toml:4: company[2].name: the name \"A\" is already taken above"],
    ),
    (
        "[[company]]\nname = \"A\"\n[company.tellicon]\ntoken = \"curto\"",
        &["r.toml:4: company[1].tellicon.token: the value is not a token of 24 characters"],
    ),
    (
        "[[company]]\nname = \"A\"\n[[company.webhook]]\nname = \"w\"\nurl = \"https://u:segredo@x.example/\"\nevents = []\n\
             timeout_seconds = 61\nretry_seconds = [0]\nformat = \"xml\"",
        &[
            "r.toml:5: company[1].webhook[1].url: the value is not a URL without user and password (use a header)",
            "r.toml:6: company[1].webhook[1].events: the value is not a list of 1 to 500 event types",
            "r.toml:7: company[1].webhook[1].timeout_seconds: 61 is not a whole number from 1 to 60",
            "r.toml:8: company[1].webhook[1].retry_seconds[1]: 0 is not a whole number from 1 to 86400",
            "r.toml:9: company[1].webhook[1].format: \"xml\" is not one of these words: ramal, 3c-native, socket2webhook, cloudevents",
        ],
    ),
    (
        "[[company]]\nname = \"A\"\n[[company.webhook]]\nname = \"w\"\nurl = \"https://x.example/\"\nevents = [\"a*b\"]\n\
             headers = { \"X A\" = \"segredo\", \"X-B\" = 1 }\nsecret = \"\"\n\
             rules = { \"x\" = [{ path = \"a\" }], \"y\" = 3 }",
        &[
            "r.toml:6: company[1].webhook[1].events[1]: \"a*b\" is not an event type: the exact name, a prefix such as \"call-*\", or \"*\"",
            "r.toml:7: company[1].webhook[1].headers.X-B: the value is not a text in quotes",
            "r.toml:7: company[1].webhook[1].headers.X A: “X A” is not a valid HTTP header.",
            "r.toml:8: company[1].webhook[1].secret: the value is not a text of 1 to 4096 bytes on one line",
            "r.toml:9: company[1].webhook[1].rules.x[1]: the value is not a list of rules such as [{ path = \"call.status\", operator = \"equals\", value = \"3\" }]",
            "r.toml:9: company[1].webhook[1].rules.y: 3 is not a list of rules such as [{ path = \"call.status\", operator = \"equals\", value = \"3\" }]",
        ],
    ),
    (
        "[[company]]\nname = \"A\"\n[[company.webhook]]\nname = \"w\"\nurl = \"https://x.example/\"\nsecret = \"whsec_segredo!\"",
        &[
            "r.toml:6: company[1].webhook[1].secret: the value is not a secret that signs: what stands behind `whsec_` is not base64: paste the whole secret, or take a text that does not begin with `whsec_`",
        ],
    ),
];

#[test]
fn what_is_gone_through_for_every_event_is_bounded() {
    let webhook =
        "[[company]]\nname = \"A\"\n[[company.webhook]]\nname = \"w\"\nurl = \"https://x.example/\"\n";
    let rules = |n| {
        format!("rules = {{ \"*\" = [{}] }}", vec!["{ path = \"a\", operator = \"exists\" }"; n].join(","))
    };
    let redact = |n| format!("redact = [{}]", vec!["\"phone\""; n].join(","));
    for (within, beyond, expected) in [
        (rules(200), rules(201), "rules: Use at most 200 items."),
        (redact(200), redact(201), "redact: the value is not a list of at most 200 keys"),
    ] {
        read(&format!("{webhook}{within}"), &[]).expect("as many as there may be");
        let refused = read(&format!("{webhook}{beyond}"), &[]).expect_err("too many");
        assert_eq!(refused.trim_end(), format!("r.toml:6: company[1].webhook[1].{expected}"));
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_key_and_line() {
    for (text, expected) in CASES {
        let refused = read(text, &[]).expect_err(text);
        assert_eq!(refused.lines().collect::<Vec<_>>(), *expected, "\n{text}");
        assert!(!refused.contains("segredo"), "{refused}");
    }
}
