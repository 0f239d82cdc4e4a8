//! Users of the panel: the first administrator, and whom administrators let in after them.
//!
//! What must hold here: there is always an administrator who sees all companies; only such administrators create,
//! change and delete users; a password is in no view and in no line of the audit log.

use serde::Deserialize;
use serde_json::json;

use super::fault::{Faults, name};
use super::passwords::{Hashing, acceptable, made};
use super::sign_in::{Browser, hash};
use super::{Actor, Admin, AdminError, Fault, Page, Role, after, audit, refused};
use crate::domain::{CompanyId, Lang, Timestamp, UserId};
use crate::secrets::Secret;
use crate::store::{SaveUser, Tx, User};

/// The time zone of who has not chosen one.
pub const USUAL_ZONE: &str = "America/Sao_Paulo";

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

/// What people set for themselves.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct PreferencesInput {
    pub name: Option<String>,
    pub lang: Option<Lang>,
    /// The IANA name.
    pub zone: Option<String>,
}

/// A user as administrators see them.
#[derive(Debug, Clone)]
pub struct UserView {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub companies: Option<Vec<CompanyId>>,
    /// Has not chosen a password of their own yet.
    pub temporary: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
}

/// A user that was made, with the password to begin with: shown once.
pub struct NewUser {
    pub user: UserView,
    pub password: Option<Secret>,
}

/// The fields of a user, checked.
#[derive(Clone)]
struct Checked {
    login: String,
    name: String,
    role: Role,
    companies: Option<Vec<CompanyId>>,
    lang: Option<String>,
    zone: Option<String>,
}

impl Checked {
    fn save(&self) -> SaveUser<'_> {
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

impl Admin {
    /// Creates the first administrator and signs their browser in; possible once, with the code made at the start.
    pub async fn create_first_administrator(
        &self,
        code: &str,
        input: &UserInput,
        browser: &Browser,
    ) -> Result<Secret, AdminError> {
        if self.has_users().await? {
            return Err(already_set_up());
        }
        self.check_setup_code(code, browser.address)?;
        let all = UserInput { role: Some(Role::Administrator), companies: Some(None), ..input.clone() };
        let given = input.password.clone().unwrap_or_else(|| Secret::new(""));
        let checked = check(&all, None, Some(&given))?;
        let password = self.access.hashing.hash(&given).await?;
        let by = Actor { address: browser.address, name: "setup".into(), ..Actor::command_line() };
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                // Looked at again by the one writer: of two browsers with the code one is the first.
                if !tx.users(UserId(0), 1).await?.is_empty() {
                    return Ok(None);
                }
                let id = tx.create_user(&checked.save(), &password, false, Timestamp::now()).await?;
                tx.audit(&audit(&by, "user.create", None, id.to_string(), &described(&checked))).await?;
                tx.user(id).await
            })
        });
        let user = created.await.map_err(refused("login"))?.ok_or_else(already_set_up)?;
        self.close_setup();
        self.open(&user, browser).await
    }

    pub async fn users(
        &self,
        actor: &Actor,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<UserView>, AdminError> {
        require_all(actor)?;
        let rows = self.store.users(UserId(after(cursor, 0)?), limit + 1).await?;
        Ok(Page::of(rows, limit, |row| row.id.0.to_string(), view))
    }

    pub async fn user(&self, actor: &Actor, id: UserId) -> Result<UserView, AdminError> {
        require_all(actor)?;
        Ok(view(self.stored_user(id).await?))
    }

    /// Creates a user; without a password one is made, and shown in this answer only.
    pub async fn create_user(&self, actor: &Actor, input: &UserInput) -> Result<NewUser, AdminError> {
        require_all(actor)?;
        let (given, shown) = match &input.password {
            Some(password) => (password.clone(), None),
            None => {
                let password = made();
                (password.clone(), Some(password))
            }
        };
        let checked = check(input, None, Some(&given))?;
        let password = self.access.hashing.hash(&given).await?;
        let by = actor.clone();
        let created = self.journal.control(move |tx| {
            Box::pin(async move {
                let id = tx.create_user(&checked.save(), &password, true, Timestamp::now()).await?;
                tx.audit(&audit(&by, "user.create", None, id.to_string(), &described(&checked))).await?;
                Ok(id)
            })
        });
        let id = created.await.map_err(refused("login"))?;
        Ok(NewUser { user: self.user(actor, id).await?, password: shown })
    }

    pub async fn update_user(
        &self,
        actor: &Actor,
        id: UserId,
        input: &UserInput,
    ) -> Result<UserView, AdminError> {
        require_all(actor)?;
        let before = self.stored_user(id).await?;
        let checked = check(input, Some(&before), None)?;
        let (by, version) = (actor.clone(), input.version);
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                let stays = checked.role == Role::Administrator && checked.companies.is_none();
                if !stays && is_last_administrator(tx, &before).await? {
                    return Ok(false);
                }
                tx.save_user(id, version, &checked.save()).await?;
                let detail = json!({ "before": described_user(&before), "after": described(&checked) });
                tx.audit(&audit(&by, "user.update", None, id.to_string(), &detail)).await?;
                Ok(true)
            })
        });
        if !saved.await.map_err(refused("login"))? {
            return Err(last_administrator());
        }
        self.user(actor, id).await
    }

    /// Gives a user a new password to begin with, and signs them out everywhere. Shown in this answer only.
    pub async fn reset_password(&self, actor: &Actor, id: UserId) -> Result<Secret, AdminError> {
        require_all(actor)?;
        self.stored_user(id).await?;
        let made = made();
        let password = self.access.hashing.hash(&made).await?;
        let by = actor.clone();
        let reset = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.set_password(id, &password, true, None).await?;
                tx.audit(&audit(&by, "user.reset_password", None, id.to_string(), &json!({}))).await
            })
        });
        reset.await?;
        Ok(made)
    }

    pub async fn delete_user(&self, actor: &Actor, id: UserId) -> Result<(), AdminError> {
        require_all(actor)?;
        let before = self.stored_user(id).await?;
        let by = actor.clone();
        let deleted = self.journal.control(move |tx| {
            Box::pin(async move {
                if is_last_administrator(tx, &before).await? {
                    return Ok(false);
                }
                tx.delete_user(id).await?;
                tx.audit(&audit(&by, "user.delete", None, id.to_string(), &described_user(&before))).await?;
                Ok(true)
            })
        });
        if deleted.await? { Ok(()) } else { Err(last_administrator()) }
    }

    /// A person's own name, language and time zone.
    pub async fn save_preferences(
        &self,
        actor: &Actor,
        user: UserId,
        input: &PreferencesInput,
    ) -> Result<(), AdminError> {
        let before = self.stored_user(user).await?;
        let named = UserInput { name: input.name.clone(), ..UserInput::default() };
        let mut checked = check(&named, Some(&before), None)?;
        if let Some(lang) = input.lang {
            checked.lang = Some(lang.tag().to_owned());
        }
        if let Some(zone) = &input.zone {
            if jiff::tz::TimeZone::get(zone).is_err() {
                let example = format!("{USUAL_ZONE}, UTC, …");
                return Err(AdminError::invalid("zone", Fault::NotOne { allowed: example }));
            }
            checked.zone = Some(zone.clone());
        }
        let by = actor.clone();
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_user(user, None, &checked.save()).await?;
                let detail = json!({ "before": described_user(&before), "after": described(&checked) });
                tx.audit(&audit(&by, "user.preferences", None, user.to_string(), &detail)).await
            })
        });
        Ok(saved.await?)
    }

    /// A person's own password; their other browsers are signed out. `token` is the browser that asks.
    pub async fn change_password(
        &self,
        actor: &Actor,
        user: UserId,
        current: &Secret,
        new: &Secret,
        token: &Secret,
    ) -> Result<(), AdminError> {
        let stored = self.stored_user(user).await?;
        let hash_now = self.store.user_password(user).await?;
        let mut faults = Faults::default();
        if !self.access.hashing.is_right(current, hash_now).await? {
            faults.add("current", Fault::PasswordWrong);
        }
        faults.check("new", acceptable(new, &stored.login));
        faults.done().map_err(AdminError::Invalid)?;
        let password = self.access.hashing.hash(new).await?;
        let (by, keep) = (actor.clone(), hash(token.expose()));
        let changed = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.set_password(user, &password, false, Some(&keep)).await?;
                tx.audit(&audit(&by, "user.password", None, user.to_string(), &json!({}))).await
            })
        });
        Ok(changed.await?)
    }

    async fn stored_user(&self, id: UserId) -> Result<User, AdminError> {
        self.store.user(id).await?.ok_or_else(|| AdminError::not_found("user", id))
    }
}

/// Makes an administrator in a transaction of the caller's, where there is no running program to ask.
pub async fn create_administrator(tx: &mut Tx<'_>, login: &str, name: &str) -> Result<Secret, AdminError> {
    let (by, password) = (Actor::command_line(), made());
    let input = UserInput {
        name: Some(name.to_owned()),
        login: Some(login.to_owned()),
        role: Some(Role::Administrator),
        ..UserInput::default()
    };
    let checked = check(&input, None, Some(&password))?;
    let hash = Hashing::default().hash(&password).await?;
    let id =
        tx.create_user(&checked.save(), &hash, false, Timestamp::now()).await.map_err(refused("login"))?;
    tx.audit(&audit(&by, "user.create", None, id.to_string(), &described(&checked))).await?;
    Ok(password)
}

/// Users are the business of administrators of everything.
fn require_all(actor: &Actor) -> Result<(), AdminError> {
    actor.require(Role::Administrator)?;
    if actor.companies.is_some() {
        return Err(AdminError::Forbidden { needed: Role::Administrator });
    }
    Ok(())
}

async fn is_last_administrator(tx: &mut Tx<'_>, user: &User) -> Result<bool, crate::store::StoreError> {
    let administrator = Role::Administrator.as_str();
    Ok(user.role == administrator && user.companies.is_none() && tx.users_of_role(administrator).await? <= 1)
}

/// The input laid over what is stored, every fault told at once.
fn check(input: &UserInput, before: Option<&User>, password: Option<&Secret>) -> Result<Checked, AdminError> {
    let mut faults = Faults::default();
    let given = |given: &Option<String>, stored: Option<&String>| given.clone().or(stored.cloned());
    let named = given(&input.name, before.map(|user| &user.name));
    let name = faults.check("name", name(named.as_deref().unwrap_or_default()));
    let signs_in = given(&input.login, before.map(|user| &user.login));
    let login = faults.check("login", login(signs_in.as_deref().unwrap_or_default()));
    let role = input.role.or_else(|| before.and_then(|user| Role::parse(&user.role)));
    let role = faults.check("role", role.ok_or(Fault::Missing));
    let companies = input.companies.clone().or_else(|| before.map(|user| user.companies.clone()));
    let companies = match companies.flatten() {
        Some(companies) if companies.is_empty() => {
            faults.add("companies", Fault::Missing);
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
        0 => Err(Fault::Missing),
        length if length > 120 => Err(Fault::TooLong { max: 120 }),
        length if length < 3 || login.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Err(Fault::LoginShape)
        }
        _ => Ok(login),
    }
}

fn described(user: &Checked) -> serde_json::Value {
    saved(&user.save())
}

fn described_user(user: &User) -> serde_json::Value {
    let User { login, name, role, companies, lang, zone, .. } = user;
    let (companies, lang, zone) = (companies.as_deref(), lang.as_deref(), zone.as_deref());
    saved(&SaveUser { login, name, role, companies, lang, zone })
}

fn saved(user: &SaveUser<'_>) -> serde_json::Value {
    json!({ "login": user.login, "name": user.name, "role": user.role, "companies": user.companies,
        "lang": user.lang, "zone": user.zone })
}

fn view(user: User) -> UserView {
    UserView {
        id: user.id,
        login: user.login,
        name: user.name,
        role: Role::parse(&user.role).unwrap_or(Role::Reader),
        companies: user.companies,
        temporary: user.temporary,
        version: user.version,
        created_at: user.created_at,
        last_sign_in_at: user.last_sign_in_at,
    }
}

fn already_set_up() -> AdminError {
    AdminError::Conflict {
        en: "There is an administrator already: sign in, or ask them to create a user for you.",
        pt: "Já existe um administrador: entre, ou peça a ele que crie um usuário para você.",
    }
}

fn last_administrator() -> AdminError {
    AdminError::Conflict {
        en: "This is the last administrator of all companies: make somebody else one first.",
        pt: "Este é o último administrador de todas as empresas: nomeie outro antes.",
    }
}
