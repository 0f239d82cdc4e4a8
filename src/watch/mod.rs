//! Whether all is well, for machines that watch: health in a word, and metrics.

mod health;
pub mod metrics;

pub use health::Health;
