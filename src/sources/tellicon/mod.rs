//! Tellicon: an intercom platform that reports calls by POST to `/eventTellicon`.
//!
//! - A request counts only with the header [`AUTH_HEADER`] and a token of [`token::TOKEN_LENGTH`] characters that we issued;
//!   absent, malformed and wrong are the same 401, before the body is looked at.
//! - [`decode`] judges the body by the documented contract and by its three other dialects. A refusal names the field
//!   and nothing is kept; what is merely odd is kept with a warning.
//! - [`calls`] is what the events say about calls.
//! - Nothing here changes the body: the payload is its bytes as they came, a phone keeps its leading zero.

mod calls;
mod decode;
mod definition;
mod dialect;
mod token;

pub use decode::decode;
pub use definition::Tellicon;
pub use token::AUTH_HEADER;
