//! Names to addresses.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// A name without an answer, in the words of whoever was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

type Answer = Result<Vec<IpAddr>, ResolveError>;

/// Asks for a name's addresses. The caller sets the deadline.
pub trait Resolve: Send + Sync + 'static {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Result<Vec<IpAddr>, ResolveError>>;
}

/// The system's resolver (`getaddrinfo`, so that `/etc/hosts` and `nsswitch.conf` count). Each question occupies a
/// thread that cannot be interrupted, for as long as the name server is silent; so there are at most 64 at a time in
/// the process, and one per name: who asks for a name that is being asked for waits for the same answer.
pub struct SystemResolver(Arc<Questions>);

struct Questions {
    permits: Arc<Semaphore>,
    /// At most as many as there are permits; the thread that answers one takes it out.
    open: Mutex<HashMap<String, Shared<oneshot::Receiver<Answer>>>>,
}

impl SystemResolver {
    const AT_ONCE: usize = 64;

    /// One is meant to be shared by the whole process.
    #[expect(clippy::new_without_default, reason = "making a second one by default would double the bound")]
    pub fn new() -> Self {
        Self(Arc::new(Questions {
            permits: Arc::new(Semaphore::new(Self::AT_ONCE)),
            open: Mutex::new(HashMap::new()),
        }))
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, Answer> {
        let (questions, host) = (self.0.clone(), host.to_owned());
        Box::pin(async move {
            let asked = questions.open().get(&host).cloned();
            let asked = match asked {
                Some(asked) => asked,
                None => questions.ask(host).await,
            };
            asked.await.unwrap_or_else(|_| Err(ResolveError("the process is ending".to_owned())))
        })
    }
}

impl Questions {
    fn open(&self) -> std::sync::MutexGuard<'_, HashMap<String, Shared<oneshot::Receiver<Answer>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a thread's turn, and asks unless someone else has begun to meanwhile.
    async fn ask(self: Arc<Self>, host: String) -> Shared<oneshot::Receiver<Answer>> {
        let permit = self.permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        let (answer, asked) = oneshot::channel();
        let asked = asked.shared();
        {
            let mut open = self.open();
            if let Some(other) = open.get(&host) {
                return other.clone();
            }
            open.insert(host.clone(), asked.clone());
        }
        let question = Question { questions: self, host, _permit: permit };
        tokio::task::spawn_blocking(move || {
            let addresses = look_up(&question.host);
            drop(question);
            // An error means that nobody waits any longer; then the answer is not needed.
            drop(answer.send(addresses));
        });
        asked
    }
}

/// A question on its thread; ended by its drop, so that one which never ran (a runtime that stops) is ended too.
struct Question {
    questions: Arc<Questions>,
    host: String,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Question {
    fn drop(&mut self) {
        self.questions.open().remove(&self.host);
    }
}

fn look_up(host: &str) -> Answer {
    let addresses: io::Result<_> = (host, 0).to_socket_addrs();
    Ok(addresses.map_err(|error| ResolveError(error.to_string()))?.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_knows_this_machine() {
        let resolver = SystemResolver::new();
        let (first, second) = tokio::join!(resolver.resolve("localhost"), resolver.resolve("localhost"));
        assert!(first.as_ref().expect("an answer").iter().all(IpAddr::is_loopback));
        assert_eq!(first, second);
        assert!(resolver.0.open().is_empty(), "an answered question was kept");
    }

    #[tokio::test]
    async fn an_impossible_name_is_an_error() {
        let resolver = SystemResolver::new();
        assert!(resolver.resolve("no such name").await.is_err());
        assert!(resolver.resolve("nul\0byte").await.is_err());
    }
}
