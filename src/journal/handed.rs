//! What is handed to the recorder: events of a company, and results of a webhook.

use tokio::sync::oneshot;

use super::WriteError;
use super::answer::{Answer, Written};
use super::leases::Under;
use crate::domain::Draft;
use crate::store::Settlement;

/// Drafts of one company that go in together or not at all.
#[derive(Debug)]
pub(super) struct Append {
    pub under: Under,
    pub drafts: Vec<Draft>,
    pub weight: usize,
    pub answer: Answer,
    /// Tells who waits for room that it has come.
    pub entered: Option<oneshot::Sender<()>>,
}

/// The results of one webhook, with whoever wants to know that they are down.
#[derive(Debug)]
pub(super) struct Outcome {
    pub under: Under,
    pub settlement: Settlement,
    pub answer: oneshot::Sender<Result<(), WriteError>>,
}

impl Append {
    pub fn new(under: Under, drafts: Vec<Draft>, answer: oneshot::Sender<Written>) -> Self {
        let weight = drafts.iter().map(Draft::weight).sum();
        Self { under, drafts, weight, answer: Answer::Whole(answer), entered: None }
    }

    /// Two appends that go in one after the other; they are answered as one.
    pub fn split(mut self) -> [Append; 2] {
        let all = self.drafts.len();
        let drafts = self.drafts.split_off(all / 2);
        let [first, second] = self.answer.split(all / 2, all);
        let weight = drafts.iter().map(Draft::weight).sum();
        let rest = Append { under: self.under, drafts, weight, answer: second, entered: None };
        [Append { answer: first, weight: self.weight.saturating_sub(weight), ..self }, rest]
    }

    pub fn answer(self, written: Written) {
        self.answer.send(self.drafts.len(), written);
    }
}

impl Outcome {
    pub fn rows(&self) -> usize {
        1 + self.settlement.attempts.len() + self.settlement.held.len()
    }
}
