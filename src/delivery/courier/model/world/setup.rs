//! What a schedule begins with.

use std::sync::Arc;

use rand::RngExt;
use rand::rngs::SmallRng;

use super::super::store::Store;
use crate::delivery::courier::{Bounds, PauseReason, ReplayJob, Setup};
use crate::domain::webhook::{Concurrency, Rate};
use crate::domain::{CompanyId, HeldState, WebhookId, WebhookSettings};

pub(super) const BOUNDS: Bounds = Bounds {
    window_items: 16,
    window_bytes: 6_000,
    window_places: 200,
    lane_items: 4,
    held_rows: 14,
    loaded_items: 3,
    loaded_bytes: 2_000,
    uncommitted: 64,
    uncommitted_bytes: 64 << 10,
};

pub(super) fn limits(rng: &mut SmallRng) -> (Concurrency, Option<Rate>) {
    let concurrency = Concurrency::new(rng.random_range(1..6_u16)).expect("one that may be");
    let rate = rng.random_bool(0.2).then(|| Rate::new(rng.random_range(1..50_u32)).expect("one that may be"));
    (concurrency, rate)
}

pub(super) fn setup(
    store: &Store,
    settings: &WebhookSettings,
    paused: bool,
    replays: &[ReplayJob],
    seed: u64,
) -> Setup {
    Setup {
        company: CompanyId(7),
        webhook: WebhookId(1),
        settings: Arc::new(settings.clone()),
        revisions: store.revisions.clone(),
        paused: paused.then(|| PauseReason::Operator(String::new())),
        cursor: store.settled(),
        head: store.head(),
        delivered_beyond: store.delivered.range(store.settled().next()..).copied().collect(),
        held: store
            .held
            .values()
            .filter(|row| row.state != HeldState::Dead || row.seq > store.settled())
            .cloned()
            .collect(),
        replays: replays.to_vec(),
        bounds: BOUNDS,
        seed,
    }
}
