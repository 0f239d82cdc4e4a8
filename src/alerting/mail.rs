//! The mail server of the installation, as the settings name it.

use std::fmt;

use crate::domain::contact_point::EmailAddress;
use crate::secrets::Secret;

/// How what is said to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// After the first words; a server that has none is not spoken to further.
    StartTls,
    /// From the first byte.
    Implicit,
    None,
}

/// Where mail is given to, and whose it is.
#[derive(Debug, Clone)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    /// User and password.
    pub login: Option<(String, Secret)>,
    pub from: EmailAddress,
    /// What stands before the sender's address.
    pub from_name: Option<String>,
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
