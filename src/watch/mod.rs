//! Whether all is well: health in a word and metrics for machines that watch, and for people what needs attention and
//! what is counted for charts.

pub mod attention;
mod disk;
mod health;
mod look;
pub mod metrics;
mod over;
mod sentences;
pub mod series;
mod titles;

pub use disk::Disk;
pub use health::Health;
pub use over::Over;
pub use sentences::{counted, size};
