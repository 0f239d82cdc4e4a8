//! Addresses that are about to be saved, judged by the guard: the same rule for webhooks and sources, and for every door.

use super::fault::Fault;
use super::sources::Wanted;
use super::{Admin, AdminError};
use crate::domain::{CompanyId, Origin};
use crate::net::Guard;
use crate::sources::settings::{Field, Server};

impl Admin {
    /// The guard's judgement of a URL, as a fault of the field. A name that does not resolve just now is taken: the
    /// delivery will say so, and the receiver may be built later.
    pub(super) async fn check_address(&self, company: CompanyId, url: &str) -> Result<(), AdminError> {
        self.check_url(Some(company), url).await
    }

    /// The same, also of what is no company's.
    pub(super) async fn check_url(&self, company: Option<CompanyId>, url: &str) -> Result<(), AdminError> {
        let url = url::Url::parse(url).map_err(|_| AdminError::invalid("url", Fault::NotAUrl))?;
        match company {
            Some(company) => judge(&self.guard.asking_for(company), "url", &url).await,
            None => judge(&self.guard, "url", &url).await,
        }
    }

    /// The guard's judgement of where a source connects to, as of a webhook's address ([`Admin::check_address`]). The
    /// provider's own addresses are known, and not looked up.
    pub(super) async fn check_server(&self, wanted: &Wanted) -> Result<(), AdminError> {
        let Some(Server { field, url }) = wanted.server() else { return Ok(()) };
        let own = wanted.provider.fields().iter().flat_map(Field::presets);
        let is_own = own.map(|preset| preset.url).any(|own| Origin::of(own) == Origin::of(url.as_str()));
        if is_own { Ok(()) } else { judge(&self.guard, field, &url).await }
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
