//! Posts that a source's door did not take, for who wonders why nothing comes.

use super::{Actor, Admin, AdminError};
use crate::domain::{Lang, SourceId, Timestamp};
use crate::runtime::{MeantFor, Refusals};
use crate::sources;

/// Refused posts since a moment, and the last of all.
#[derive(Debug)]
pub struct RefusedPosts {
    pub count: u64,
    /// When this process began to count, if that is later than what was asked for.
    pub counted_since: Option<Timestamp>,
    pub last_at: Timestamp,
    pub status: u16,
    /// Why the last was refused, as its sender was told.
    pub why: String,
    /// They showed no token of any source: they may have been meant for another one of the provider's.
    pub of_nobody: bool,
}

impl Admin {
    /// What this process refused since then of what was meant for a source. What may have been meant for any source of its
    /// provider only those hear of who see all companies.
    pub async fn refused_posts(
        &self,
        actor: &Actor,
        lang: Lang,
        id: SourceId,
        since: Timestamp,
    ) -> Result<Vec<RefusedPosts>, AdminError> {
        let source = self.stored_source(actor, id).await?;
        if sources::find(source.provider).is_none_or(|definition| definition.way_in().endpoint().is_none()) {
            return Ok(Vec::new());
        }
        let doors = self.runtime.doors();
        let told = |meant_for, of_nobody| {
            let refused: Refusals = doors.refused_since(meant_for, since)?;
            Some(RefusedPosts {
                count: refused.count,
                counted_since: Some(self.runtime.started_at()).filter(|started| *started > since),
                last_at: refused.last_at,
                status: refused.last_why.status().as_u16(),
                why: refused.last_why.text(lang),
                of_nobody,
            })
        };
        let own = told(MeantFor::Source(id), false);
        let common = told(MeantFor::Provider(source.provider), true).filter(|_| actor.companies.is_none());
        Ok(own.into_iter().chain(common).collect())
    }
}
