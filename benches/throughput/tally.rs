//! Which events arrived: each exactly once, and those of one call in their order.
//!
//! A company's events are numbered 1, 2, 3, …; the numbers go round its live calls, so that the number alone says
//! which call an event belongs to and which step of it. `server.mjs` computes the same from the same two constants.

/// Calls that a company has at once. At 2,000 events/s a company really has thousands; few make order harder to keep.
pub const LIVE_CALLS: u32 = 200;
/// Events of one call, from created to finished.
pub const STEPS: u32 = 6;

const ROUND: u32 = LIVE_CALLS * STEPS;

/// What arrived for one company: a bit per step of each call.
#[derive(Default)]
struct Company {
    calls: Vec<u8>,
}

#[derive(Default)]
pub struct Tally {
    companies: Vec<Company>,
    /// Events that arrived, each counted once.
    pub delivered: u64,
    /// Posts of an event that had arrived before.
    pub duplicates: u64,
    /// First arrivals before an earlier event of the same call.
    pub disordered: u64,
}

impl Tally {
    /// Notes the arrival of a company's event `number` (from 1). Says whether it came for the first time.
    pub fn arrived(&mut self, company: usize, number: u32) -> bool {
        let index = number.saturating_sub(1);
        let (round, within) = (index / ROUND, index % ROUND);
        let (step, slot) = (within / LIVE_CALLS, within % LIVE_CALLS);
        let call = (round * LIVE_CALLS + slot) as usize;
        if self.companies.len() <= company {
            self.companies.resize_with(company + 1, Company::default);
        }
        let calls = &mut self.companies[company].calls;
        if calls.len() <= call {
            calls.resize(call + ROUND as usize, 0);
        }
        let bit = 1_u8 << step;
        let had = calls[call];
        if had & bit != 0 {
            self.duplicates += 1;
            return false;
        }
        calls[call] = had | bit;
        self.delivered += 1;
        if had != bit - 1 {
            self.disordered += 1;
        }
        true
    }
}
