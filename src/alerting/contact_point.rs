//! A contact point with its secrets: what a message is sent with.

use crate::domain::contact_point::{ChannelKind, ChannelSettings, EmailAddress};
use crate::domain::{CompanyId, ContactPointId, Lang};
use crate::secrets::Secret;
use crate::store::{Credentials, LastMessage, SigningSecret, Store, StoreError, StoredContactPoint};

/// Who is told, and over which service.
#[derive(Debug, Clone)]
pub struct ContactPoint {
    pub id: ContactPointId,
    /// `None`: of the whole installation.
    pub company: Option<CompanyId>,
    pub name: String,
    /// Of what is sent.
    pub lang: Lang,
    pub channel: Channel,
    pub version: i64,
    pub last: Option<LastMessage>,
}

/// The service, and what it asks for. Secrets and secret addresses print as masks.
#[derive(Debug, Clone)]
pub enum Channel {
    Email { to: Vec<EmailAddress> },
    Telegram { token: Secret, chat: String, thread: Option<i64> },
    Slack { url: Secret },
    Teams { url: Secret },
    GoogleChat { url: Secret },
    Discord { url: Secret },
    Webhook { url: Secret, signing: Vec<SigningSecret> },
}

impl Channel {
    /// What is stored, put together again.
    pub fn of(settings: &ChannelSettings, credentials: &Credentials) -> Self {
        let url = || Secret::new(credentials.address(settings.shown_url().unwrap_or_default()));
        match settings {
            ChannelSettings::Email { to } => Channel::Email { to: to.to_vec() },
            ChannelSettings::Telegram { chat, thread } => Channel::Telegram {
                token: credentials.bearer.clone().unwrap_or_else(|| Secret::new("")),
                chat: chat.as_str().to_owned(),
                thread: thread.map(crate::domain::contact_point::TelegramTopic::get),
            },
            ChannelSettings::Slack { .. } => Channel::Slack { url: url() },
            ChannelSettings::Teams { .. } => Channel::Teams { url: url() },
            ChannelSettings::GoogleChat { .. } => Channel::GoogleChat { url: url() },
            ChannelSettings::Discord { .. } => Channel::Discord { url: url() },
            ChannelSettings::Webhook { .. } => {
                Channel::Webhook { url: url(), signing: credentials.signing.clone() }
            }
        }
    }

    pub fn kind(&self) -> ChannelKind {
        match self {
            Channel::Email { .. } => ChannelKind::Email,
            Channel::Telegram { .. } => ChannelKind::Telegram,
            Channel::Slack { .. } => ChannelKind::Slack,
            Channel::Teams { .. } => ChannelKind::Teams,
            Channel::GoogleChat { .. } => ChannelKind::GoogleChat,
            Channel::Discord { .. } => ChannelKind::Discord,
            Channel::Webhook { .. } => ChannelKind::Webhook,
        }
    }
}

impl ContactPoint {
    pub fn of(stored: StoredContactPoint, credentials: &Credentials) -> Self {
        Self {
            channel: Channel::of(&stored.channel, credentials),
            id: stored.id,
            company: stored.company,
            name: stored.name,
            lang: stored.lang,
            version: stored.version,
            last: stored.last,
        }
    }

    /// As it is stored now; `None` if it was deleted.
    pub async fn read(store: &Store, id: ContactPointId) -> Result<Option<Self>, StoreError> {
        let Some(stored) = store.contact_point(id).await? else { return Ok(None) };
        let credentials = store.contact_point_credentials(id).await?;
        Ok(Some(Self::of(stored, &credentials)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact_point::{SecretUrl, TelegramChat};

    #[test]
    fn nothing_secret_is_printed() {
        let whole = "https://hooks.slack.com/services/T000/B000/of-twenty-and-more";
        let credentials = Credentials {
            url: Some(Secret::new(whole)),
            bearer: Some("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw".into()),
            ..Credentials::default()
        };
        let slack = Channel::of(&ChannelSettings::Slack { url: SecretUrl::of(whole) }, &credentials);
        let Channel::Slack { url } = &slack else { panic!("it is Slack: {slack:?}") };
        assert_eq!(url.expose(), whole);
        let chat = TelegramChat::parse("-100123").expect("a chat");
        let telegram = Channel::of(&ChannelSettings::Telegram { chat, thread: None }, &credentials);
        for printed in [format!("{slack:?}"), format!("{telegram:?}")] {
            assert!(!printed.contains("of-twenty") && !printed.contains("vGWJxf"), "{printed}");
        }
    }
}
