//! Names to addresses.
//!
//! What must hold here:
//!
//! - The system is asked (`getaddrinfo`, so that `/etc/hosts` and `nsswitch.conf` count). A question occupies a thread
//!   that cannot be interrupted, for as long as the name server is silent; so their number is bounded, each company has
//!   a share of it, and a name is asked for once at a time, whoever wants to know.
//! - However many names of one company have silent name servers, another company's look-up begins at once
//!   (`names_that_nobody_answers_for_delay_no_other_company`); so does one of the same company
//!   (`a_silent_name_delays_no_other_name`): a question that takes long moves to places of its own.
//! - While its name server is silent, a name has the addresses that it had last.
//!
//! `docs/adr/0010-look-ups-stay-the-systems.md` says why this is no resolver of our own.

mod memory;

use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::domain::CompanyId;
use crate::shares::{Shares, Taken};
use memory::{Known, Memory};

/// Whom a name is looked up for: what look-ups are shared out by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Asker {
    /// The program itself.
    #[default]
    Node,
    Company(CompanyId),
}

/// A name without an answer, in the words of whoever was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ResolveError(pub String);

type Answer = Result<Vec<IpAddr>, ResolveError>;
type Asked = Shared<oneshot::Receiver<Answer>>;
type Place = Taken<Asker, ()>;

/// Asks for a name's addresses. The caller sets the deadline.
pub trait Resolve: Send + Sync + 'static {
    fn resolve(&self, whom: Asker, host: &str) -> BoxFuture<'static, Answer>;
}

/// Questions that are answered soon have this many threads, and these beyond for companies that ask for nothing else.
const QUICK: usize = 64;
const QUICK_BEYOND: usize = 192;
/// Those that are not, this many.
const SLOW: usize = 192;
/// A question without an answer after this is a slow one.
const SLOW_AFTER: Duration = Duration::from_millis(500);
/// Who knows a name's last addresses waits this long for newer ones (RFC 8767, 5: serving stale data).
const PATIENCE: Duration = Duration::from_secs(1);
/// A thread that waits for a name server needs little.
const STACK: usize = 512 * 1024;

/// The system's resolver. See the module.
pub struct SystemResolver(Arc<Questions>);

struct Questions {
    quick: Shares<Asker, ()>,
    slow: Shares<Asker, ()>,
    memory: Mutex<Memory>,
    /// What a thread does with a name.
    look_up: Box<dyn Fn(&str) -> Answer + Send + Sync>,
}

impl SystemResolver {
    /// One is meant to be shared by the whole process.
    #[expect(clippy::new_without_default, reason = "making a second one by default would double the bounds")]
    pub fn new() -> Self {
        Self::over(look_up)
    }

    fn over(look_up: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(Questions {
            quick: Shares::with_one_for_each(QUICK, QUICK_BEYOND),
            slow: Shares::generous(SLOW),
            memory: Mutex::default(),
            look_up: Box::new(look_up),
        }))
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, whom: Asker, host: &str) -> BoxFuture<'static, Answer> {
        let (questions, host) = (self.0.clone(), host.to_owned());
        Box::pin(async move {
            let known = questions.memory().known(&host, Instant::now());
            match known {
                Known::Refused(error) => Err(error),
                // A newer answer is on its way, if there is ever one.
                Known::Silent { last } => Ok(last),
                Known::Once { last } => {
                    match timeout(PATIENCE, questions.clone().newest(whom, &host)).await {
                        Ok(Ok(addresses)) => Ok(addresses),
                        Ok(Err(error)) => questions.memory().last(&host, Instant::now()).ok_or(error),
                        Err(_) => {
                            questions.memory().silent(&host, Instant::now());
                            Ok(last)
                        }
                    }
                }
                Known::Nothing => questions.newest(whom, &host).await,
            }
        })
    }
}

impl Questions {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn newest(self: Arc<Self>, whom: Asker, host: &str) -> Answer {
        let open = self.memory().open(host);
        let asked = match open {
            Some(asked) => asked,
            None => self.ask(whom, host).await?,
        };
        asked.await.unwrap_or_else(|_| Err(ResolveError("the look-up has failed".to_owned())))
    }

    /// Waits for a place, and asks unless someone else has begun to meanwhile.
    async fn ask(self: Arc<Self>, whom: Asker, host: &str) -> Result<Asked, ResolveError> {
        let was_slow = self.memory().is_slow(host);
        let place = if was_slow { &self.slow } else { &self.quick }.take(whom, (), 1).await;
        let (answer, asked) = oneshot::channel();
        let asked = asked.shared();
        if let Some(other) = self.memory().begin(host, &asked) {
            return Ok(other);
        }
        let place = Arc::new(Mutex::new(Some(place)));
        let question = Question { questions: self.clone(), host: host.to_owned(), place: place.clone() };
        thread::Builder::new()
            .name("look-up".to_owned())
            .stack_size(STACK)
            .spawn(move || question.put(answer))
            .map_err(|error| ResolveError(format!("no thread for a look-up: {error}")))?;
        if !was_slow {
            tokio::spawn(make_way(self, whom, place, asked.clone()));
        }
        Ok(asked)
    }
}

/// Gives a question that is not answered soon a place among the slow ones, so that its own is free for others.
async fn make_way(questions: Arc<Questions>, whom: Asker, place: Arc<Mutex<Option<Place>>>, asked: Asked) {
    let answered = async {
        sleep(SLOW_AFTER).await;
        questions.slow.take(whom, (), 1).await
    };
    tokio::select! {
        biased;
        _ = asked => {}
        slow = answered => {
            let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
            // One that has been answered meanwhile needs none.
            if place.is_some() {
                *place = Some(slow);
            }
        }
    }
}

/// A question on its thread; ended by its drop, so that one that fails in an unforeseen way is ended too.
struct Question {
    questions: Arc<Questions>,
    host: String,
    place: Arc<Mutex<Option<Place>>>,
}

impl Question {
    fn put(self, answer: oneshot::Sender<Answer>) {
        let began = Instant::now();
        let addresses = (self.questions.look_up)(&self.host);
        self.questions.memory().note(&self.host, &addresses, began.elapsed(), Instant::now());
        drop(self);
        // An error means that nobody waits any longer; then the answer is only remembered.
        drop(answer.send(addresses));
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.questions.memory().end(&self.host);
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (quick, slow) = (self.0.quick.used(), self.0.slow.used());
        f.debug_struct("SystemResolver").field("quick", &quick).field("slow", &slow).finish_non_exhaustive()
    }
}

fn look_up(host: &str) -> Answer {
    let addresses: io::Result<_> = (host, 0).to_socket_addrs();
    Ok(addresses.map_err(|error| ResolveError(error.to_string()))?.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests;
