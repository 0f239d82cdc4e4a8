//! The way out: which addresses may be reached, how a connection to one is made, and the HTTP client for deliveries.
//!
//! What must hold here:
//!
//! - **One rule for every door** (saving, testing, delivering, provider APIs, sockets): a name is resolved once, every
//!   address it has must be permitted by the [`Guard`], and the connection goes to exactly those addresses. A peer is
//!   checked again when its connection is used again, and connections are shared only under the same allow-list.
//! - **Every wait ends**: DNS, connect and TLS have a deadline each; a whole exchange has one that covers the last byte
//!   of the answer. Answers are read up to 64 KiB, no further.
//! - **A request is sent twice only if the first was provably not processed**: the connection was found closed before
//!   a byte of it was written.
//! - No redirect is followed and no proxy is used. Nothing that a peer sends can panic.
//! - What a person may read about a failure ([`Text`]) and what is for the operator's log ([`Detail`]) are different
//!   types: the second may name addresses inside the network.
//!
//! How it works: [`Guard`] judges addresses and vets names over a [`Resolve`]r; [`Dialer`] connects to vetted addresses
//! and measures the [`Phases`]; [`HttpClient`] keeps such connections in a bounded pool and sends to [`Target`]s, which
//! are parsed once per webhook. Each connection is driven by the request that uses it, not by a task of its own.

mod dial;
mod error;
mod exchange;
mod guard;
mod http;
mod pool;
pub mod provider;
mod ranges;
mod resolve;
mod target;
mod tls;

pub use dial::{Deadlines, Dialed, Dialer, Phases, Stream};
pub use error::{Detail, ErrorKind, ExchangeError, GuardError, NetError, Refusal, Text};
pub use guard::{Allow, Guard};
pub use http::{Answer, HttpClient, is_reserved_header};
pub use pool::PoolLimits;
pub use resolve::{Resolve, ResolveError, SystemResolver};
pub use target::Target;
pub use tls::{CaError, client_config};
