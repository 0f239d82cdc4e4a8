//! `ramal check`: what it looks at, says and leaves alone.

use ramal::secrets::MasterKey;
use ramal::store::{MasterSource, Store, StoreOptions};
use tempfile::TempDir;

use super::{make_database, ramal, text};
use crate::support::daemon::Home;
use crate::support::postgres;
use crate::support::tcp_server::{TcpServer, answer_all, read_request};

#[test]
fn check_tries_every_address_and_sends_nothing() {
    let folder = TempDir::new().expect("a folder");
    let alive = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let dead =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let port = alive.local_addr().expect("bound").port();
    let settings = format!(
        "listen = \"127.0.0.1:0\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n[[company]]\nname = \"A\"\n\
         [company.threecplus]\ntoken = \"abcdefgh\"\nsocket_url = \"http://127.0.0.1:{port}\"\n\
         [[company.webhook]]\nname = \"w\"\nurl = \"http://127.0.0.1:{port}/w?senha=x\"\n\
         [[company.webhook]]\nname = \"v\"\nurl = \"http://127.0.0.1:{dead}/v\"\n\
         [[company.webhook]]\nname = \"inside\"\nurl = \"http://10.0.0.1/\"\n"
    );
    std::fs::write(folder.path().join("ramal.toml"), settings).expect("written");
    let output = ramal(folder.path(), &["check"], &[]);
    let lines: Vec<_> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(output.status.code(), Some(1), "{lines:#?}");
    let has = |sign: &str, part: &str| lines.iter().any(|line| line.starts_with(sign) && line.contains(part));
    assert!(has("✔ ramal.toml: valid; 1 company(ies) and 3 webhook(s)", ""), "{lines:#?}");
    assert!(has("✔ 127.0.0.1:0: free", ""), "{lines:#?}");
    assert!(has("• sqlite://data/ramal.db: empty", ""), "{lines:#?}");
    assert!(!folder.path().join("data").exists(), "a check makes nothing");
    assert!(has(&format!("✔ http://127.0.0.1:{port} (A: 3C Plus; A: w): reachable"), ""), "{lines:#?}");
    assert!(
        has(&format!("✘ http://127.0.0.1:{dead}/v (A: v): the connection was refused"), ""),
        "{lines:#?}"
    );
    assert!(
        has("✘ http://10.0.0.1 (A: inside): this address is not on the public internet", ""),
        "{lines:#?}"
    );
    assert_eq!(text(&output.stderr), "2 check(s) failed\n");
    alive.set_nonblocking(true).expect("a socket option");
    let (mut connection, _) = alive.accept().expect("it was dialled");
    let sent = std::io::Read::read(&mut connection, &mut [0; 16]).expect("it was closed");
    assert_eq!(sent, 0, "a check sends nothing");
}

#[tokio::test]
async fn check_looks_into_the_database() {
    let folder = TempDir::new().expect("a folder");
    make_database(folder.path()).await;
    let check = || {
        let output = ramal(folder.path(), &["check", "--listen", "127.0.0.1:0"], &[]);
        (output.status.code(), text(&output.stdout).to_owned())
    };
    let (code, said) = check();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("✔ sqlite://data/ramal.db: schema "), "{said}");

    let key = folder.path().join("data/ramal.key");
    let right = std::fs::read(&key).expect("the key beside the database");
    std::fs::write(&key, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=\n").expect("written");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("✘ sqlite://data/ramal.db: "), "{said}");
    std::fs::remove_file(&key).expect("removed");
    assert_eq!(check().0, Some(1), "a lost key is not made again");
    assert!(!key.exists());

    std::fs::write(&key, right).expect("written");
    std::fs::write(folder.path().join("data/ramal.db"), "this is no database, and long enough to be read")
        .expect("written");
    let (code, said) = check();
    assert_eq!(code, Some(1), "{said}");
}

#[tokio::test]
async fn check_dials_what_stands_in_the_database() {
    let (alive, paused) = (free_port_kept(), free_port_kept());
    let dead = free_port_kept().local_addr().expect("bound").port();
    let home = Home::new("[guard]\nallow = [\"127.0.0.0/8\"]\n").await;
    let daemon = home.start().await;
    let made = async |path: &str, body: serde_json::Value| {
        let (status, view) = daemon.call("POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {view}");
    };
    let url = |port: u16, path: &str| format!("http://127.0.0.1:{port}/{path}");
    let port = alive.local_addr().expect("bound").port();
    made("/api/v1/companies", serde_json::json!({ "name": "A" })).await;
    let source = serde_json::json!({ "provider": "threecplus", "token": "abcdefgh", "socket_url": url(port, ""), "connect": true });
    made("/api/v1/companies/company_1/sources", source).await;
    let gone = paused.local_addr().expect("bound").port();
    for (name, url) in [("w", url(port, "w")), ("v", url(dead, "v")), ("p", url(gone, "p"))] {
        let webhook = serde_json::json!({ "name": name, "url": url, "events": ["*"] });
        made("/api/v1/companies/company_1/webhooks", webhook).await;
    }
    made("/api/v1/webhooks/webhook_3/pause", serde_json::json!({})).await;
    drop(paused);
    // Beside the running program, and after its end.
    let check = async || home.command(&["check"]).output().await.expect("the program runs");
    let beside = check().await;
    daemon.stop().await;
    for output in [beside, check().await] {
        let said = text(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("1 company(ies) and 3 webhook(s)"), "{said}");
        assert!(said.contains(&format!("✔ http://127.0.0.1:{port} (A: 3C Plus; A: w): reachable")), "{said}");
        assert!(
            said.contains(&format!("✘ http://127.0.0.1:{dead}/v (A: v): the connection was refused")),
            "{said}"
        );
        assert!(!said.contains("A: p"), "a paused webhook is not wanted: {said}");
        assert_eq!(text(&output.stderr), "1 check(s) failed\n");
    }
}

#[tokio::test]
async fn check_looks_into_postgresql() {
    let folder = TempDir::new().expect("a folder");
    let database = postgres::database().await;
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlBQkNERUY=";
    let check = |key: &str| {
        let env = [("RAMAL_DATABASE_URL", database.url.as_str()), ("RAMAL_MASTER_KEY", key)];
        let output = ramal(folder.path(), &["check", "--listen", "127.0.0.1:0"], &env);
        (output.status.code(), text(&output.stdout).to_owned())
    };
    let (code, said) = check(key);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(": empty"), "{said}");
    let options = StoreOptions {
        master: MasterSource::Given(MasterKey::parse(key).expect("a key")),
        ..StoreOptions::default()
    };
    let (store, writer) = Store::open(&database.url, options).await.expect("a database");
    drop(writer);
    store.close().await;
    let (code, said) = check(key);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the master key opens its "), "{said}");
    let (code, said) = check("QUJDREVGMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk=");
    assert_eq!(code, Some(1), "{said}");
}

fn free_port_kept() -> std::net::TcpListener {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port")
}

/// A company's own authority is one of the system's store; without it the line says what to do.
#[tokio::test(flavor = "multi_thread")]
async fn check_trusts_the_systems_store() {
    let folder = TempDir::new().expect("a folder");
    let authority = crate::net::tls::authority(&["127.0.0.1"]);
    let pem = folder.path().join("authority.pem");
    std::fs::write(&pem, &authority.pem).expect("written");
    let acceptor = authority.acceptor;
    let server = TcpServer::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move { answer_all(acceptor.accept(stream).await?, "").await }
    })
    .await;
    let url = format!("https://{}", server.address);
    let check = |env: &[(&str, &str)]| said_of(folder.path(), &url, env);
    let pem = pem.to_str().expect("text");
    let trusted = check(&[("SSL_CERT_FILE", pem)]);
    assert!(trusted.contains(&format!("✔ {url} (A: w): reachable")), "{trusted}");
    let unknown = check(&[]);
    assert!(unknown.contains(&format!("✘ {url} (A: w): the server's certificate is not valid")), "{unknown}");
    assert!(unknown.contains("extra_ca_file"), "{unknown}");
}

/// What other programs read as the way to a proxy leads this one there too.
#[tokio::test(flavor = "multi_thread")]
async fn check_goes_the_way_of_the_proxy() {
    let folder = TempDir::new().expect("a folder");
    let proxy = TcpServer::start(|_, mut stream| async move {
        read_request(&mut stream).await?;
        tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\n\r\n").await
    })
    .await;
    let at = format!("http://{}", proxy.address);
    let url = "http://127.0.0.7:9";
    let check = |env: &[(&str, &str)]| said_of(folder.path(), url, env);
    for env in [[("http_proxy", at.as_str())], [("ALL_PROXY", &at)], [("RAMAL_PROXY", &at)]] {
        let said = check(&env);
        assert!(
            said.contains(&format!("✔ {url} (A: w): reachable")) && said.contains("(proxy 127.0.0.1)"),
            "{said}"
        );
    }
    for env in [
        [("HTTP_PROXY", at.as_str()), ("NO_PROXY", "127.0.0.0/8")],
        [("HTTP_PROXY", &at), ("RAMAL_PROXY", "off")],
    ] {
        let said = check(&env);
        assert!(said.contains(&format!("✘ {url} (A: w): the connection was refused")), "{said}");
    }
}

/// What `check` says with one webhook at this address.
fn said_of(folder: &std::path::Path, url: &str, env: &[(&str, &str)]) -> String {
    let settings = format!(
        "listen = \"127.0.0.1:0\"\n[guard]\nallow = [\"127.0.0.0/8\"]\n[[company]]\nname = \"A\"\n\
         [[company.webhook]]\nname = \"w\"\nurl = \"{url}\"\n"
    );
    std::fs::write(folder.join("ramal.toml"), settings).expect("written");
    text(&ramal(folder, &["check"], env).stdout).to_owned()
}

#[test]
fn check_shows_the_file_of_variables_and_a_wrong_one_stops_it() {
    let folder = TempDir::new().expect("a folder");
    let env_file = folder.path().join(".env");
    std::fs::write(&env_file, "PORT=3000\nRAMAL_LISTEN=127.0.0.1:0\nRAMAL_INBOUND_LISTEN=127.0.0.1:0\n")
        .expect("written");
    let output = ramal(folder.path(), &["check"], &[]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.starts_with("✔ .env: variables: 3 "), "{said}");
    assert_eq!(said.matches("✔ 127.0.0.1:0: free").count(), 2, "{said}");
    std::fs::write(&env_file, "PORT=3000\nRAMAL_LISTEN\n").expect("written");
    let output = ramal(folder.path(), &["serve"], &[]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(2), ".env:2: is not NAME=VALUE\n"));
    std::fs::remove_file(&env_file).expect("removed");
    std::fs::create_dir(&env_file).expect("a folder");
    let output = ramal(folder.path(), &["check"], &[]);
    assert!(
        output.status.code() == Some(2) && text(&output.stderr).contains(".env"),
        "{}",
        text(&output.stderr)
    );
}
