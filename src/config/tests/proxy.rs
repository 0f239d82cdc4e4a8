//! Whose proxy is used, and whose is not.

use super::*;

#[test]
fn the_proxy_is_the_settings_or_the_usual_variables() {
    let found = |text: &str, env: &[(&str, &str)]| {
        let proxy = good(text, env).proxy;
        let shown = |address: &Option<ProxyAddress>| address.as_ref().map_or("-".into(), ToString::to_string);
        (shown(&proxy.plain), shown(&proxy.encrypted), proxy.except.join("|"))
    };
    let is = |plain: &str, encrypted: &str, except: &str| {
        (plain.to_owned(), encrypted.to_owned(), except.to_owned())
    };
    let own = "proxy = \"http://proxy.empresa:3128\"";
    let env = [
        ("HTTP_PROXY", "http://p:1"),
        ("https_proxy", "q:2"),
        ("HTTPS_PROXY", "http://other"),
        ("NO_PROXY", "a, b"),
    ];
    assert_eq!(found("", &[]), is("-", "-", ""));
    assert_eq!(found("", &env), is("http://p:1", "http://q:2", "a||b"));
    assert_eq!(found("", &[("ALL_PROXY", "https://p")]), is("https://p:443", "https://p:443", ""));
    assert_eq!(found("", &[("HTTPS_PROXY", " ")]), is("-", "-", ""));
    assert_eq!(found(own, &env), is("http://proxy.empresa:3128", "http://proxy.empresa:3128", "a||b"));
    let direct = format!("{own}\nno_proxy = [\"10.0.0.0/8\"]");
    assert_eq!(found(&direct, &env).2, "10.0.0.0/8");
    assert_eq!(found("proxy = \"off\"", &env), is("-", "-", ""));
    let refused = read("", &[("all_proxy", "ftp://127.0.0.1:1080")]).unwrap_err();
    assert!(refused.starts_with("all_proxy: the value is not the address of an HTTP proxy"), "{refused}");
    let resolves = "proxy_resolves = [\"company.internal\", \"*\"]";
    assert_eq!(good(&format!("{own}\n{resolves}"), &[]).proxy.resolves, ["company.internal", "*"]);
}

/// Other programs speak it: that it is there must not keep this one from starting.
#[test]
fn a_socks_proxy_of_the_environment_is_passed_over_and_one_of_ours_refused() {
    for kind in ["socks", "socks4", "socks5", "SOCKS5H"] {
        let address = format!("{kind}://127.0.0.1:1080");
        let proxy = good("", &[("ALL_PROXY", &address), ("HTTPS_PROXY", "http://p:1")]).proxy;
        assert!(proxy.plain.is_none() && proxy.encrypted.is_some(), "{proxy:?}");
        assert_eq!(proxy.passed_over.as_deref(), Some("ALL_PROXY"));
        let unused = [("ALL_PROXY", address.as_str()), ("HTTPS_PROXY", "p:1"), ("HTTP_PROXY", "p:1")];
        assert_eq!(good("", &unused).proxy.passed_over, None, "nothing would have gone there");
        let refused = read(&format!("proxy = \"{address}\""), &[]).unwrap_err();
        assert!(refused.contains("SOCKS is not supported"), "{refused}");
    }
}

#[test]
fn a_proxys_password_is_read_and_not_shown() {
    let proxy = good("proxy = \"http://user:p%40s%C3%A9cret@[::1]:3128\"", &[]).proxy;
    let address = proxy.plain.as_ref().unwrap();
    assert_eq!((address.user.as_deref(), address.password.expose()), (Some("user"), "p@sécret"));
    assert_eq!(address.to_string(), "http://[::1]:3128");
    assert!(!format!("{proxy:?}").contains("p@sécret"), "{proxy:?}");
}
