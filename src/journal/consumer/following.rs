//! The duty that lets one consumer follow: all companies in turn, a stretch of each; then, at a pace, what is long past.

mod writing;

use std::ops::RangeInclusive;
use std::time::Duration;

use ahash::{AHashMap, AHashSet};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::super::{Journal, ReadLimit};
use super::in_hand::InHand;
use super::pace::{self, Load, Pace};
use super::{Kind, Start};
use crate::domain::{CompanyId, Pattern, Seq, Timestamp};
use crate::duties::{Done, Duty, Rhythm, Spec};
use crate::store::{Build, StoreError};

/// Between two looks at the heads: so short that under full load the events of that time are still in memory. Reading
/// them back from the database cost a ninth of the whole program.
const LOOK: Duration = Duration::from_millis(250);
/// So soon it knows of rows that somebody beside this program wants made anew.
pub(super) const KNOWN_WITHIN: Duration = Duration::from_secs(5);
/// Between two looks for the rest of journals to which nothing more comes.
const REST_LOOK: Duration = Duration::from_mins(10);
/// Pages that hold nothing it wants, until its cursor moves past them.
const PASSED_OVER: usize = 32;
/// Companies whose stretches are made at the same time, so that their rows come together.
const AT_ONCE: usize = 32;
/// Whoever has so many events to read reads what is long past, as a consumer does that is new.
const FAR: i64 = 100_000;

/// One consumer's way through all journals.
pub(in crate::journal) struct Following {
    kind: Kind,
    journal: Journal,
    wants: Vec<Pattern>,
    /// `None`: they have to be read from the database, as after an error.
    builds: Option<Builds>,
    /// Companies that it found to be no more. (Their ids are never given again.)
    gone: AHashSet<CompanyId>,
    rest_look: Instant,
    pace: Pace,
    far: i64,
    load: Load,
    /// Of a stretch's parts, so many rows share a transaction.
    rows_together: usize,
    in_hand: InHand,
    /// Said once, not with every look.
    failed: bool,
}

/// How far it has come.
#[derive(Default)]
struct Builds {
    /// Those that are read.
    read: AHashMap<CompanyId, Build>,
    /// Those that are made beside them, the next to be gone on with last.
    beside: Vec<Build>,
    /// There are companies of which no rows are of this version, nor being made.
    outdated: bool,
    /// The rebuilds asked for when these were read from the database, and when that was.
    asked: u64,
    read_at: Option<Instant>,
}

/// How a stretch ended.
enum Ended {
    /// The cursor is here now.
    Written(Build),
    /// There was nothing to write.
    Nothing,
    /// There is no such company any more.
    Gone,
}

/// One run over all companies.
#[derive(Default)]
struct Round {
    written: usize,
    /// Companies with nothing to write, or with which something is wrong: not again in this one.
    passed: AHashSet<CompanyId>,
    /// The first thing that was wrong.
    wrong: Option<StoreError>,
}

impl Following {
    pub fn new(journal: Journal, kind: Kind) -> Self {
        Self {
            kind,
            journal,
            wants: (kind.wants)(),
            builds: None,
            gone: AHashSet::new(),
            rest_look: Instant::now(),
            pace: Pace::default(),
            far: FAR,
            load: Load::default(),
            rows_together: pace::FEW_ROWS,
            in_hand: InHand::new(),
            failed: false,
        }
    }

    /// Nothing is too long past for it to be read at once.
    pub fn at_once(self) -> Self {
        Self { far: i64::MAX, ..self }
    }

    /// When it looks. (It is not woken by events: they come all the time.)
    pub fn spec(kind: Kind) -> Spec {
        Spec::new(kind.name, Rhythm::Every(LOOK))
    }

    /// Goes on until nothing is left, and with `now` also writes the rest; returns how many stretches were written.
    pub async fn catch_up(&mut self, now: Option<Timestamp>) -> Result<usize, StoreError> {
        let caught_up = self.all_companies(now).await;
        if caught_up.is_err() {
            // Until it is known to be in, nothing is: the database is asked again.
            self.builds = None;
        }
        caught_up
    }

    /// What is wrong with one company keeps none of the others from being gone on with; it is told in the end.
    async fn all_companies(&mut self, now: Option<Timestamp>) -> Result<usize, StoreError> {
        self.know_builds().await?;
        self.rows_together = self.load.rows_together(&self.journal.counts());
        let least = i64::try_from(self.kind.least).unwrap_or(i64::MAX);
        let mut round = Round::default();
        // What comes meanwhile is the next run's: a run has an end however much comes.
        let heads = self.journal.heads();
        loop {
            let before = round.written;
            self.pass(&heads, least..=self.far, None, &mut round).await?;
            if round.written == before {
                break;
            }
        }
        if now.is_some() {
            self.pass(&heads, 1..=least - 1, now, &mut round).await?;
        }
        round.wrong.map_or(Ok(round.written), Err)
    }

    /// One stretch of each company that has so many events unread.
    async fn pass(
        &mut self,
        heads: &[(CompanyId, Seq)],
        unread: RangeInclusive<i64>,
        rest: Option<Timestamp>,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let mut due = Vec::new();
        for &(company, head) in heads {
            let build = self.build_of(company);
            // Rows of another version are left as they are until others can be read.
            let goes_on = self.kind.in_place || !self.kind.rebuilds || build.version == self.kind.version;
            let left = unread.contains(&(head.0 - build.seq.0)) && goes_on;
            if left && !round.passed.contains(&company) && !self.gone.contains(&company) {
                due.push(build);
            }
        }
        let this = &*self;
        let stretches =
            due.into_iter().map(|build| async move { (build.company, this.stretch(build, rest).await) });
        let ended: Vec<_> = stream::iter(stretches).buffer_unordered(AT_ONCE).collect().await;
        let mut passing = None;
        for (company, ended) in ended {
            match ended {
                Ok(Ended::Written(moved)) => {
                    self.builds().read.insert(company, moved);
                    round.written += 1;
                }
                Ok(Ended::Nothing) => drop(round.passed.insert(company)),
                Ok(Ended::Gone) => drop(self.gone.insert(company)),
                Err(error) if error.is_passing() => passing = Some(error),
                Err(error) => {
                    round.passed.insert(company);
                    round.wrong.get_or_insert(error);
                }
            }
        }
        passing.map_or(Ok(()), Err)
    }

    /// Goes on with what is made anew or long past, for as long as its pace has it; returns how many stretches were written.
    async fn long_past(&mut self) -> Result<usize, StoreError> {
        let (until, mut written) = (Instant::now() + LOOK / 2, 0);
        while Instant::now() < until && self.journal.health().borrow().is_working() {
            let Some((build, is_beside)) = self.next_long_past() else {
                self.pace.end();
                break;
            };
            if is_beside && self.has_caught_up(build) {
                self.is_read_now(build).await?;
                continue;
            }
            if !self.pace.is_due(Instant::now()) {
                break;
            }
            self.rows_together = self.load.rows_together(&self.journal.counts());
            let began = Instant::now();
            let ended = self.stretch(build, None).await;
            let builds = self.builds();
            match ended? {
                Ended::Written(moved) => {
                    written += 1;
                    match builds.beside.last_mut() {
                        Some(last) if is_beside => *last = moved,
                        _ => drop(builds.read.insert(moved.company, moved)),
                    }
                    let events = u64::try_from(moved.seq.0 - build.seq.0).unwrap_or(0);
                    let (counts, now) = (self.journal.counts(), Instant::now());
                    self.pace.went(events, began.elapsed(), &counts, now);
                }
                Ended::Nothing if is_beside => self.is_read_now(build).await?,
                Ended::Nothing => break,
                Ended::Gone => {
                    self.gone.insert(build.company);
                    self.builds().beside.retain(|other| other.company != build.company);
                }
            }
        }
        Ok(written)
    }

    /// What is made anew before what is merely long past; and whether it is the former.
    fn next_long_past(&mut self) -> Option<(Build, bool)> {
        if let Some(build) = self.builds().beside.last() {
            return Some((*build, true));
        }
        for (company, head) in self.journal.heads() {
            let build = self.build_of(company);
            if head.0 - build.seq.0 > self.far && !self.gone.contains(&company) {
                return Some((build, false));
            }
        }
        None
    }

    /// Whether it holds what the rows hold that are read.
    fn has_caught_up(&mut self, build: Build) -> bool {
        let read = self.build_of(build.company);
        read.version == build.version && read.seq <= build.seq
    }

    /// One stretch behind a build's cursor.
    async fn stretch(&self, build: Build, rest: Option<Timestamp>) -> Result<Ended, StoreError> {
        let (journal, company) = (&self.journal, build.company);
        let mut from = build.seq.next();
        let start = Start { journal, company, from, build: build.number };
        let mut making = (self.kind.begin)(&start).await?;
        let (_held, bytes) = self.in_hand.take(making.room(), journal.head(company).0 - build.seq.0).await;
        let (mut passed, mut passed_over) = (None, 0);
        let rows = loop {
            let room = ReadLimit { bytes, ..making.room() };
            let page = journal.page(company, from, room, &self.wants).await?;
            let ends_here = page.next <= from;
            from = page.next;
            let rows = match rest {
                _ if !ends_here => making.take(&page).await?,
                Some(now) => making.rest(now),
                None => None,
            };
            match rows {
                // Its cursor moves past it with what is written next, or at the end.
                Some(rows) if rows.parts.is_empty() && passed_over < PASSED_OVER => {
                    (passed, passed_over) = (Some(rows), passed_over + 1);
                }
                Some(rows) => break rows,
                None if ends_here => match passed {
                    Some(rows) => break rows,
                    None => return Ok(Ended::Nothing),
                },
                None => {}
            }
        };
        self.write(build, rows).await
    }

    /// From now on this is the build that is read.
    async fn is_read_now(&mut self, build: Build) -> Result<(), StoreError> {
        let (name, company, number) = (self.kind.name, build.company, build.number);
        self.journal
            .project_rarely(1, move |tx| {
                Box::pin(async move { tx.end_builds_before(name, company, number).await })
            })
            .await?;
        let builds = self.builds();
        builds.beside.retain(|other| (other.company, other.number) != (company, number));
        builds.read.insert(company, build);
        if builds.beside.is_empty() {
            tracing::info!(consumer = name, "the rows made anew are those that are read now");
        }
        Ok(())
    }

    async fn know_builds(&mut self) -> Result<(), StoreError> {
        let asked = self.journal.rebuilds_asked();
        let holds = |known: &Builds| {
            known.asked == asked && known.read_at.is_some_and(|at| at.elapsed() < KNOWN_WITHIN)
        };
        if self.builds.as_ref().is_some_and(holds) {
            return Ok(());
        }
        let mut builds = self.read_builds(asked).await?;
        if builds.outdated {
            let (name, version) = (self.kind.name, self.kind.version);
            tracing::info!(consumer = name, version, "rows of another version are made anew");
            self.journal
                .project_rarely(1, move |tx| {
                    Box::pin(async move { tx.begin_builds(name, version, false).await.map(drop) })
                })
                .await?;
            builds = self.read_builds(asked).await?;
        }
        self.builds = Some(builds);
        Ok(())
    }

    async fn read_builds(&self, asked: u64) -> Result<Builds, StoreError> {
        let mut builds = Builds { asked, read_at: Some(Instant::now()), ..Builds::default() };
        let stored = self.journal.store().builds(self.kind.name).await?;
        for own in stored.chunk_by(|one, next| one.company == next.company) {
            let (first, last) = (own[0], own[own.len() - 1]);
            builds.read.insert(first.company, first);
            builds.outdated |= self.kind.rebuilds && last.version != self.kind.version;
            if own.len() > 1 {
                builds.beside.push(last);
            }
        }
        Ok(builds)
    }

    fn build_of(&mut self, company: CompanyId) -> Build {
        let version = self.kind.version;
        let first = Build { company, number: 0, version, seq: Seq::ZERO };
        *self.builds().read.entry(company).or_insert(first)
    }

    fn builds(&mut self) -> &mut Builds {
        self.builds.get_or_insert_default()
    }
}

impl Duty for Following {
    async fn run(&mut self) -> Done {
        let with_rest = Instant::now() >= self.rest_look;
        if with_rest {
            self.rest_look += REST_LOOK;
        }
        let mut written = self.catch_up(with_rest.then(Timestamp::now)).await;
        if !written.as_ref().is_err_and(StoreError::is_passing) {
            let long_past = self.long_past().await;
            if long_past.is_err() {
                self.builds = None;
            }
            written = written.and_then(|live| long_past.map(|long_past| live + long_past));
        }
        let failed_before = std::mem::replace(&mut self.failed, written.is_err());
        match written {
            Ok(stretches) => Done::counted("stretches", stretches),
            Err(error) => {
                if !failed_before {
                    tracing::warn!(consumer = self.kind.name, %error, "a consumer cannot go on at the moment");
                }
                Done::failed(error)
            }
        }
    }

    fn panicked(&mut self) {
        *self = Self::new(self.journal.clone(), self.kind);
    }
}
