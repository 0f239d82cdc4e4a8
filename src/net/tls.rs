//! TLS for every connection that goes out: one configuration for the whole process.

use std::cell::Cell;
use std::io;
use std::sync::Arc;

use rustls::client::{ResolvesClientCert, Resumption};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, Error as TlsError, RootCertStore, SignatureScheme,
};

use super::ErrorKind;

/// Why a bundle of extra certificate authorities is not usable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaError {
    #[error("the bundle of certificate authorities holds no certificate (it must be PEM)")]
    Empty,
    #[error("certificate {number} of the bundle cannot be read: {reason}")]
    Unreadable { number: usize, reason: String },
}

/// Sessions kept for resumption, over all servers.
const RESUMABLE_SESSIONS: usize = 1_024;

/// Trusts Mozilla's authorities and those of `extra_ca` (PEM); TLS 1.2 and 1.3 with ring, HTTP/1.1 only. Make it once
/// and share it: the sessions that it keeps make the next handshake with the same server cheaper.
pub fn client_config(extra_ca: Option<&[u8]>) -> Result<Arc<ClientConfig>, CaError> {
    with_roots(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, extra_ca)
}

/// As [`client_config`], and trusts the authorities of the system's store too: those a company has put there, or that
/// `SSL_CERT_FILE` and `SSL_CERT_DIR` name. What cannot be read of it is told beside.
pub fn client_config_here(extra_ca: Option<&[u8]>) -> Result<(Arc<ClientConfig>, Vec<String>), CaError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let system = rustls_native_certs::load_native_certs();
    let mut own = RootCertStore::empty();
    // A system's store has certificates that are no authority's, or in forms of long ago; they are passed over.
    own.add_parsable_certificates(system.certs);
    for anchor in own.roots {
        let same = |known: &rustls::pki_types::TrustAnchor<'_>| {
            known.subject == anchor.subject && known.subject_public_key_info == anchor.subject_public_key_info
        };
        if !roots.roots.iter().any(same) {
            roots.roots.push(anchor);
        }
    }
    let unread = system.errors.iter().map(ToString::to_string).collect();
    Ok((with_roots(roots, extra_ca)?, unread))
}

fn with_roots(mut roots: RootCertStore, extra_ca: Option<&[u8]>) -> Result<Arc<ClientConfig>, CaError> {
    if let Some(bundle) = extra_ca {
        add_bundle(&mut roots, bundle)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has a cipher suite for every default version")
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::new(NoneToShow));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::in_memory_sessions(RESUMABLE_SESSIONS);
    Ok(Arc::new(config))
}

fn add_bundle(roots: &mut RootCertStore, bundle: &[u8]) -> Result<(), CaError> {
    let mut count = 0;
    for (index, certificate) in CertificateDer::pem_slice_iter(bundle).enumerate() {
        let unreadable = |reason: String| CaError::Unreadable { number: index + 1, reason };
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(CaError::Empty) } else { Ok(()) }
}

tokio::task_local! {
    /// Whether the server of the handshake under way has asked for a certificate of ours.
    static ASKED: Cell<bool>;
}

/// Has no certificate to show, and notes that one was asked for. One for the whole process, because sessions are resumed
/// under the same one only; so it notes where the handshake that asks has set up a place for it.
#[derive(Debug)]
struct NoneToShow;

impl ResolvesClientCert for NoneToShow {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Outside of `noticing` (the providers' APIs) nobody wants to know.
        let _ = ASKED.try_with(|asked| asked.set(true));
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// A handshake's outcome, and whether the server asked for a client certificate in it.
pub(super) async fn noticing<F: Future>(handshake: F) -> (F::Output, bool) {
    let noticed = async {
        let outcome = handshake.await;
        (outcome, ASKED.with(Cell::get))
    };
    ASKED.scope(Cell::new(false), noticed).await
}

/// What an error of an encrypted stream is about. `asked`: the server wanted a certificate of ours; until TLS 1.2 it says
/// no more than that it is not content.
pub(super) fn kind(error: &io::Error, asked: bool) -> ErrorKind {
    match of_tls(error) {
        Some(TlsError::InvalidCertificate(_)) => ErrorKind::TlsCertificate,
        Some(TlsError::AlertReceived(AlertDescription::CertificateRequired)) => {
            ErrorKind::TlsClientCertificate
        }
        Some(TlsError::AlertReceived(_)) | None if asked => ErrorKind::TlsClientCertificate,
        _ => ErrorKind::Tls,
    }
}

/// An error in words for the operator; of a certificate it says what to do.
pub(super) fn words(error: &io::Error) -> String {
    let advice = match of_tls(error) {
        Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            " (an authority of your own is trusted when it is in the system's store, or named by extra_ca_file)"
        }
        _ => "",
    };
    format!("{error}{advice}")
}

fn of_tls(error: &io::Error) -> Option<&TlsError> {
    error.get_ref()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_must_hold_readable_certificates() {
        assert!(client_config(None).is_ok());
        assert_eq!(client_config(Some(b"not a certificate")).map(drop), Err(CaError::Empty));
        let broken = b"-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        assert!(matches!(client_config(Some(broken)), Err(CaError::Unreadable { number: 1, .. })));
        let ours = rcgen::generate_simple_self_signed(["ramal.test".to_owned()]).expect("a certificate");
        assert!(client_config(Some(ours.cert.pem().as_bytes())).is_ok());
    }
}
