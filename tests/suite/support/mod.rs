//! What the tests of several rooms share.

pub mod postgres;
pub mod tcp_server;
