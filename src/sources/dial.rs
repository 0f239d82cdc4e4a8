//! Lets the Socket.IO client dial through the guard: vetted addresses only, TLS as everywhere.

use std::sync::Arc;

use tokio::time::Instant;

use crate::domain::CompanyId;
use crate::net::{Dialer, ErrorKind};
use crate::socketio::{BoxTransport, Dial, DialError, DialStage, Dialling, Endpoint};

/// The node's dialer in the shape that the client wants.
pub struct Guarded(pub Arc<Dialer>);

impl Guarded {
    /// With a company's share of what is shared.
    pub fn of(company: CompanyId, dialer: &Dialer) -> Self {
        let guard = Arc::new(dialer.guard.asking_for(company));
        Self(Arc::new(Dialer { guard, ..dialer.clone() }))
    }
}

impl Dial for Guarded {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint, deadline: Instant) -> Dialling<'a> {
        let left = deadline.saturating_duration_since(Instant::now());
        Box::pin(async move {
            let dialed = self.0.dial(&endpoint.host, endpoint.port, endpoint.tls, left).await;
            dialed.map(|dialed| Box::new(dialed.stream) as BoxTransport).map_err(|error| DialError {
                stage: stage(error.kind),
                detail: error.kind.to_string().into(),
            })
        })
    }
}

fn stage(kind: ErrorKind) -> DialStage {
    match kind {
        ErrorKind::Dns | ErrorKind::DnsTimeout => DialStage::Resolve,
        ErrorKind::NotPermitted => DialStage::Forbidden,
        ErrorKind::Tls
        | ErrorKind::TlsCertificate
        | ErrorKind::TlsClientCertificate
        | ErrorKind::TlsTimeout => DialStage::Tls,
        _ => DialStage::Connect,
    }
}
