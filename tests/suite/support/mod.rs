//! What the tests of several rooms share.

pub mod http;
pub mod postgres;
pub mod tcp_server;
