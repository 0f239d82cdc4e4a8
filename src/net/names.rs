//! Names that have moved: a server that is used all the time is followed to its new address.
//!
//! What must hold: while connections to a name are used, it is looked up again every [`EVERY`], beside the requests and
//! never before them; a connection to an address that the name no longer has serves no further request; a look-up that
//! fails changes nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::Connection;
use super::target::Origin;
use super::{ErrorKind, Guard};

/// With requests that come at least as often as connections are kept for, the old address is left within a minute.
pub(super) const EVERY: Duration = Duration::from_secs(20);

/// The names that were looked up lately.
#[derive(Default)]
pub(super) struct Names(HashMap<Arc<Origin>, Known, ahash::RandomState>);

struct Known {
    asked: Instant,
    /// `None`: no answer yet, or none at all.
    answer: Option<Vec<IpAddr>>,
}

impl Names {
    /// Whether the name that the connection was made for should be looked up now. Who is told so does it.
    pub fn is_due(&mut self, origin: &Arc<Origin>, connection: &Connection, now: Instant) -> bool {
        let recent = |asked: Instant| now.duration_since(asked) < EVERY;
        if connection.proxied || recent(connection.confirmed) || origin.host.parse::<IpAddr>().is_ok() {
            return false;
        }
        if self.0.get(origin).is_some_and(|known| recent(known.asked)) {
            return false;
        }
        self.0.insert(origin.clone(), Known { asked: now, answer: None });
        true
    }

    pub fn learn(&mut self, origin: &Origin, asked: Instant, answer: Vec<IpAddr>) {
        if let Some(known) = self.0.get_mut(origin).filter(|known| known.asked == asked) {
            known.answer = Some(answer);
        }
    }

    /// Whether the name still has the connection's address, as far as is known.
    pub fn confirm(&self, origin: &Origin, connection: &mut Connection) -> bool {
        let Some(Known { asked, answer: Some(answer) }) = self.0.get(origin) else { return true };
        if connection.proxied || connection.confirmed >= *asked {
            return true;
        }
        connection.confirmed = *asked;
        answer.contains(&connection.peer.ip())
    }

    /// Forgets what is old; says whether anything is left.
    pub fn sweep(&mut self, now: Instant) -> bool {
        self.0.retain(|_, known| now.duration_since(known.asked) < 3 * EVERY);
        !self.0.is_empty()
    }
}

/// The addresses that the name has now; `None` if nobody can tell. One that it may not have is no address.
pub(super) async fn look_up(guard: &Guard, origin: &Origin) -> Option<Vec<IpAddr>> {
    match guard.vet(&origin.host, origin.port).await {
        Ok(addresses) => Some(addresses.into_iter().map(|address| address.ip()).collect()),
        Err(error) if error.kind == ErrorKind::NotPermitted => Some(Vec::new()),
        Err(_) => None,
    }
}
