//! What the tests of several rooms share.

<<<<<<< HEAD
pub mod http;
=======
pub mod chaos_proxy;
pub mod dialer;
pub mod node;
>>>>>>> d6fc637 (Try the Socket.IO client against npm's server, socketioxide, a scripted server and a failing network)
pub mod postgres;
pub mod scripted;
pub mod tcp_server;
pub mod tls_front;
