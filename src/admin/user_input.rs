//! The fields of a user: what was typed laid over what is stored, checked, and how the audit log tells them.
//!
//! What must hold here: every fault is told at once; a password is in no description.

use serde::Deserialize;
use serde_json::json;

use super::fault::{Faults, name};
use super::passwords::acceptable;
use super::{AdminError, Fault, Role};
use crate::domain::{CompanyId, ValueFault};
use crate::secrets::Secret;
use crate::store::{SaveUser, User};

/// The fields of a user. Absent ones stay as they are.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct UserInput {
    pub name: Option<String>,
    /// An e-mail address or a short name.
    pub login: Option<String>,
    pub role: Option<Role>,
    /// The companies they may see; `Some(None)` is all.
    pub companies: Option<Option<Vec<CompanyId>>>,
    /// For a new user; made here when absent.
    pub password: Option<Secret>,
    /// Which saved state the caller edited.
    pub version: Option<i64>,
}

/// The fields of a user, checked.
#[derive(Clone)]
pub(super) struct Checked {
    login: String,
    name: String,
    pub role: Role,
    pub companies: Option<Vec<CompanyId>>,
    pub lang: Option<String>,
    pub zone: Option<String>,
}

impl Checked {
    pub fn save(&self) -> SaveUser<'_> {
        SaveUser {
            login: &self.login,
            name: &self.name,
            role: self.role.as_str(),
            companies: self.companies.as_deref(),
            lang: self.lang.as_deref(),
            zone: self.zone.as_deref(),
        }
    }
}

/// The input laid over what is stored, every fault told at once.
pub(super) fn check(
    input: &UserInput,
    before: Option<&User>,
    password: Option<&Secret>,
) -> Result<Checked, AdminError> {
    let mut faults = Faults::default();
    let given = |given: &Option<String>, stored: Option<&String>| given.clone().or(stored.cloned());
    let named = given(&input.name, before.map(|user| &user.name));
    let name = faults.check("name", name(named.as_deref().unwrap_or_default()));
    let signs_in = given(&input.login, before.map(|user| &user.login));
    let login = faults.check("login", login(signs_in.as_deref().unwrap_or_default()));
    let role = input.role.or_else(|| before.and_then(|user| Role::parse(&user.role)));
    let role = faults.check("role", role.ok_or(Fault::Value(ValueFault::Missing)));
    let companies = input.companies.clone().or_else(|| before.map(|user| user.companies.clone()));
    let companies = match companies.flatten() {
        Some(companies) if companies.is_empty() => {
            faults.add("companies", Fault::NoCompany);
            None
        }
        companies => companies,
    };
    if let Some(password) = password {
        faults.check("password", acceptable(password, login.as_deref().unwrap_or("\0")));
    }
    faults.done().map_err(AdminError::Invalid)?;
    Ok(Checked {
        login: login.unwrap_or_default(),
        name: name.unwrap_or_default(),
        role: role.unwrap_or(Role::Reader),
        companies,
        lang: before.and_then(|user| user.lang.clone()),
        zone: before.and_then(|user| user.zone.clone()),
    })
}

/// What somebody signs in with: 3 to 120 characters without spaces, in small letters.
fn login(raw: &str) -> Result<String, Fault> {
    let login = raw.trim().to_lowercase();
    match login.chars().count() {
        0 => Err(Fault::Value(ValueFault::Missing)),
        length if length > 120 => Err(Fault::Value(ValueFault::TooLong { max: 120 })),
        length if length < 3 || login.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Err(Fault::LoginShape)
        }
        _ => Ok(login),
    }
}

pub(super) fn described(user: &Checked) -> serde_json::Value {
    saved(&user.save())
}

pub(super) fn described_user(user: &User) -> serde_json::Value {
    let User { login, name, role, companies, lang, zone, .. } = user;
    let (companies, lang, zone) = (companies.as_deref(), lang.as_deref(), zone.as_deref());
    saved(&SaveUser { login, name, role, companies, lang, zone })
}

fn saved(user: &SaveUser<'_>) -> serde_json::Value {
    json!({ "login": user.login, "name": user.name, "role": user.role, "companies": user.companies,
        "lang": user.lang, "zone": user.zone })
}
