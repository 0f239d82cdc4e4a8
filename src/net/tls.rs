//! TLS for every connection that goes out: one configuration for the whole process.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

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
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(bundle) = extra_ca {
        add_bundle(&mut roots, bundle)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has a cipher suite for every default version")
        .with_root_certificates(roots)
        .with_no_client_auth();
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
