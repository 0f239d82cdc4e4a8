//! Addresses that are about to be saved, judged by the guard: the same rule for webhooks and sockets, and for every door.

use super::fault::Fault;
use super::sources::Checked;
use super::{Admin, AdminError};
use crate::domain::{CompanyId, Origin, Provider};
use crate::net::Guard;
use crate::sources::threecplus::settings::PRESETS;

impl Admin {
    /// The guard's judgement of a URL, as a fault of the field. A name that does not resolve just now is taken: the
    /// delivery will say so, and the receiver may be built later.
    pub(super) async fn check_address(&self, company: CompanyId, url: &str) -> Result<(), AdminError> {
        let url = url::Url::parse(url).map_err(|_| AdminError::invalid("url", Fault::NotAUrl))?;
        judge(&self.guard.asking_for(company), "url", &url).await
    }

    /// The guard's judgement of a socket's address, as of a webhook's ([`Admin::check_address`]). The provider's own addresses
    /// are known, and not looked up.
    pub(super) async fn check_socket(&self, provider: Provider, checked: &Checked) -> Result<(), AdminError> {
        let url = checked.config.socket_url.url();
        let known = PRESETS.iter().any(|preset| Origin::of(preset.url) == Origin::of(url.as_str()));
        if provider != Provider::Threecplus || known {
            return Ok(());
        }
        judge(&self.guard, "socket_url", url).await
    }
}

async fn judge(guard: &Guard, field: &'static str, url: &url::Url) -> Result<(), AdminError> {
    if let Err(error) = guard.check_url(url) {
        return Err(AdminError::invalid(field, Fault::Address { refusal: error.refusal }));
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(AdminError::invalid(field, Fault::NotAUrl));
    };
    match guard.vet(host, port).await {
        Err(error) if error.kind == crate::net::ErrorKind::NotPermitted => {
            Err(AdminError::invalid(field, Fault::UrlNotPermitted))
        }
        _ => Ok(()),
    }
}
