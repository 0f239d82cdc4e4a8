//! What the recorder does when it is not sure that it may write, or knows that it may not.

use std::time::Instant;

use super::WriteError;
use super::batch::Work;
use super::health::Counters;
use super::recorder::{Recorder, answered};
use super::tenure::Doubt;
use crate::domain::{CompanyId, Timestamp};
use crate::log::lines;
use crate::store::{Head, StoreError};

impl Recorder {
    /// Whether a batch may be tried now. What is lost is refused, what is in doubt waits.
    pub(super) async fn may_write(&mut self, now: Instant) -> bool {
        if self.tenure.is_lost() {
            self.report.waiting(&another());
            self.refuse_everything(now);
            self.memory.doubted = true;
            return false;
        }
        match self.tenure.doubt() {
            Doubt::Trouble(error) => {
                self.report.waiting(&error);
                if !self.memory.doubted
                    && let Err(error) = Box::pin(self.writer.save_log()).await
                {
                    tracing::warn!(%error, "the write-ahead log could not be copied into the file");
                }
                // Whatever it was, the session may have got it too.
                self.memory.needs_reopen |= error.spoils_the_session();
                self.memory.doubted = true;
                return false;
            }
            Doubt::Ask => self.memory.doubted = true,
            Doubt::None => {}
        }
        if !self.memory.doubted {
            return true;
        }
        match Box::pin(self.ask_for_leases()).await {
            Ok(()) => {
                self.memory.doubted = false;
                self.tenure.settle_doubt();
                self.answers_again();
                true
            }
            Err(error) => {
                self.memory.needs_reopen |= error.spoils_the_session();
                self.report.waiting(&error);
                self.memory.pause.start(now);
                false
            }
        }
    }

    /// Why nothing may be written at all, for who asks for a change.
    pub(super) fn refusal(&self) -> Option<StoreError> {
        match self.tenure.doubt() {
            _ if self.tenure.is_lost() => Some(another()),
            Doubt::Trouble(error) => Some(error.for_another()),
            Doubt::Ask | Doubt::None => None,
        }
    }

    /// Somebody else has written these companies: it is told, and the runtime takes them back. Their heads stay as they are
    /// known: by their old epochs everything is refused until the leases are taken (`a_second_writer_is_refused`).
    pub(super) fn disown(&mut self, companies: &[CompanyId]) {
        if companies.is_empty() {
            return;
        }
        self.tenure.disown(companies);
        self.report.waiting(&another());
    }

    /// Whether the connection is the one that was trusted. One that was made anew may lead to a server that took over without the
    /// newest commits, before anybody has noticed that there is another (`a_database_that_comes_back_older_is_noticed_by_who_writes`).
    pub(super) async fn is_where_it_was(&mut self) -> Result<bool, StoreError> {
        self.reopen_if_needed().await?;
        self.writer.freshen().await?;
        Ok(!self.writer.was_renewed())
    }

    /// Whether every lease is as it was; asked in a transaction that writes, so that one which may only read is found out.
    async fn ask_for_leases(&mut self) -> Result<(), StoreError> {
        self.reopen_if_needed().await?;
        // A company that never is, so that something is asked in any case.
        let mut companies = vec![CompanyId(0)];
        companies.extend(self.memory.heads.keys());
        let found = self.read_heads(&companies).await?;
        let known = &self.memory.heads;
        let differs = |epoch, company| known.get(company).is_some_and(|head| head.epoch != epoch);
        let foreign = found.iter().filter(|head| differs(head.epoch, &head.company));
        let foreign: Vec<CompanyId> = foreign.map(|head| head.company).collect();
        let is_behind = |head: &&Head| known.get(&head.company).is_some_and(|known| head.seq < known.seq);
        let behind =
            found.iter().filter(is_behind).filter_map(|head| Some((*head, *known.get(&head.company)?)));
        let behind: Vec<(Head, Head)> = behind.filter(|(head, _)| !foreign.contains(&head.company)).collect();
        self.disown(&foreign);
        self.go_on_behind(behind).await?;
        // It was this connection that was asked.
        self.writer.was_renewed();
        Ok(())
    }

    /// A server that took over without the last commits of the one before it (or an older copy of the database): those events
    /// are gone, and their places are never given again, because receivers know what they got by them. Every source that may
    /// have brought them has a gap.
    async fn go_on_behind(&mut self, behind: Vec<(Head, Head)>) -> Result<(), StoreError> {
        if behind.is_empty() {
            return Ok(());
        }
        let heads: Vec<Head> = behind.iter().map(|(_, known)| *known).collect();
        let giving_up = self.giving_up();
        let lost = |(found, known): &(Head, Head)| usize::try_from(known.seq.0 - found.seq.0).unwrap_or(0);
        let moving = async {
            let mut tx = self.writer.begin().await?;
            tx.set_heads(&heads).await?;
            for both in &behind {
                tx.note_lost(both.0.company, lost(both), Timestamp::now()).await?;
            }
            tx.commit().await
        };
        answered(moving, giving_up).await?;
        for both in &behind {
            Counters::add(&self.counters.lost, lost(both));
            let why = "the database came back without events that it had written";
            lines::not_written(both.0.company, lost(both), why);
        }
        Ok(())
    }

    fn refuse_everything(&mut self, now: Instant) {
        let mut all: Vec<Work> = self.memory.pending.drain(..).collect();
        loop {
            let work = Work::new(&self.inbox, self.inbox.take_all(now));
            if work.is_empty() {
                break;
            }
            all.push(work);
        }
        for mut work in all {
            self.give_up(&mut work, |_| true, &WriteError::NotOurs);
        }
    }
}

fn another() -> StoreError {
    StoreError::InUse { database: String::new() }
}
