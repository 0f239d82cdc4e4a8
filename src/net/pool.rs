//! Idle connections, kept for the next request to the same origin.
//!
//! Bounded per origin, in all, in idle time and in age. An idle connection is not watched: whether its peer has closed
//! it is seen when it is taken (and by a sweep every few seconds, so that a silent webhook does not keep a dead socket).
//! A connection to an address that its name no longer has is given up ([`super::names`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::Target;
use super::exchange::Connection;
use super::late::LateBodies;
use super::names::{self, Names};
use super::target::Origin;

/// The pool's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Idle connections to one origin.
    pub idle_per_origin: usize,
    /// Idle connections in all, and with them those whose answer is read on although its status is known.
    pub idle: usize,
    /// How long a connection may wait for its next request; less if the server says that its own patience is shorter.
    pub idle_time: Duration,
    /// How long a connection may serve.
    pub age: Duration,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            idle_per_origin: 64,
            idle: 1_024,
            idle_time: Duration::from_secs(30),
            age: Duration::from_mins(5),
        }
    }
}

const SWEEP_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Pool {
    limits: PoolLimits,
    idle: Mutex<Idle>,
}

#[derive(Default)]
struct Idle {
    by_origin: HashMap<Arc<Origin>, Vec<Connection>, ahash::RandomState>,
    count: usize,
    late: LateBodies,
    names: Names,
    /// A sweep is scheduled. It ends by itself when nothing is left.
    sweeping: bool,
}

impl Pool {
    pub fn new(limits: PoolLimits) -> Arc<Self> {
        Arc::new(Self { limits, idle: Mutex::default() })
    }

    /// The connection to the target that went idle last, if one is still good, open, and permitted.
    pub fn take(self: &Arc<Self>, target: &Target, now: Instant) -> Option<Connection> {
        let mut locked = self.lock();
        let idle = &mut *locked;
        let connections = idle.by_origin.get_mut(&target.origin)?;
        while let Some(mut connection) = connections.pop() {
            idle.count -= 1;
            let permitted = is_permitted(&connection, target, now);
            if self.is_fresh(&connection, now) && permitted && !connection.has_ended() {
                if idle.names.is_due(&target.origin, &connection, now) {
                    self.sweep_later(idle);
                    tokio::spawn(confirm(Arc::downgrade(self), target.clone(), now));
                }
                return Some(connection);
            }
        }
        None
    }

    /// Keeps a connection whose answer was read to its end; closes it when the pool is full.
    pub fn put(self: &Arc<Self>, origin: &Arc<Origin>, mut connection: Connection, now: Instant) {
        connection.idle_since = now;
        if !self.is_fresh(&connection, now) {
            return;
        }
        let mut idle = self.lock();
        if idle.count + idle.late.count() >= self.limits.idle || !idle.names.confirm(origin, &mut connection)
        {
            return;
        }
        if let Some(connections) = idle.by_origin.get_mut(origin) {
            if connections.len() >= self.limits.idle_per_origin {
                return;
            }
            connections.push(connection);
        } else {
            idle.by_origin.insert(origin.clone(), vec![connection]);
        }
        idle.count += 1;
        self.sweep_later(&mut idle);
    }

    /// A place for a connection whose answer is read on beside everything else.
    pub fn late_place(self: &Arc<Self>, origin: &Arc<Origin>) -> Option<LatePlace> {
        let mut idle = self.lock();
        let free = idle.count + idle.late.count() < self.limits.idle && idle.late.take(origin);
        drop(idle);
        free.then(|| LatePlace { pool: self.clone(), origin: origin.clone() })
    }

    fn sweep_later(self: &Arc<Self>, idle: &mut Idle) {
        if !std::mem::replace(&mut idle.sweeping, true) {
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
    }

    fn is_fresh(&self, connection: &Connection, now: Instant) -> bool {
        // A second less than the server's patience: its end must not cross our next request on the wire.
        let patience =
            connection.patience.map_or(Duration::MAX, |p| p.saturating_sub(Duration::from_secs(1)));
        now.duration_since(connection.idle_since) < patience.min(self.limits.idle_time)
            && now.duration_since(connection.opened) < self.limits.age
    }

    /// Closes what is too old or was closed by its peer; says whether anything is left.
    fn sweep(&self, now: Instant) -> bool {
        let mut idle = self.lock();
        let idle = &mut *idle;
        idle.by_origin.retain(|_, connections| {
            connections.retain_mut(|connection| self.is_fresh(connection, now) && !connection.has_ended());
            !connections.is_empty()
        });
        idle.count = idle.by_origin.values().map(Vec::len).sum();
        idle.sweeping = idle.names.sweep(now) || idle.count > 0;
        idle.sweeping
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the next request may go where the connection leads. Behind a proxy its peer tells nothing of that: a tunnel leads
/// where it was judged to lead; but a request that is passed on leads where the proxy finds its name at that time. So the
/// name is judged again, for a new connection, when that was last done longer ago than others are followed by.
fn is_permitted(connection: &Connection, target: &Target, now: Instant) -> bool {
    if connection.proxied {
        return target.origin.tls || now.duration_since(connection.confirmed) < names::EVERY;
    }
    target.guard.is_permitted(connection.peer.ip())
}

/// A place that was taken; given back when dropped.
pub(super) struct LatePlace {
    pool: Arc<Pool>,
    origin: Arc<Origin>,
}

impl Drop for LatePlace {
    fn drop(&mut self) {
        self.pool.lock().late.give_back(&self.origin);
    }
}

/// Looks the target's name up again, and closes the connections to addresses that it no longer has.
async fn confirm(pool: Weak<Pool>, target: Target, asked: Instant) {
    let Some(addresses) = names::look_up(&target.guard, &target.origin).await else { return };
    let Some(pool) = pool.upgrade() else { return };
    let mut locked = pool.lock();
    let Idle { by_origin, count, names, .. } = &mut *locked;
    names.learn(&target.origin, asked, addresses);
    if let Some(connections) = by_origin.get_mut(&target.origin) {
        let before = connections.len();
        connections.retain_mut(|connection| names.confirm(&target.origin, connection));
        *count -= before - connections.len();
    }
}

/// Ends with the pool, or when it is empty (the next connection put into it begins another).
async fn sweep(pool: Weak<Pool>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        match pool.upgrade() {
            Some(pool) if pool.sweep(Instant::now()) => {}
            _ => return,
        }
    }
}
