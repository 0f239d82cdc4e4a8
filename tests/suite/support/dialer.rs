//! Dialers for the Socket.IO client: loopback is all the tests dial, so nothing is guarded.

use std::sync::Arc;

use ramal::socketio::{BoxTransport, Dial, DialError, DialStage, Dialling, Endpoint};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

/// Dials by TCP, and by TLS with the given configuration where the endpoint asks for it.
#[derive(Clone, Default)]
pub struct LoopbackDialer {
    pub tls: Option<Arc<rustls::ClientConfig>>,
}

fn failed(stage: DialStage, error: &impl ToString) -> DialError {
    DialError { stage, detail: error.to_string().into() }
}

impl LoopbackDialer {
    async fn connect(&self, endpoint: &Endpoint) -> Result<BoxTransport, DialError> {
        let stream = TcpStream::connect((&*endpoint.host, endpoint.port))
            .await
            .map_err(|error| failed(DialStage::Connect, &error))?;
        stream.set_nodelay(true).map_err(|error| failed(DialStage::Connect, &error))?;
        if !endpoint.tls {
            return Ok(Box::new(stream));
        }
        let config = self.tls.clone().expect("a TLS configuration for a TLS endpoint");
        let name = ServerName::try_from(endpoint.host.to_string())
            .map_err(|error| failed(DialStage::Tls, &error))?;
        let stream = TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| failed(DialStage::Tls, &error))?;
        Ok(Box::new(stream))
    }
}

impl Dial for LoopbackDialer {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint, _: Instant) -> Dialling<'a> {
        Box::pin(self.connect(endpoint))
    }
}
