//! The way out of the settings: authorities that are trusted, proxies, addresses that may be reached.

use std::sync::Arc;

use tracing::{info, warn};

use crate::config::{ProxyAddress, ProxySettings, Settings};
use crate::net::{Allow, Dialer, Guard, Proxies, Proxy, SystemResolver, client_config_here};
use crate::serve::ServeError;

fn extra_ca(settings: &Settings) -> Result<Option<Vec<u8>>, ServeError> {
    settings.extra_ca_file.as_ref().map(std::fs::read).transpose().map_err(ServeError::CaFile)
}

/// The way out of the settings. It trusts the public authorities, those of the system's store, and `extra_ca_file`'s.
pub fn dialer(settings: &Settings) -> Result<Arc<Dialer>, ServeError> {
    let (tls, unread) = client_config_here(extra_ca(settings)?.as_deref())?;
    for error in unread {
        warn!(error, "a part of the system's certificate store cannot be read");
    }
    let allow = Allow::new(settings.guard_allow.iter().copied());
    let guard = Arc::new(Guard::new(allow, Arc::new(SystemResolver::new())));
    let proxies = Arc::new(proxies(&settings.proxy));
    Ok(Arc::new(Dialer { proxies, ..Dialer::new(guard, tls) }))
}

/// The proxies of the settings, for requests and sockets alike; says that there are some.
pub fn proxies(settings: &ProxySettings) -> Proxies {
    for (targets, proxy) in [("http", &settings.plain), ("https", &settings.encrypted)] {
        if let Some(proxy) = proxy {
            info!(targets, proxy = %proxy, "addresses outside are reached through a proxy");
        }
    }
    if let Some(variable) = &settings.passed_over {
        warn!(
            variable,
            "names a SOCKS proxy, which is not supported: it is not used (proxy = \"off\" silences this)"
        );
    }
    let proxy = |address: &ProxyAddress| {
        let credentials = address.user.as_deref().map(|user| (user, address.password.expose()));
        Proxy::new(address.tls, &address.host, address.port, credentials)
    };
    let [plain, encrypted] =
        [&settings.plain, &settings.encrypted].map(|address| address.as_ref().map(proxy));
    Proxies::new(plain, encrypted, &settings.except).resolving(&settings.resolves)
}
