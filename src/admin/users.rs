//! Users of the panel: the first administrator, and whom administrators let in after them.
//!
//! What must hold here: there is always an administrator who sees all companies and may sign in; only such
//! administrators create, change, disable and delete users; whoever loses something by it is signed out at once; a
//! password is in no view and in no line of the audit log.

use serde_json::json;

use super::afresh::afresh;
use super::passwords::{Hashing, made};
use super::sign_in::{Browser, SignedInBrowser};
use super::user_input::{UserInput, check, described, described_user};
use super::{Actor, Admin, AdminError, By, Page, Role, after, audit, refused};
use crate::domain::{CompanyId, Timestamp, UserId};
use crate::secrets::Secret;
use crate::store::{Tx, User};
use crate::texts::msg;

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
    /// May not sign in until enabled again.
    pub disabled: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub last_sign_in_at: Option<Timestamp>,
}

/// A user that was made, with the password to begin with: shown once.
pub struct NewUser {
    pub user: UserView,
    pub password: Option<Secret>,
}

impl Admin {
    /// Creates the first administrator and signs their browser in; possible once, with the code of the log.
    pub async fn create_first_administrator(
        &self,
        code: &str,
        input: &UserInput,
        browser: &Browser,
    ) -> Result<SignedInBrowser, AdminError> {
        if self.has_users().await? {
            return Err(already_set_up());
        }
        let coded = self.check_setup_code(code, browser.address).await;
        let all = UserInput { role: Some(Role::Administrator), companies: Some(None), ..input.clone() };
        let given = input.password.clone().unwrap_or_else(|| Secret::new(""));
        let checked = both(coded, check(&all, None, Some(&given)))?;
        let password = self.access.hash(By::address(browser.address), &given).await?;
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
        let password = self.access.hash(By::actor(actor), &given).await?;
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
        afresh(input.version, || self.change_user_as_read(actor, id, input)).await
    }

    async fn change_user_as_read(
        &self,
        actor: &Actor,
        id: UserId,
        input: &UserInput,
    ) -> Result<UserView, AdminError> {
        require_all(actor)?;
        let before = self.stored_user(id).await?;
        let checked = check(input, Some(&before), None)?;
        let (by, version) = (actor.clone(), input.version.unwrap_or(before.version));
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
        self.access.changed(id);
        self.user(actor, id).await
    }

    /// Gives a user a new password to begin with, and signs them out everywhere. Shown in this answer only.
    pub async fn reset_password(&self, actor: &Actor, id: UserId) -> Result<Secret, AdminError> {
        require_all(actor)?;
        self.stored_user(id).await?;
        let made = made();
        let password = self.access.hash(By::actor(actor), &made).await?;
        let by = actor.clone();
        let reset = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.set_password(id, &password, true, None).await?;
                tx.audit(&audit(&by, "user.reset_password", None, id.to_string(), &json!({}))).await
            })
        });
        reset.await?;
        self.access.changed(id);
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
        if !deleted.await? {
            return Err(last_administrator());
        }
        self.access.changed(id);
        Ok(())
    }

    /// Keeps a user from signing in and signs them out everywhere, or lets them in again. What they are stays.
    pub async fn set_user_disabled(
        &self,
        actor: &Actor,
        id: UserId,
        disabled: bool,
    ) -> Result<UserView, AdminError> {
        require_all(actor)?;
        let before = self.stored_user(id).await?;
        let by = actor.clone();
        let set = self.journal.control(move |tx| {
            Box::pin(async move {
                if disabled && is_last_administrator(tx, &before).await? {
                    return Ok(false);
                }
                tx.set_disabled(id, disabled).await?;
                let action = if disabled { "user.disable" } else { "user.enable" };
                tx.audit(&audit(&by, action, None, id.to_string(), &json!({ "name": before.name }))).await?;
                Ok(true)
            })
        });
        if !set.await? {
            return Err(last_administrator());
        }
        self.access.changed(id);
        self.user(actor, id).await
    }

    pub(super) async fn stored_user(&self, id: UserId) -> Result<User, AdminError> {
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
pub(super) fn require_all(actor: &Actor) -> Result<(), AdminError> {
    actor.require(Role::Administrator)?;
    if actor.companies.is_some() {
        return Err(AdminError::Forbidden { needed: Role::Administrator });
    }
    Ok(())
}

async fn is_last_administrator(tx: &mut Tx<'_>, user: &User) -> Result<bool, crate::store::StoreError> {
    let administrator = Role::Administrator.as_str();
    let is_one = user.role == administrator && user.companies.is_none() && !user.disabled;
    Ok(is_one && tx.users_of_role(administrator).await? <= 1)
}

fn view(user: User) -> UserView {
    UserView {
        id: user.id,
        login: user.login,
        name: user.name,
        role: Role::parse(&user.role).unwrap_or(Role::Reader),
        companies: user.companies,
        temporary: user.temporary,
        disabled: user.disabled,
        version: user.version,
        created_at: user.created_at,
        last_sign_in_at: user.last_sign_in_at,
    }
}

fn already_set_up() -> AdminError {
    AdminError::Conflict(msg("conflict-set-up"))
}

fn last_administrator() -> AdminError {
    AdminError::Conflict(msg("conflict-last-administrator"))
}

/// The second, unless either was refused: then the faults of both.
fn both<T>(first: Result<(), AdminError>, second: Result<T, AdminError>) -> Result<T, AdminError> {
    match (first, second) {
        (Ok(()), second) => second,
        (Err(AdminError::Invalid(mut faults)), Err(AdminError::Invalid(more))) => {
            faults.extend(more);
            Err(AdminError::Invalid(faults))
        }
        (Err(error), _) => Err(error),
    }
}
