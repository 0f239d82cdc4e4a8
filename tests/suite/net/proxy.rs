//! The way out through a proxy: what goes how, what the proxy sees, and what the guard still refuses.

use std::sync::Arc;
use std::sync::Mutex;

use ramal::net::provider::{ProviderClient, RequestError};
use ramal::net::{Dialer, ErrorKind, HttpClient, PoolLimits, Proxies, Proxy, Refusal, Target};
use reqwest::Method;
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::tls::authority;
use super::{ENOUGH, OK, Scripted, dialer, guard, loopback, send};
use crate::support::tcp_server::{TcpServer, answer_all, read_request};

/// What a proxy was asked: each request's first line, and whether it knew who asks.
type Asked = Arc<Mutex<Vec<(String, bool)>>>;

/// A proxy that leads everybody to one server, whatever the name, and answers requests in plain text itself.
async fn proxy(leads_to: Option<u16>) -> (TcpServer, Asked) {
    let asked = Asked::default();
    let seen = asked.clone();
    let server = TcpServer::start(move |_, mut stream| {
        let seen = seen.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await? {
                let line = request.head.lines().next().unwrap_or_default().to_owned();
                let knows = request.head.contains("\r\nProxy-Authorization: Basic dTpww6Q=\r\n")
                    || request.head.contains("\r\nproxy-authorization: Basic dTpww6Q=\r\n");
                let tunnel = line.starts_with("CONNECT ");
                seen.lock().expect("not poisoned").push((line, knows));
                match leads_to {
                    _ if !tunnel => stream.write_all(OK.as_bytes()).await?,
                    Some(port) => {
                        let mut there = TcpStream::connect(("127.0.0.1", port)).await?;
                        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
                        copy_bidirectional(&mut stream, &mut there).await?;
                    }
                    None => stream.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n").await?,
                }
            }
            Ok(())
        }
    })
    .await;
    (server, asked)
}

/// Everything through this proxy, except what is listed. It is on an address that the guards here need not permit.
fn through(server: &TcpServer, authority: Option<&str>, except: &[&str]) -> Dialer {
    let named = || Some(Proxy::new(false, "127.0.0.1", server.address.port(), Some(("u", "pä"))));
    let except: Vec<_> = except.iter().map(|entry| (*entry).to_owned()).collect();
    Dialer { proxies: Arc::new(Proxies::new(named(), named(), &except)), ..dialer(authority) }
}

fn lines(asked: &Asked) -> Vec<String> {
    let asked = std::mem::take(&mut *asked.lock().expect("not poisoned"));
    assert!(asked.iter().all(|(_, knows)| *knows), "{asked:?}");
    asked.into_iter().map(|(line, _)| line).collect()
}

/// Public names, which nobody here could reach.
fn public() -> Arc<ramal::net::Guard> {
    guard(&[], Scripted::new(&[&["1.1.1.1"]]))
}

#[tokio::test]
async fn what_is_plain_is_passed_on_and_what_is_encrypted_is_tunnelled() {
    let authority = authority(&["webhook.test"]);
    let acceptor = authority.acceptor;
    let server = TcpServer::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move { answer_all(acceptor.accept(stream).await?, OK).await }
    })
    .await;
    let (proxy, asked) = proxy(Some(server.address.port())).await;
    let client = HttpClient::new(&through(&proxy, Some(&authority.pem), &[]), PoolLimits::default());

    let plain = Target::parse("http://webhook.test/in?key='1'", &public()).expect("a URL");
    for reused in [false, true] {
        let answer = send(&client, &plain, ENOUGH).await.expect("an answer");
        assert_eq!((answer.phases.reused, answer.phases.dns_us.is_some()), (reused, !reused));
    }
    assert_eq!(lines(&asked), ["POST http://webhook.test/in?key='1' HTTP/1.1"; 2]);

    let encrypted = Target::parse("https://webhook.test:8443/in", &public()).expect("a URL");
    for _ in 0..2 {
        assert_eq!(send(&client, &encrypted, ENOUGH).await.expect("an answer").body, b"ok");
    }
    assert_eq!(
        lines(&asked),
        ["CONNECT webhook.test:8443 HTTP/1.1"],
        "one tunnel, and nothing else to be seen"
    );
}

#[tokio::test]
async fn sockets_go_through_tunnels() {
    let server = TcpServer::start(|_, mut stream| async move { stream.write_all(b"hello").await }).await;
    let (proxy, asked) = proxy(Some(server.address.port())).await;
    let dialer = Dialer { guard: public(), ..through(&proxy, None, &[]) };
    let mut tunnel = dialer.dial("socket.test", 80, false, ENOUGH).await.expect("it leads there");
    let mut word = [0; 5];
    tokio::io::AsyncReadExt::read_exact(&mut tunnel.stream, &mut word).await.expect("the server's word");
    assert_eq!((&word, tunnel.proxied), (b"hello", true));
    assert_eq!(lines(&asked), ["CONNECT socket.test:80 HTTP/1.1"]);
}

fn is_forbidden(error: &RequestError) -> bool {
    matches!(error, RequestError::Refused(error) if error.refusal == Refusal::NotPermitted)
}

#[tokio::test]
async fn providers_are_asked_through_it_too() {
    let authority = authority(&["api.test"]);
    let acceptor = authority.acceptor;
    let server = TcpServer::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move { answer_all(acceptor.accept(stream).await?, OK).await }
    })
    .await;
    let (proxy, asked) = proxy(Some(server.address.port())).await;
    let dialer = Dialer { guard: public(), ..through(&proxy, Some(&authority.pem), &["direct.test"]) };
    let client = ProviderClient::new(&dialer).expect("a client");
    for url in ["https://api.test/me", "http://api.test/me"] {
        let request = client.request(Method::GET, url.parse().expect("a URL")).await.expect("permitted");
        assert_eq!(request.send().await.expect("an answer").status(), 200, "{url}");
    }
    assert_eq!(lines(&asked), ["CONNECT api.test:443 HTTP/1.1", "GET http://api.test/me HTTP/1.1"]);

    let inside = Dialer { guard: guard(&[], Scripted::new(&[&["10.0.0.7"]])), ..dialer };
    let client = ProviderClient::new(&inside).expect("a client");
    for url in ["https://api.test/", "http://api.test/", "http://127.0.0.1/", "https://10.0.0.1/"] {
        let refused = client.request(Method::GET, url.parse().expect("a URL")).await.expect_err(url);
        assert!(is_forbidden(&refused), "{url}: {refused:?}");
    }
    assert_eq!(lines(&asked), [""; 0]);
}

#[tokio::test]
async fn the_guard_judges_what_is_behind_the_proxy() {
    let (proxy, asked) = proxy(Some(9)).await;
    let client = HttpClient::new(&through(&proxy, None, &[]), PoolLimits::default());
    let kind = async |url: &str, answers: &[&[&str]]| {
        let target = Target::parse(url, &guard(&[], Scripted::new(answers))).expect("a URL");
        send(&client, &target, ENOUGH).await.expect_err(url).kind
    };
    for url in [
        "http://10.0.0.1/",
        "https://127.0.0.1/",
        "http://[::1]/",
        "http://inside.test/",
        "https://inside.test/",
    ] {
        assert_eq!(kind(url, &[&["10.0.0.7"]]).await, ErrorKind::NotPermitted, "{url}");
    }
    // It may be a name of the network behind the proxy.
    for url in ["http://unknown.test/", "https://unknown.test/"] {
        assert_eq!(kind(url, &[]).await, ErrorKind::Dns, "{url}");
    }
    assert_eq!(lines(&asked), [""; 0]);
}

#[tokio::test]
async fn names_that_only_the_proxy_knows_are_those_that_are_listed() {
    let (proxy, asked) = proxy(Some(9)).await;
    let dialer = through(&proxy, None, &[]);
    let proxies = dialer.proxies.as_ref().clone().resolving(&["listed.test".to_owned()]);
    let dialer = Dialer { proxies: Arc::new(proxies), ..dialer };
    let client = HttpClient::new(&dialer, PoolLimits::default());
    let kind = async |url: &str, guard: &Arc<ramal::net::Guard>| {
        send(&client, &Target::parse(url, guard).expect("a URL"), ENOUGH).await.expect_err(url).kind
    };
    let unknown = guard(&[], Scripted::new(&[]));
    assert_eq!(kind("https://vault.test/", &unknown).await, ErrorKind::Dns);
    assert_eq!(
        kind("http://listed.test/", &unknown).await,
        ErrorKind::Dns,
        "nothing would prove who answers"
    );
    let inside = guard(&[], Scripted::new(&[&["10.0.0.7"]]));
    assert_eq!(kind("https://listed.test/", &inside).await, ErrorKind::NotPermitted, "it is known here");
    assert_eq!(lines(&asked), [""; 0]);
    // Here there is nobody behind it.
    assert_eq!(kind("https://api.listed.test/", &unknown).await, ErrorKind::Proxy);
    assert_eq!(lines(&asked), ["CONNECT api.listed.test:443 HTTP/1.1"]);

    // The same for the providers' APIs; a name that could not be looked up is not said to be forbidden.
    let provider = |guard| ProviderClient::new(&Dialer { guard, ..dialer.clone() }).expect("a client");
    let request = async |url: &str| {
        provider(unknown.clone()).request(Method::GET, url.parse().expect("a URL")).await.map(drop)
    };
    assert!(request("https://listed.test/").await.is_ok());
    for url in ["https://vault.test/", "http://listed.test/"] {
        let error = request(url).await.expect_err(url);
        assert!(matches!(&error, RequestError::Unjudged(error) if error.kind == ErrorKind::Dns), "{error:?}");
    }
}

/// The proxy looks the name up for each request that it passes on, over a connection of whatever age.
#[tokio::test]
async fn what_a_proxy_passes_on_is_judged_again_while_its_connection_serves() {
    let (proxy, asked) = proxy(None).await;
    let client = HttpClient::new(&through(&proxy, None, &[]), PoolLimits::default());
    let resolver = Scripted::new(&[&["1.1.1.1"]]);
    let target = Target::parse("http://webhook.test/", &guard(&[], resolver.clone())).expect("a URL");
    for reused in [false, true] {
        assert_eq!(send(&client, &target, ENOUGH).await.expect("an answer").phases.reused, reused);
    }
    resolver.says(&["10.0.0.7"]);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(21)).await;
    tokio::time::resume();
    assert_eq!(send(&client, &target, ENOUGH).await.expect_err("refused").kind, ErrorKind::NotPermitted);
    assert_eq!(lines(&asked).len(), 2);
}

#[tokio::test]
async fn what_is_excepted_goes_directly_and_under_the_guard() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let (proxy, asked) = proxy(None).await;
    let client = HttpClient::new(&through(&proxy, None, &[".test"]), PoolLimits::default());
    let url = format!("http://webhook.test:{}/", server.address.port());
    let target = Target::parse(&url, &loopback()).expect("a URL");
    assert_eq!(send(&client, &target, ENOUGH).await.expect("an answer").peer, server.address);
    let strict = Target::parse(&url, &guard(&[], Scripted::new(&[&["127.0.0.1"]]))).expect("a URL");
    assert_eq!(send(&client, &strict, ENOUGH).await.expect_err("refused").kind, ErrorKind::NotPermitted);
    assert_eq!(lines(&asked), [""; 0]);
}

#[tokio::test]
async fn a_proxy_that_does_not_help_is_told_as_such() {
    let (refusing, _asked) = proxy(None).await;
    let hanging_up = TcpServer::start(|_, stream| async move {
        drop(stream);
        Ok(())
    })
    .await;
    let silent = TcpServer::start(|_, mut stream| async move {
        read_request(&mut stream).await?;
        std::future::pending().await
    })
    .await;
    for (server, words) in [(&refusing, "403"), (&hanging_up, "hung up"), (&silent, "not accepted")] {
        let client = HttpClient::new(&through(server, None, &[]), PoolLimits::default());
        let target = Target::parse("https://webhook.test/", &public()).expect("a URL");
        let error = send(&client, &target, ENOUGH).await.expect_err("no tunnel");
        assert_eq!(error.kind, ErrorKind::Proxy, "{error:?}");
        assert!(error.detail.for_operator().contains(words), "{error:?}");
        assert!(error.phases.connect_us.is_some());
    }
}
