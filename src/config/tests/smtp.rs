//! The mail server that alerts go out by.

use super::*;

fn server(text: &str) -> SmtpSettings {
    good(&format!("[smtp]\n{text}"), &[]).smtp.expect("a mail server")
}

#[test]
fn a_host_and_a_sender_are_a_mail_server() {
    assert!(good("[smtp]\nport = 25\n", &[]).smtp.is_none());
    let usual = server("host = \"smtp.a.example\"\nfrom = \"ramal@a.example\"");
    assert_eq!((&*usual.host, usual.port, usual.tls), ("smtp.a.example", 587, SmtpTls::StartTls));
    assert_eq!((usual.from.as_str(), &usual.from_name), ("ramal@a.example", &None));
    assert!(usual.login.is_none());
    let from = "from = \"Ramal, de A <ramal@a.example>\"";
    for (tls, port) in [("implicit", 465), ("none", 25), ("starttls", 587)] {
        let server = server(&format!("host = \"::1\"\ntls = \"{tls}\"\n{from}"));
        assert_eq!((server.port, server.from_name.as_deref()), (port, Some("Ramal, de A")));
    }
    let whole = "host = \"a.b\"\nport = 2525\nusername = \"u\"\npassword_file = \"/run/secrets/token\"\n";
    let (user, password) = server(&format!("{whole}{from}")).login.expect("a login");
    assert_eq!((&*user, password.expose()), ("u", "token-from-a-file"));
    assert!(!format!("{:?}", server(&format!("{whole}{from}"))).contains("token-from-a-file"));
}

#[test]
fn what_is_missing_or_cannot_be_is_named() {
    let refused = |text: &str| read(&format!("[smtp]\n{text}"), &[]).expect_err(text);
    assert!(
        refused("host = \"a.b\"").starts_with("r.toml:1: smtp.from: is missing ("),
        "{}",
        refused("host = \"a.b\"")
    );
    let from = "from = \"a@b.co\"\nhost = \"a.b\"\n";
    assert!(refused(&format!("{from}username = \"u\"")).contains("smtp.password: is missing ("));
    assert!(refused(&format!("{from}password = \"u\"")).contains("smtp.username: is missing ("));
    for (text, key) in [
        ("host = \"a.b:25\"", "host"),
        ("host = \"smtp://a.b\"", "host"),
        ("port = 0", "port"),
        ("tls = \"ssl\"", "tls"),
        ("from = \"Ramal\"", "from"),
        ("from = \"Ra\\nmal <a@b.co>\"", "from"),
    ] {
        let told = refused(text);
        assert!(told.starts_with(&format!("r.toml:2: smtp.{key}: ")), "{told}");
    }
}

#[test]
fn robots_are_spoken_to_at_telegrams_or_at_a_server_of_ones_own() {
    assert_eq!(good("", &[]).telegram_api, "https://api.telegram.org");
    let own = "[telegram]\napi_url = \"http://127.0.0.1:8081/\"";
    assert_eq!(good(own, &[]).telegram_api, "http://127.0.0.1:8081");
    assert!(read("[telegram]\napi_url = \"https://a.example/bot\"", &[]).is_err());
}
