//! What the tests of several rooms share.

pub mod allocator;
pub mod cgroup;
pub mod chaos_proxy;
pub mod daemon;
pub mod dialer;
pub mod http;
pub mod mounted;
pub mod node;
pub mod ordinary;
pub mod past;
pub mod pgbouncer;
pub mod postgres;
pub mod receiver;
pub mod scripted;
pub mod settings;
pub mod tcp_server;
pub mod tls_front;
