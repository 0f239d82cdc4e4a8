//! A source's secrets beside its token: by name, sealed together, each shown as its mask.

use std::collections::BTreeMap;

use super::engine::on;
use super::keys::{open_sealed, put_sealed};
use super::{Store, StoreError, Tx};
use crate::domain::SourceId;
use crate::secrets::{Binding, Secret};

fn place(id: SourceId) -> Binding<'static> {
    Binding { table: "sources", id: id.0, column: "secrets" }
}

const SEALED: &str = "SELECT secrets FROM sources WHERE id = $1";

fn read(opened: &[u8]) -> Result<BTreeMap<String, Secret>, StoreError> {
    let secrets: BTreeMap<String, String> = serde_json::from_slice(opened)
        .map_err(|error| StoreError::unreadable("sources", "secrets", &error))?;
    Ok(secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect())
}

impl Store {
    /// A source's secrets beside its token, by name.
    pub async fn source_secrets(&self, id: SourceId) -> Result<BTreeMap<String, Secret>, StoreError> {
        let mut pooled = self.read().await?;
        let row: Option<(Option<Vec<u8>>,)> = on!(pooled.conn(), db =>
            sqlx::query_as(SEALED).bind(id.0).fetch_optional(&mut *db).await?);
        let Some(sealed) = row.and_then(|(sealed,)| sealed) else { return Ok(BTreeMap::new()) };
        read(&open_sealed(self.keys(), pooled.conn(), &sealed, &place(id)).await?)
    }
}

impl Tx<'_> {
    /// Changes those that are named, an empty one takes its own away; the others stay.
    pub(super) async fn change_source_secrets(
        &mut self,
        id: SourceId,
        changed: &[(&'static str, Secret)],
    ) -> Result<(), StoreError> {
        let row: Option<(Option<Vec<u8>>,)> = on!(self.conn(), db =>
            sqlx::query_as(SEALED).bind(id.0).fetch_optional(&mut *db).await?);
        let keys = self.keys;
        let mut secrets = match row.and_then(|(sealed,)| sealed) {
            Some(sealed) => read(&open_sealed(keys, self.conn(), &sealed, &place(id)).await?)?,
            None => BTreeMap::new(),
        };
        for (name, secret) in changed {
            if secret.expose().is_empty() {
                secrets.remove(*name);
            } else {
                secrets.insert((*name).to_owned(), secret.clone());
            }
        }
        let masks: BTreeMap<_, _> = secrets.iter().map(|(name, secret)| (name, secret.mask())).collect();
        let masks = serde_json::json!(masks).to_string();
        let sql = "UPDATE sources SET secrets = NULL, secret_masks = $2 WHERE id = $1";
        on!(self.conn(), db => sqlx::query(sql).bind(id.0).bind(&masks).execute(&mut *db).await.map(drop))?;
        if secrets.is_empty() {
            return Ok(());
        }
        let exposed: BTreeMap<_, _> = secrets.iter().map(|(name, secret)| (name, secret.expose())).collect();
        let text = zeroize::Zeroizing::new(serde_json::json!(exposed).to_string());
        put_sealed(self, &place(id), text.as_bytes()).await
    }
}
