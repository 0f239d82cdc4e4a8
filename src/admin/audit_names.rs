//! What the things that the audit log names by their ids are called now, and where they are shown.

use std::collections::{BTreeSet, HashMap};

use super::{Actor, Admin, AdminError, AuditView};
use crate::domain::{AlertRuleId, CompanyId, ContactPointId, SourceId, UserId, WebhookId};
use crate::sources;

/// Users, and keys, whose names are looked at.
const NAMED: u32 = 1_000;

/// Something that the log names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    /// Of its page.
    pub path: Option<String>,
}

impl Admin {
    /// What the lines of a page are about, by id. What is gone is missing, and so is what the actor does not see.
    pub async fn audit_names(
        &self,
        actor: &Actor,
        lines: &[AuditView],
    ) -> Result<HashMap<String, Named>, AdminError> {
        let mut names = HashMap::new();
        let (mut users, mut keys) = (false, false);
        let webhook = |line: &AuditView| {
            let id = line.detail.as_ref()?.get("webhook")?.as_i64()?;
            Some(WebhookId(id).to_string())
        };
        let meant = lines.iter().flat_map(|line| line.target.clone().into_iter().chain(webhook(line)));
        for target in meant.collect::<BTreeSet<String>>() {
            users |= target.starts_with("user_");
            keys |= target.starts_with("key_");
            if let Some(named) = self.named(actor, &target).await? {
                names.insert(target, named);
            }
        }
        if users && actor.companies.is_none() {
            for user in self.store.users(UserId(0), NAMED).await? {
                let path = Some(format!("/users/{}", user.id));
                names.insert(user.id.to_string(), Named { name: user.name, path });
            }
        }
        if keys {
            for key in self.api_keys(actor, None, NAMED).await?.items {
                names.insert(key.id, Named { name: key.name, path: Some("/api-keys".to_owned()) });
            }
        }
        Ok(names)
    }

    async fn named(&self, actor: &Actor, target: &str) -> Result<Option<Named>, AdminError> {
        // `alert_rule_7`, `evt_7_1024`: what stands before the first number.
        let kind = target.split(|c: char| c.is_ascii_digit()).next().unwrap_or(target).trim_end_matches('_');
        // What is of no company is the installation's.
        let seen = |of: Option<CompanyId>| of.map_or(actor.companies.is_none(), |id| actor.sees(id));
        let at = |name: String, path: String| Some(Named { name, path: Some(path) });
        Ok(match kind {
            "company" => match target.parse::<CompanyId>().ok().filter(|id| actor.sees(*id)) {
                Some(id) => {
                    let found = self.store.company(id).await?;
                    found.and_then(|company| at(company.name, format!("/companies/{id}")))
                }
                None => None,
            },
            "webhook" => match target.parse::<WebhookId>() {
                Ok(id) => self.store.webhook(id).await?.filter(|it| actor.sees(it.company)).and_then(|it| {
                    at(it.settings.name.to_string(), format!("/companies/{}/webhooks/{id}", it.company))
                }),
                Err(_) => None,
            },
            "source" => match target.parse::<SourceId>() {
                Ok(id) => self.store.source(id).await?.filter(|it| actor.sees(it.company)).and_then(|it| {
                    at(sources::name(it.provider.as_str()).to_owned(), format!("/companies/{}", it.company))
                }),
                Err(_) => None,
            },
            "alert_rule" => match target.parse::<AlertRuleId>() {
                Ok(id) => {
                    let found = self.store.alert_rule(id).await?.filter(|it| seen(it.company));
                    found.and_then(|it| at(it.name, format!("/alerts/rules/{id}")))
                }
                Err(_) => None,
            },
            "contact_point" => match target.parse::<ContactPointId>() {
                Ok(id) => {
                    let found = self.store.contact_point(id).await?.filter(|it| seen(it.company));
                    found.and_then(|it| at(it.name, format!("/alerts/contacts/{id}")))
                }
                Err(_) => None,
            },
            "incident" => at(target.to_owned(), format!("/incidents/{target}")),
            "evt" => at(target.to_owned(), format!("/events/{target}")),
            "call" => at(target.to_owned(), format!("/calls/{target}")),
            _ => None,
        })
    }
}
