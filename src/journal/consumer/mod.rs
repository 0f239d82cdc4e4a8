//! Who follows every company's journal and makes rows of it: what it says of itself, and what it is given.
//!
//! What must always hold here:
//! - A consumer's rows and its cursor are one transaction: after a crash it goes on where its rows end, and takes in nothing twice.
//!   Whose rows tell what they were made of may have them written in parts, one transaction after the other, so that none is long; its
//!   cursor moves with the last ([`Rows::in_parts`]).
//! - It follows by itself and holds nobody up: its writes go when neither events nor results wait, or have let it wait for
//!   [`PATIENCE`](super::projections::PATIENCE); what is long past, or made anew, has a pace ([`pace`]); and what it has in hand of all
//!   companies together is bounded, in rows of a transaction as in bytes that are read.
//! - Retention waits for it, up to the hard limits: also before it has read its first event.
//! - What it made under another version is made anew from the first event there is, beside the rows that are read; those are read
//!   until the new ones have caught up ([`rebuild`]).
//!
//! How it works: a [`Consumer`] lives for one stretch: it begins behind its cursor, takes in pages, and ends with the [`Rows`] to
//! write. [`following`] is the duty that does this for all companies in turn. Which consumers there are is one list
//! ([`Kind`], [`JournalOptions::consumers`](super::JournalOptions::consumers)).
//!
//! A webhook's courier follows in its own way: it reads as this does ([`super::follow`]) and has its cursor in the same table, but what it
//! makes are requests, whose answers come in any order and are written as results.

pub(super) mod following;
mod in_hand;
mod pace;
mod rebuild;

use futures_util::future::BoxFuture;

pub use rebuild::{ConsumerStatus, RebuildStatus};

use super::follow::Page;
use super::{Journal, ReadLimit};
use crate::domain::{CompanyId, Pattern, Seq, Timestamp};
use crate::store::{BatchTx, StoreError, Tx};

/// What is read at once.
const PAGE: ReadLimit = ReadLimit { items: 1_000, bytes: 256 << 10 };

/// Makes rows of one stretch of one company's journal.
pub trait Consumer: Send + Sized + 'static {
    /// In the table of cursors, of its duty, and for people: lower case with hyphens, and never another one.
    const NAME: &'static str;
    /// Of its rows: with another one they are made anew.
    const VERSION: i32;
    /// It is not begun for fewer events than these, save when it is asked for the [rest](Consumer::rest).
    const LEAST: usize = 1;
    /// Whether rows made anew take the places of those that there are, so that new ones may come beside those of another version.
    const IN_PLACE: bool = false;
    /// Whether its rows can be made of the events again. Where they cannot, they stay, and one of another version goes on behind them.
    const REBUILDS: bool = true;

    /// Which events it needs; of others it may see some.
    fn wants() -> Vec<Pattern> {
        vec![Pattern::All]
    }

    /// Begins behind its cursor, with whatever of its own rows it needs to go on from.
    fn begin(start: &Start<'_>) -> impl Future<Output = Result<Self, StoreError>> + Send;

    /// How much it takes in next.
    fn room(&self) -> ReadLimit {
        PAGE
    }

    /// Takes a page in, which may hold nothing that it wants; it may read its own rows for that, which nobody else writes. Until it
    /// gives rows, its cursor stays where it was, and all of it is read again after a crash: `None` is for who has to see more before
    /// there is anything to write, and [`Rows::none`] for who wants nothing of the page.
    fn take(&mut self, page: &Page) -> impl Future<Output = Result<Option<Rows>, StoreError>> + Send;

    /// The journal ends here, and it is now so late: what it would write although there is no more. Asked for now and then.
    fn rest(&mut self, now: Timestamp) -> Option<Rows> {
        let _ = now;
        None
    }

    /// Removes up to `limit` rows that mean nothing any more, and returns how many; retention asks until there are fewer.
    fn forget(
        tx: &mut Tx<'_>,
        outlived: Outlived,
        limit: u32,
    ) -> impl Future<Output = Result<u64, StoreError>> + Send {
        let _ = (tx, outlived, limit);
        std::future::ready(Ok(0))
    }
}

/// Which rows of a company mean nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlived {
    pub company: CompanyId,
    /// The oldest event that there is: of those before it no rows are needed.
    pub oldest: Seq,
    /// The build that is read: of those before it no rows are needed.
    pub read: i32,
}

/// Where a stretch begins.
pub struct Start<'a> {
    pub journal: &'a Journal,
    pub company: CompanyId,
    /// The first event that is not in its rows.
    pub from: Seq,
    /// Which of its builds this is of, for rows that stand beside those of another.
    pub build: i32,
}

pub type WriteRows =
    Box<dyn for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static>;
pub type WriteOften =
    Box<dyn for<'t> FnOnce(&'t mut BatchTx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static>;

/// With which connection rows are written. Either runs on the recorder's thread: what takes long is done before.
pub enum Write {
    /// With that of batches: rows that most events change. Only what has been written for it can be done there.
    Often(WriteOften),
    /// With anything that the store offers: rows that few events change.
    Rarely(WriteRows),
}

/// Rows that are written together.
pub struct Part {
    /// How many, about: what is small shares a commit with others.
    pub rows: usize,
    pub write: Write,
}

impl Part {
    pub fn new<W>(rows: usize, write: W) -> Self
    where
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        Self { rows, write: Write::Rarely(Box::new(write)) }
    }

    /// Of rows that most events change.
    pub fn often<W>(rows: usize, write: W) -> Self
    where
        W: for<'t> FnOnce(&'t mut BatchTx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        Self { rows, write: Write::Often(Box::new(write)) }
    }
}

/// What became of a stretch.
pub struct Rows {
    /// The last event that is in them: the cursor, once they are written.
    pub up_to: Seq,
    /// None where there is nothing to write.
    pub parts: Vec<Part>,
    /// Who is told once they are written. (Nobody may rely on it: a crash may come between.)
    pub(super) then: Option<Box<dyn FnOnce() + Send>>,
}

impl Rows {
    pub fn new<W>(up_to: Seq, rows: usize, write: W) -> Self
    where
        W: for<'t> FnOnce(&'t mut Tx<'_>) -> BoxFuture<'t, Result<(), StoreError>> + Send + 'static,
    {
        Self { up_to, parts: vec![Part::new(rows, write)], then: None }
    }

    /// Parts that need not come in one transaction: after a crash some of them are written, the cursor is where it was, and the stretch
    /// is read again. Who gives them tells by its rows which events are in them already.
    pub fn in_parts(up_to: Seq, parts: Vec<Part>) -> Self {
        Self { up_to, parts, then: None }
    }

    /// Does this once they are written; after a crash somebody else has to.
    #[must_use]
    pub fn then(self, then: impl FnOnce() + Send + 'static) -> Self {
        Self { then: Some(Box::new(then)), ..self }
    }

    /// There is nothing to write of everything up to here: it is given the next page, and its cursor moves with what it writes of that.
    pub fn none(up_to: Seq) -> Self {
        Self { up_to, parts: Vec::new(), then: None }
    }
}

type Begin = for<'a> fn(&'a Start<'a>) -> BoxFuture<'a, Result<Box<dyn Stretch>, StoreError>>;
pub(super) type Forget = for<'t> fn(&'t mut Tx<'_>, Outlived, u32) -> BoxFuture<'t, Result<u64, StoreError>>;

/// A consumer, as the list of them has it.
#[derive(Clone, Copy)]
pub struct Kind {
    pub name: &'static str,
    pub version: i32,
    /// Whether its rows can be made anew.
    pub rebuilds: bool,
    least: usize,
    in_place: bool,
    wants: fn() -> Vec<Pattern>,
    begin: Begin,
    pub(super) forget: Forget,
}

impl Kind {
    pub fn of<C: Consumer>() -> Kind {
        Kind {
            name: C::NAME,
            version: C::VERSION,
            rebuilds: C::REBUILDS,
            least: C::LEAST,
            in_place: C::IN_PLACE,
            wants: C::wants,
            begin: |start| Box::pin(async move { Ok(Box::new(C::begin(start).await?) as Box<dyn Stretch>) }),
            forget: |tx, outlived, limit| Box::pin(C::forget(tx, outlived, limit)),
        }
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// A consumer that has begun, whichever it is.
trait Stretch: Send {
    fn room(&self) -> ReadLimit;
    fn take<'a>(&'a mut self, page: &'a Page) -> BoxFuture<'a, Result<Option<Rows>, StoreError>>;
    fn rest(&mut self, now: Timestamp) -> Option<Rows>;
}

impl<C: Consumer> Stretch for C {
    fn room(&self) -> ReadLimit {
        Consumer::room(self)
    }

    fn take<'a>(&'a mut self, page: &'a Page) -> BoxFuture<'a, Result<Option<Rows>, StoreError>> {
        Box::pin(Consumer::take(self, page))
    }

    fn rest(&mut self, now: Timestamp) -> Option<Rows> {
        Consumer::rest(self, now)
    }
}
