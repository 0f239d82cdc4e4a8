//! The duty that lets one consumer follow: all companies in turn, a stretch of each.

use std::time::Duration;

use ahash::AHashMap;
use tokio::time::Instant;

use super::super::Journal;
use super::{Kind, Rows, Start};
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
/// While others write, a rebuild has one part in so many of the time, so that what it delays is too rare for a percentile of
/// deliveries to show. It has more when events come faster than it goes: it is to catch up.
const REBUILD_SHARE: u32 = 100;
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One consumer's way through all journals.
pub(in crate::journal) struct Following {
    kind: Kind,
    journal: Journal,
    wants: Vec<Pattern>,
    /// `None`: they have to be read from the database, as after an error.
    builds: Option<Builds>,
    rest_look: Instant,
    rebuild_due: Instant,
    /// Events that had come when the rebuild wrote the last time.
    events_seen: u64,
    /// Said once, not with every look.
    failed: bool,
}

/// How far it has come.
#[derive(Default)]
struct Builds {
    /// Those that are read.
    read: AHashMap<CompanyId, Build>,
    /// Those that are made beside them.
    beside: Vec<Build>,
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

impl Following {
    pub fn new(journal: Journal, kind: Kind) -> Self {
        let (rest_look, rebuild_due) = (Instant::now(), Instant::now());
        let (wants, events_seen) = ((kind.wants)(), journal.counts().events);
        Self { kind, journal, wants, builds: None, rest_look, rebuild_due, events_seen, failed: false }
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

    async fn all_companies(&mut self, now: Option<Timestamp>) -> Result<usize, StoreError> {
        self.know_builds().await?;
        let (mut written, least) = (0, i64::try_from(self.kind.least).unwrap_or(i64::MAX));
        loop {
            let before = written;
            for (company, head) in self.journal.heads() {
                let build = self.build_of(company);
                let unread = head.0 - build.seq.0;
                // Rows of another version are left as they are until others can be read.
                if unread <= 0 || (unread < least && now.is_none()) || build.version != self.kind.version {
                    continue;
                }
                match self.stretch(build, false, now.filter(|_| unread < least)).await? {
                    Ended::Written(build) => {
                        self.builds().read.insert(company, build);
                        written += 1;
                    }
                    Ended::Nothing => {}
                    // Nothing more comes there.
                    Ended::Gone => drop(self.builds().read.insert(company, Build { seq: head, ..build })),
                }
            }
            if written == before {
                return Ok(written);
            }
        }
    }

    /// Makes rows anew for as long as nobody else is to have the time; returns how many stretches were written.
    async fn rebuild(&mut self) -> Result<usize, StoreError> {
        let (until, mut written) = (Instant::now() + LOOK / 2, 0);
        while Instant::now() < until
            && Instant::now() >= self.rebuild_due
            && let Some(build) = self.builds().beside.last().copied()
        {
            let (began, before) = (Instant::now(), self.journal.counts());
            let events = match self.stretch(build, true, None).await? {
                Ended::Written(moved) => {
                    written += 1;
                    self.builds().beside.pop();
                    self.builds().beside.push(moved);
                    moved.seq.0 - build.seq.0
                }
                Ended::Nothing => {
                    self.is_read_now(build).await?;
                    continue;
                }
                Ended::Gone => {
                    self.builds().beside.pop();
                    continue;
                }
            };
            let after = self.journal.counts();
            let came = std::mem::replace(&mut self.events_seen, after.events);
            let falls_behind = (after.events - came) * 2 > u64::try_from(events).unwrap_or(0);
            if after.commits != before.commits && !falls_behind {
                self.rebuild_due = Instant::now() + (began.elapsed() * REBUILD_SHARE).min(LONGEST_PAUSE);
            }
        }
        Ok(written)
    }

    /// One stretch behind a build's cursor.
    async fn stretch(
        &self,
        build: Build,
        rebuilt: bool,
        rest: Option<Timestamp>,
    ) -> Result<Ended, StoreError> {
        let (journal, company) = (&self.journal, build.company);
        let mut from = build.seq.next();
        let start = Start { journal, company, from, build: build.number, rebuilt };
        let mut making = (self.kind.begin)(&start).await?;
        let rows = loop {
            let page = journal.page(company, from, making.room(), &self.wants).await?;
            let ends_here = page.next <= from;
            from = page.next;
            let rows = match rest {
                _ if !ends_here => making.take(&page),
                Some(now) => making.rest(now),
                None => None,
            };
            match rows {
                Some(rows) => break rows,
                None if ends_here => return Ok(Ended::Nothing),
                None => {}
            }
        };
        match self.write(build, rows).await {
            Err(StoreError::Missing { what: "company", .. }) => Ok(Ended::Gone),
            written => written.map(Ended::Written),
        }
    }

    async fn write(&self, build: Build, rows: Rows) -> Result<Build, StoreError> {
        let Rows { up_to, write } = rows;
        let (moved, name) = (Build { seq: up_to, ..build }, self.kind.name);
        let missing = StoreError::Missing { what: "company", id: build.company.0 };
        let writing = self.journal.project(move |tx| {
            Box::pin(async move {
                write(tx).await?;
                if tx.put_build(name, &moved).await? { Ok(moved) } else { Err(missing) }
            })
        });
        writing.await
    }

    /// A build has caught up: from now on it is the one that is read.
    async fn is_read_now(&mut self, build: Build) -> Result<(), StoreError> {
        let (name, company, number) = (self.kind.name, build.company, build.number);
        self.journal
            .project(move |tx| Box::pin(async move { tx.end_builds_before(name, company, number).await }))
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
        if !self.builds.as_ref().is_some_and(holds) {
            let (builds, begun) = self.read_builds(asked).await?;
            if !begun.is_empty() {
                let name = self.kind.name;
                tracing::info!(
                    consumer = name,
                    version = self.kind.version,
                    "rows of another version are made anew"
                );
                self.journal
                    .project(move |tx| {
                        Box::pin(async move {
                            for build in begun {
                                tx.put_build(name, &build).await?;
                            }
                            Ok(())
                        })
                    })
                    .await?;
            }
            self.builds = Some(builds);
        }
        Ok(())
    }

    /// What the database says, and the builds that have to be begun because what is there is of another version.
    async fn read_builds(&self, asked: u64) -> Result<(Builds, Vec<Build>), StoreError> {
        let (mut builds, mut begun) =
            (Builds { asked, read_at: Some(Instant::now()), ..Builds::default() }, Vec::new());
        let mut newest: AHashMap<CompanyId, Build> = AHashMap::new();
        for build in self.journal.store().builds(self.kind.name).await? {
            builds.read.entry(build.company).or_insert(build);
            newest.insert(build.company, build);
        }
        for (company, last) in newest {
            if last.version != self.kind.version {
                let number = last.number + 1;
                begun.push(Build { company, number, version: self.kind.version, seq: Seq::ZERO });
            } else if builds.read.get(&company) != Some(&last) {
                builds.beside.push(last);
            }
        }
        builds.beside.extend(&begun);
        Ok((builds, begun))
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
        if let Ok(live) = written {
            written = self.rebuild().await.map(|rebuilt| live + rebuilt);
        }
        let failed_before = std::mem::replace(&mut self.failed, written.is_err());
        match written {
            Ok(stretches) => Done::counted("stretches", stretches),
            Err(error) => {
                self.builds = None;
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
