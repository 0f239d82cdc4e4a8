//! Front ends that have an address of their own: a source's settings name it, and it opens and closes with them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::domain::SourceId;
use crate::listener::{self, Bounds, Tally};
use crate::runtime::{Doors, Listening};
use crate::web;

/// An address that cannot be had may be free later.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Connections of one such address.
const CONNECTIONS: usize = 256;

/// What they need of the rest.
pub(crate) struct OwnAddresses {
    pub doors: Doors,
    pub front_ends: web::FrontEnds,
    pub front: web::Front,
    pub bounds: Bounds,
    pub tally: Arc<Tally>,
    pub stop: CancellationToken,
}

/// The addresses that are listened on.
#[derive(Default)]
struct Open {
    listeners: Vec<(Listening, CancellationToken)>,
    serving: JoinSet<()>,
    /// Sources whose trouble the log knows.
    told: HashSet<SourceId>,
}

impl OwnAddresses {
    /// Until the program ends; returns when every front end's socket has ended, wherever it came in.
    pub async fn keep(self) {
        let mut wanted = self.doors.listening();
        let mut open = Open::default();
        loop {
            let all = wanted.borrow_and_update().clone();
            let is_complete = self.turn_to(&mut open, &all).await;
            tokio::select! {
                () = self.stop.cancelled() => break,
                Ok(()) = wanted.changed() => {}
                () = sleep(TRY_AGAIN), if !is_complete => {}
                Some(_) = open.serving.join_next() => {}
            }
        }
        self.front_ends.ended().await;
        while open.serving.join_next().await.is_some() {}
    }

    /// Closes what is not wanted any more and opens what is; says whether all of it is open.
    async fn turn_to(&self, open: &mut Open, wanted: &[Listening]) -> bool {
        open.listeners.retain(|(listening, stop)| {
            let stays = wanted.contains(listening);
            if !stays {
                stop.cancel();
            }
            stays
        });
        open.told.retain(|source| wanted.iter().any(|listening| listening.source == *source));
        let mut is_complete = true;
        for listening in wanted {
            if !open.listeners.iter().any(|(of, _)| of == listening) {
                is_complete &= self.open(open, listening).await;
            }
        }
        is_complete
    }

    async fn open(&self, open: &mut Open, listening: &Listening) -> bool {
        let Listening { address, source, provider, .. } = listening;
        let Some(router) = self.front_ends.on_an_address_of_its_own(listening) else { return true };
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                if open.told.insert(*source) {
                    error!(%provider, %source, %address, %error, "the source's own address cannot be listened on");
                }
                return false;
            }
        };
        open.told.remove(source);
        info!(%provider, %source, %address, "listening on the source's own address");
        let stop = self.stop.child_token();
        let bounds =
            Bounds { connections: CONNECTIONS, of_one_address: CONNECTIONS / 2, ..self.bounds.clone() };
        let router = web::behind(router, self.front.clone());
        open.serving.spawn(listener::serve(listener, router, bounds, self.tally.clone(), stop.clone()));
        open.listeners.push((listening.clone(), stop));
        true
    }
}
