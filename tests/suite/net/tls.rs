//! Encrypted connections: measured, verified, cut.

use std::sync::Arc;

use ramal::domain::Lang;
use ramal::net::{ErrorKind, HttpClient, Note, PoolLimits, Target};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::{ENOUGH, OK, Scripted, client_with, guard, loopback, send};
use crate::support::tcp_server::{TcpServer, answer_all, read_request};

/// A certificate authority of our own, with one server certificate.
pub struct Authority {
    pub pem: String,
    pub acceptor: TlsAcceptor,
}

pub fn authority(names: &[&str]) -> Authority {
    demanding(names, rustls::ALL_VERSIONS, false)
}

/// One whose servers speak these versions, and may want to know who comes.
fn demanding(
    names: &[&str],
    versions: &[&'static rustls::SupportedProtocolVersion],
    client_certificate: bool,
) -> Authority {
    let ca_key = KeyPair::generate().expect("a key");
    let mut ca = CertificateParams::new(vec![]).expect("no names");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = ca.self_signed(&ca_key).expect("a certificate");
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().expect("a key");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let certificate =
        CertificateParams::new(names).expect("names").signed_by(&key, &issuer).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .expect("ring has them");
    let config = if client_certificate {
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).expect("an authority");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().expect("an authority"))
    } else {
        config.with_no_client_auth()
    };
    let config =
        config.with_single_cert(vec![certificate.der().clone()], key).expect("the key belongs to it");
    Authority { pem: root.pem(), acceptor: TlsAcceptor::from(Arc::new(config)) }
}

async fn serve(acceptor: TlsAcceptor) -> TcpServer {
    TcpServer::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move { answer_all(acceptor.accept(stream).await?, OK).await }
    })
    .await
}

fn trusting(pem: Option<&str>) -> HttpClient {
    client_with(pem, PoolLimits::default())
}

#[tokio::test]
async fn every_phase_is_measured_once_per_connection() {
    let authority = authority(&["webhook.test", "127.0.0.1"]);
    let server = serve(authority.acceptor).await;
    let client = trusting(Some(&authority.pem));
    for host in ["webhook.test", "webhook.test.", "127.0.0.1"] {
        let url = format!("https://{host}:{}/", server.address.port());
        let target = Target::parse(&url, &loopback()).expect("a URL");
        let first = send(&client, &target, ENOUGH).await.expect("an answer").phases;
        assert!(!first.reused);
        let phases = [first.dns_us, first.connect_us, first.tls_us, first.first_byte_us];
        let parts: u32 = phases.iter().map(|phase| phase.expect("measured")).sum();
        assert!(parts <= first.total_us && first.tls_us > Some(0), "{first:?}");
        let second = send(&client, &target, ENOUGH).await.expect("an answer").phases;
        assert_eq!(
            (second.reused, second.dns_us, second.connect_us, second.tls_us),
            (true, None, None, None)
        );
    }
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_bear_the_name() {
    let authority = authority(&["webhook.test"]);
    let server = serve(authority.acceptor).await;
    let port = server.address.port();
    let refused = async |client: HttpClient, host: &str| {
        let target = Target::parse(&format!("https://{host}:{port}/"), &loopback()).expect("a URL");
        let error = send(&client, &target, ENOUGH).await.expect_err("refused");
        assert!(error.phases.tls_us.is_some());
        error.kind
    };
    assert_eq!(refused(trusting(None), "webhook.test").await, ErrorKind::TlsCertificate);
    assert_eq!(refused(trusting(Some(&authority.pem)), "other.test").await, ErrorKind::TlsCertificate);
}

#[tokio::test]
async fn a_server_without_tls_is_told_so() {
    let server = TcpServer::start(|_, stream| answer_all(stream, OK)).await;
    let silent = TcpServer::start(|_, mut stream| async move {
        // Takes the greeting and never answers it.
        while stream.read(&mut [0; 1024]).await? > 0 {}
        Ok(())
    })
    .await;
    let plain = TcpServer::start(|_, mut stream| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await
    })
    .await;
    let guard = guard(&["127.0.0.0/8"], Scripted::new(&[&["127.0.0.1"]]));
    for (server, kind) in
        [(server, ErrorKind::TlsTimeout), (silent, ErrorKind::TlsTimeout), (plain, ErrorKind::Tls)]
    {
        let url = format!("https://webhook.test:{}/", server.address.port());
        let target = Target::parse(&url, &guard).expect("a URL");
        let error = send(&trusting(None), &target, ENOUGH).await.expect_err("no TLS");
        assert_eq!(error.kind, kind, "{error:?}");
    }
}

#[tokio::test]
async fn a_server_that_demands_a_client_certificate_is_told_so() {
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let authority = demanding(&["webhook.test"], &[version], true);
        let server = serve(authority.acceptor).await;
        let url = format!("https://webhook.test:{}/", server.address.port());
        let target = Target::parse(&url, &loopback()).expect("a URL");
        let error = send(&trusting(Some(&authority.pem)), &target, ENOUGH).await.expect_err("refused");
        assert_eq!(error.kind, ErrorKind::TlsClientCertificate, "{version:?}: {error:?}");
    }
}

#[tokio::test]
async fn an_unknown_authority_is_told_with_what_to_do() {
    let authority = authority(&["webhook.test"]);
    let server = serve(authority.acceptor).await;
    let url = format!("https://webhook.test:{}/", server.address.port());
    let target = Target::parse(&url, &loopback()).expect("a URL");
    let error = send(&trusting(None), &target, ENOUGH).await.expect_err("refused");
    assert!(error.detail.for_operator().contains("extra_ca_file"), "{error:?}");
    for lang in [Lang::Pt, Lang::En] {
        assert!(error.kind.message().text(lang).contains("extra_ca_file"), "{error:?}");
    }
}

/// Many servers end a connection without the farewell that TLS has for it.
#[tokio::test]
async fn a_success_counts_without_a_farewell() {
    for (answer, note) in [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok", Some(Note::BodyCut)),
        ("HTTP/1.0 200 OK\r\n\r\nok", Some(Note::BodyCut)),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", None),
    ] {
        let authority = authority(&["webhook.test"]);
        let acceptor = authority.acceptor;
        let server = TcpServer::start(move |_, stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await?;
                read_request(&mut stream).await?;
                stream.write_all(answer.as_bytes()).await?;
                stream.flush().await
            }
        })
        .await;
        let url = format!("https://webhook.test:{}/", server.address.port());
        let target = Target::parse(&url, &loopback()).expect("a URL");
        let answer = send(&trusting(Some(&authority.pem)), &target, ENOUGH).await.expect("a status");
        assert_eq!((answer.status.as_u16(), &*answer.body, answer.note), (200, &b"ok"[..], note));
    }
}
