//! A person's own account: their name, language and time zone, and their password.
//!
//! What must hold here: nobody changes more of themselves than this, least of all their role; a password of their own
//! is set only by who knows the present one.

use serde::Deserialize;
use serde_json::json;

use super::afresh::afresh;
use super::fault::Faults;
use super::guesses::Guess;
use super::passwords::acceptable;
use super::sign_in::hash;
use super::user_input::{check, described, described_user};
use super::{Actor, Admin, AdminError, By, Fault, UserInput, audit};
use crate::domain::{Lang, UserId, ValueFault};
use crate::secrets::Secret;

/// The time zone of who has not chosen one.
pub const USUAL_ZONE: &str = "America/Sao_Paulo";

/// What people set for themselves.
#[derive(Debug, Default, Clone, Deserialize)]
pub struct PreferencesInput {
    pub name: Option<String>,
    pub lang: Option<Lang>,
    /// The IANA name.
    pub zone: Option<String>,
}

impl Admin {
    /// A person's own name, language and time zone.
    pub async fn save_preferences(
        &self,
        actor: &Actor,
        user: UserId,
        input: &PreferencesInput,
    ) -> Result<(), AdminError> {
        afresh(None, || self.save_preferences_as_read(actor, user, input)).await
    }

    async fn save_preferences_as_read(
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
                return Err(AdminError::invalid(
                    "zone",
                    Fault::Value(ValueFault::NotOne { allowed: example }),
                ));
            }
            checked.zone = Some(zone.clone());
        }
        let by = actor.clone();
        let saved = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.save_user(user, before.version, &checked.save()).await?;
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
        // Who has come by a browser that is signed in has not come by the password.
        let guess = Guess::Own { user };
        self.access.guesses.take(&guess)?;
        let stored = self.stored_user(user).await?;
        let hash_now = self.store.user_password(user).await?;
        let mut faults = Faults::default();
        if self.access.is_right(By::actor(actor), current, hash_now).await? {
            self.access.guesses.was_right(&guess);
        } else {
            faults.add("current", Fault::PasswordWrong);
        }
        faults.check("new", acceptable(new, &stored.login));
        faults.done().map_err(AdminError::Invalid)?;
        let password = self.access.hash(By::actor(actor), new).await?;
        let (by, keep) = (actor.clone(), hash(token.expose()));
        let changed = self.journal.control(move |tx| {
            Box::pin(async move {
                tx.set_password(user, &password, false, Some(&keep)).await?;
                tx.audit(&audit(&by, "user.password", None, user.to_string(), &json!({}))).await
            })
        });
        changed.await?;
        self.access.changed(user);
        Ok(())
    }
}
