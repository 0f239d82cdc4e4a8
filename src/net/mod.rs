//! The way out: which addresses may be reached, how a connection to one is made, and the HTTP client for deliveries.
//!
//! What must hold here:
//!
//! - **One rule for every door** (saving, testing, delivering, provider APIs, sockets): a name is resolved once, every
//!   address it has must be permitted by the [`Guard`], and the connection goes to exactly those addresses. A peer is
//!   checked again when its connection is used again, the name of what a proxy passes on every 20 s; and connections are
//!   shared only under the same allow-list.
//! - **Every wait ends**: DNS, connect and TLS have a deadline each; a whole exchange has one that covers the last byte
//!   of the answer. Of an answer's body 64 KiB are read, of its head and of what frames its body as much; no further.
//! - **The head of an answer settles a request**, however late, oddly or never its body ends; that is a [`Note`].
//! - **A request is sent twice only on a connection that was kept** and ended without a byte of an answer, or with 408;
//!   then once more, at once, on a new one. The answer's note says so.
//! - **What a person wrote goes out as it was written**: header names, path and query. The guard judges what the URL
//!   library reads, which is also what is dialled.
//! - No redirect is followed, and no proxy used that the administrator has not named; through one the guard judges as
//!   ever, and what it cannot judge is refused ([`proxy`]). Nothing that a peer sends can panic.
//! - What a person may read about a failure (the messages of [`ErrorKind`], [`Refusal`] and [`Note`]) and what is for
//!   the operator's log ([`Detail`]) are different types: the second may name addresses inside the network.
//!
//! How it works: [`Guard`] judges addresses and vets names over a [`Resolve`]r; [`Dialer`] connects to vetted addresses
//! and measures the [`Phases`]; [`HttpClient`] keeps such connections in a bounded pool and sends to [`Target`]s, which
//! are parsed once per webhook. It speaks HTTP/1.1 itself (`docs/adr/0013-deliveries-speak-http-themselves.md`). Each connection is driven by the request that uses it, not by a task of its own.

mod answer;
mod body;
mod dial;
mod error;
mod exchange;
mod guard;
mod headers;
mod http;
mod late;
mod names;
mod pool;
pub mod provider;
mod proxy;
mod ranges;
mod request_target;
mod resolve;
mod target;
mod tls;

pub use dial::{Deadlines, Dialer, Phases, Stream};
pub use error::{Detail, ErrorKind, ExchangeError, GuardError, NetError, Note, Refusal};
pub use guard::{Allow, Guard};
pub use headers::{HeaderName, Headers};
pub use http::{Answer, HttpClient};
pub use pool::PoolLimits;
pub use proxy::{Proxies, Proxy};
pub use resolve::{Asker, Resolve, ResolveError, SystemResolver};
pub use target::Target;
pub use tls::{CaError, client_config, client_config_here};
