//! Idle connections, kept for the next request to the same origin.
//!
//! Bounded per origin, in all, in idle time and in age. An idle connection is not watched: whether its peer has closed
//! it is seen when it is taken (and by a sweep every few seconds, so that a silent webhook does not keep a dead socket).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::exchange::Connection;
use super::target::Origin;

/// The pool's bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Idle connections to one origin.
    pub idle_per_origin: usize,
    /// Idle connections in all.
    pub idle: usize,
    /// How long a connection may wait for its next request; less if the server says that its own patience is shorter.
    pub idle_time: Duration,
    /// How long a connection may serve: afterwards the name is resolved again, so that a server that moves is followed.
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
    /// A sweep is scheduled. It ends by itself when nothing is left.
    sweeping: bool,
}

impl Pool {
    pub fn new(limits: PoolLimits) -> Arc<Self> {
        Arc::new(Self { limits, idle: Mutex::default() })
    }

    /// The connection to `origin` that went idle last, if one is still good and `permits` its peer.
    pub fn take(
        &self,
        origin: &Origin,
        now: Instant,
        permits: impl Fn(IpAddr) -> bool,
    ) -> Option<Connection> {
        let mut idle = self.lock();
        let idle = &mut *idle;
        let connections = idle.by_origin.get_mut(origin)?;
        while let Some(connection) = connections.pop() {
            idle.count -= 1;
            if self.is_fresh(&connection, now) && connection.is_ready() && permits(connection.peer.ip()) {
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
        if idle.count >= self.limits.idle {
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
        idle.sweeping = idle.count > 0;
        idle.sweeping
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
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
