//! Who makes rows of the journal, how far they are, and having them made anew: for who administers the whole program.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::users::require_all;
use super::{Actor, Admin, AdminError, audit};
use crate::domain::Lang;
use crate::journal::{ConsumerStatus, Kind, RebuildStatus};
use crate::store::{StoreError, Tx};
use crate::texts::{msg, say};

/// Who makes rows of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsumersView {
    pub items: Vec<ConsumerView>,
}

/// One consumer, all companies together.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsumerView {
    /// Stays the same in every version: `indexer`, … Its duty has the same name.
    pub name: &'static str,
    /// What it is called, in the caller's language.
    pub title: String,
    /// Of its rows: a program with another one makes them anew.
    pub version: i32,
    /// Events that are not in its rows yet. The indexer waits for 1,024 of a company, or for a day.
    pub behind: u64,
    /// While its rows are made anew; until then those are read that there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuild: Option<RebuildView>,
}

/// How much of a rebuild is left.
#[derive(Debug, Serialize, ToSchema)]
pub struct RebuildView {
    pub companies_left: u64,
    pub events_left: u64,
}

impl Admin {
    /// Every consumer, in the order of the program.
    pub async fn consumers(&self, actor: &Actor, lang: Lang) -> Result<ConsumersView, AdminError> {
        require_all(actor)?;
        let mut items = Vec::new();
        for kind in self.journal.consumers() {
            items.push(view(kind.status(&self.store).await?, lang));
        }
        Ok(ConsumersView { items })
    }

    /// Has the rows of a consumer made anew, while everything goes on; asked again, it goes on with what is under way.
    pub async fn rebuild(&self, actor: &Actor, name: &str, lang: Lang) -> Result<ConsumerView, AdminError> {
        require_all(actor)?;
        let kind = self.journal.consumers().iter().find(|kind| kind.name == name).copied();
        let kind = kind.ok_or_else(|| AdminError::not_found("consumer", name))?;
        may_be_rebuilt(&kind)?;
        let by = actor.clone();
        self.journal.control(move |tx| Box::pin(async move { rebuild_rows(tx, &by, &kind).await })).await?;
        // As it begins: it may be over before it is told.
        let status = kind.status(&self.store).await?;
        self.journal.rebuild_now(&kind);
        Ok(view(status, lang))
    }
}

/// What was decided once cannot be made of the events again.
pub fn may_be_rebuilt(kind: &Kind) -> Result<(), AdminError> {
    if kind.rebuilds {
        return Ok(());
    }
    Err(AdminError::Conflict(msg("conflict-no-rebuild").with("name", kind.name)))
}

/// Has rows made anew in a transaction of the caller's: the command line has no running program to ask.
pub async fn rebuild_rows(tx: &mut Tx<'_>, actor: &Actor, kind: &Kind) -> Result<(), StoreError> {
    kind.rebuild(tx).await?;
    let detail = json!({ "version": kind.version });
    tx.audit(&audit(actor, "consumer.rebuild", None, kind.name.to_owned(), &detail)).await
}

fn view(status: ConsumerStatus, lang: Lang) -> ConsumerView {
    let ConsumerStatus { name, version, behind, rebuild } = status;
    let left =
        |RebuildStatus { companies, events }| RebuildView { companies_left: companies, events_left: events };
    let title = say(lang, "duty-title").with("duty", name).text();
    ConsumerView { name, title, version, behind, rebuild: rebuild.map(left) }
}
