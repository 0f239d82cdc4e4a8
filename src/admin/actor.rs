//! Who asks, and what they may do.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::AdminError;
use crate::domain::CompanyId;

/// What someone may do, each role including those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// See everything but secrets.
    Reader,
    /// Also connect, pause, resend, replay, test.
    Operator,
    /// Also create, change, delete, and see unmasked payloads.
    Administrator,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Operator => "operator",
            Role::Administrator => "administrator",
        }
    }

    pub fn parse(text: &str) -> Option<Role> {
        [Role::Reader, Role::Operator, Role::Administrator].into_iter().find(|role| role.as_str() == text)
    }
}

/// A caller whose identity has been proven.
#[derive(Debug, Clone)]
pub struct Actor {
    /// As the audit log names them: `api-key:3 CRM`, `provisioning`, `command line`.
    pub name: String,
    pub role: Role,
    /// The companies they may see and touch; `None` is all.
    pub companies: Option<Vec<CompanyId>>,
    pub address: Option<IpAddr>,
}

impl Actor {
    /// The program itself acting on its settings file.
    pub fn provisioning() -> Self {
        Self { name: "provisioning".into(), role: Role::Administrator, companies: None, address: None }
    }

    /// Someone with a shell on the machine.
    pub fn command_line() -> Self {
        Self { name: "command line".into(), role: Role::Administrator, companies: None, address: None }
    }

    /// Who has proven nothing.
    pub(super) fn nobody() -> Self {
        Self { name: "?".into(), role: Role::Reader, companies: Some(Vec::new()), address: None }
    }

    pub fn require(&self, role: Role) -> Result<(), AdminError> {
        if self.role >= role { Ok(()) } else { Err(AdminError::Forbidden { needed: role }) }
    }

    /// A company outside the caller's scope does not exist for them.
    pub fn require_company(&self, company: CompanyId) -> Result<(), AdminError> {
        if self.sees(company) { Ok(()) } else { Err(AdminError::not_found("company", company)) }
    }

    pub fn sees(&self, company: CompanyId) -> bool {
        self.companies.as_ref().is_none_or(|companies| companies.contains(&company))
    }
}
