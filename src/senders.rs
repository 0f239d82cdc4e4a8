//! What alerts go out by, as the settings say it.

use crate::alerting::{MailServer, MailTls, SenderOptions, Senders};
use crate::config::{Settings, SmtpTls};
use crate::net::Dialer;

/// See the module.
pub fn senders(settings: &Settings, dialer: &Dialer) -> Senders {
    let mail = settings.smtp.as_ref().map(|smtp| MailServer {
        host: smtp.host.clone(),
        port: smtp.port,
        tls: match smtp.tls {
            SmtpTls::StartTls => MailTls::StartTls,
            SmtpTls::Implicit => MailTls::Implicit,
            SmtpTls::None => MailTls::None,
        },
        login: smtp.login.clone(),
        from: smtp.from.clone(),
        from_name: smtp.from_name.clone(),
    });
    let panel_url = settings.public_url.as_ref().map(ToString::to_string);
    Senders::new(dialer, SenderOptions { mail, telegram_api: settings.telegram_api.clone(), panel_url })
}
