//! The client for providers' own APIs stands under the same guard.

use ramal::net::provider::{BodyError, ProviderClient, RequestError, read_body};
use ramal::net::{Dialer, Refusal, client_config};
use reqwest::Method;
use url::Url;

use super::tls::authority;
use super::{OK, Scripted, guard, loopback};
use crate::support::tcp_server::{TcpServer, answer_all};

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

#[tokio::test]
async fn names_and_literals_are_judged() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let tls = client_config(None).expect("no extra authority");
    let strict = ProviderClient::new(&Dialer::new(guard(&[], Scripted::new(&[&["127.0.0.1"]])), tls))
        .expect("a client");
    let literal = strict.request(Method::GET, url(&format!("http://{}/", server.address))).await;
    let refused = literal.expect_err("refused");
    assert!(
        matches!(&refused, RequestError::Refused(error) if error.refusal == Refusal::NotPermitted),
        "{refused:?}"
    );
    let named =
        strict.request(Method::GET, url(&format!("http://api.test:{}/", server.address.port()))).await;
    assert!(named.expect("judged when it is resolved").send().await.expect_err("refused").is_connect());
    assert_eq!(server.accepted(), 0);
}

#[tokio::test]
async fn answers_are_bounded_and_redirects_not_followed() {
    let authority = authority(&["api.test"]);
    let acceptor = authority.acceptor;
    let server = TcpServer::start(move |_, stream| {
        let acceptor = acceptor.clone();
        let answer = "HTTP/1.1 302 Found\r\nLocation: http://10.0.0.7/\r\nContent-Length: 5\r\n\r\nhello";
        async move { answer_all(acceptor.accept(stream).await?, answer).await }
    })
    .await;
    let tls = client_config(Some(authority.pem.as_bytes())).expect("our authority");
    let client = ProviderClient::new(&Dialer::new(loopback(), tls)).expect("a client");
    let get = async || {
        let request =
            client.request(Method::GET, url(&format!("https://api.test:{}/", server.address.port()))).await;
        request.expect("permitted").send().await.expect("an answer")
    };
    let answer = get().await;
    assert_eq!(answer.status().as_u16(), 302);
    assert_eq!(read_body(answer, 5).await.expect("it fits"), b"hello");
    assert!(matches!(read_body(get().await, 4).await, Err(BodyError::TooLarge { limit: 4 })));
}
