//! Addresses of webhooks that older programs stored as they were typed: once, at the start, what may be a secret in them is
//! sealed, and hidden in the lines of the audit log.

use serde_json::Value;

use super::wanted::Wanted;
use super::{Admin, AdminError};
use crate::domain::{Timestamp, Wishes, shown};

const CHORE: &str = "webhook addresses are sealed";
/// Of which the addresses are sealed in one transaction.
const WEBHOOKS: usize = 100;

impl Admin {
    /// To be called at the start, before anything runs.
    pub async fn seal_addresses(&self) -> Result<(), AdminError> {
        if self.store.chore_done(CHORE).await?.is_some() {
            return Ok(());
        }
        let mut sealed = Vec::new();
        for webhook in self.store.all_webhooks().await? {
            let address = webhook.settings.url.as_str().to_owned();
            if shown(&address) != address {
                let credentials = self.store.credentials(webhook.id).await?;
                let wishes = Wishes::default();
                let whole = Wanted { settings: webhook.settings, wishes, credentials };
                sealed.push((webhook.id, whole.at(&address)));
            }
        }
        // In pages; what a start that ends in the middle has left is done by the next one.
        while !sealed.is_empty() {
            let page = sealed.split_off(sealed.len().saturating_sub(WEBHOOKS));
            let sealing = self.journal.control(move |tx| {
                Box::pin(async move {
                    for (id, Wanted { settings, credentials, .. }) in &page {
                        tx.seal_address(*id, settings, credentials).await?;
                    }
                    Ok(())
                })
            });
            sealing.await?;
        }
        let mut next = Some(0);
        while let Some(after) = next {
            let page = self
                .journal
                .control(move |tx| Box::pin(async move { tx.rewrite_webhook_audit(after, hidden).await }));
            next = page.await?;
        }
        let done = self
            .journal
            .control(|tx| Box::pin(async move { tx.chore_is_done(CHORE, Timestamp::now()).await }));
        Ok(done.await?)
    }
}

/// A line's detail without what may be a secret in an address; `None` when there was nothing.
fn hidden(detail: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(detail).ok()?;
    hide(&mut value).then(|| value.to_string())
}

/// Hides it in every part; whether there was anything.
fn hide(value: &mut Value) -> bool {
    let mut changed = false;
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::String(url) if key == "url" => {
                        let shown = shown(url);
                        changed |= shown != *url;
                        *url = shown;
                    }
                    value => changed |= hide(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| changed |= hide(item)),
        _ => {}
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_everything_but_the_secret() {
        let detail = r#"{"after":{"settings":{"name":"a","url":"https://a.example/?code=SECRET"}},"before":{"settings":{"url":"https://a.example/"}}}"#;
        let told = hidden(detail).expect("there was a secret");
        assert!(!told.contains("SECRET") && told.contains("https://a.example/?code=…"), "{told}");
        assert!(told.contains(r#""name":"a""#) && told.contains(r#""url":"https://a.example/""#), "{told}");
        assert_eq!(hidden(&told), None);
        assert_eq!(hidden("no JSON"), None);
    }
}
