//! What tells that something is on disk.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use super::WriteError;
use crate::domain::Seq;

/// The place an appended event was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub seq: Seq,
    /// The source has sent it before: nothing was written, `seq` is the first one's.
    pub duplicate: bool,
}

/// Resolves when what was handed over is on disk, or will never be. Dropping it changes nothing.
#[derive(Debug)]
#[must_use = "accepted means on disk: only the receipt says so"]
pub struct Receipt<T = Vec<Placed>> {
    answer: oneshot::Receiver<Result<T, WriteError>>,
}

impl<T> Receipt<T> {
    pub(super) fn new() -> (oneshot::Sender<Result<T, WriteError>>, Receipt<T>) {
        let (tell, answer) = oneshot::channel();
        (tell, Receipt { answer })
    }

    /// Of what is not handed over at all.
    pub(super) fn refused(error: WriteError) -> Receipt<T> {
        let (tell, receipt) = Receipt::new();
        // The receiver stands in the receipt.
        let _ = tell.send(Err(error));
        receipt
    }
}

impl<T> Future for Receipt<T> {
    type Output = Result<T, WriteError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.answer).poll(cx).map(|answer| answer.unwrap_or(Err(WriteError::Stopped)))
    }
}
