//! What a provider's documents describe beside its ways in: interfaces by which programs that were written for them ask about
//! its calls. A folder says what is answered; `web` mounts it, finds the source that is meant and bounds it all.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep};

use super::way::{Answer, Declined};
use crate::domain::{CompanyId, Lang, SourceId};
use crate::journal::Journal;
use crate::store::{Store, StoreError};

/// One of these interfaces.
#[derive(Clone, Copy)]
pub struct FrontEnd {
    /// At the root, and behind each source's own `/in/<key>/`; without a slash at either end. `{*rest}` is whatever is beneath.
    pub path: &'static str,
    pub interface: Interface,
}

#[derive(Clone, Copy)]
pub enum Interface {
    /// Asked by GET or POST, from pages of any origin.
    Http(&'static dyn Asked),
    WebSocket(&'static dyn Spoken),
}

/// An interface over HTTP.
pub trait Asked: Send + Sync {
    fn answer<'a>(&'a self, desk: &'a Desk, lang: Lang) -> BoxFuture<'a, Result<Answer, StoreError>>;

    /// To a request that is not answered: the body, a JSON text. The status is that of [`Declined::status`].
    fn declined(&self, why: &Declined, lang: Lang) -> String;
}

/// An interface over a WebSocket: texts in both directions.
pub trait Spoken: Send + Sync {
    /// What a client is told first.
    fn welcome(&self) -> String;

    /// What a client is told when events of the source were written down.
    fn changed(&self) -> String;

    /// The answer to what a client says, whatever that is.
    fn reply<'a>(&'a self, desk: &'a Desk, said: &'a [u8]) -> BoxFuture<'a, String>;

    /// As [`Asked::declined`], to a client that is not let in.
    fn declined(&self, why: &Declined, lang: Lang) -> String;
}

/// Where the answers are looked up: the source that is asked about.
#[derive(Clone)]
pub struct Desk {
    pub journal: Journal,
    pub company: CompanyId,
    pub source: SourceId,
}

/// The rows of calls follow the journal by less than this, unless there is much to do.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(1);

impl Desk {
    pub fn store(&self) -> &Store {
        self.journal.store()
    }

    /// Waits until the rows of calls hold what the journal holds now, so that who was told that an event is written down finds it
    /// in what is asked next. Rows that are far behind are not waited for: an answer is then of a moment ago.
    pub async fn caught_up(&self) -> Result<(), StoreError> {
        let (head, until) = (self.journal.head(self.company), Instant::now() + CAUGHT_UP_WITHIN);
        while self.store().calls_up_to(self.company).await? < head && Instant::now() < until {
            sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }
}
