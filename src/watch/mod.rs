//! Whether all is well: health in a word and metrics for machines that watch, and for people what needs attention and
//! what is counted for charts.

pub mod attention;
mod disk;
mod health;
pub mod metrics;
pub mod series;

pub use disk::Disk;
pub use health::Health;
