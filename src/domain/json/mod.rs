//! JSON as bytes: looked at, cut, compared and masked without ever being parsed into values and written again.
//!
//! What must always hold:
//!
//! - A payload is sacred. Nothing here changes a byte of it, except [`redact`] and [`masked_for_display`], which replace
//!   whole values and leave every other byte as it was.
//! - Everything that is well-formed passes, also what many parsers refuse or bend: lone surrogates (`"\ud83d"`),
//!   duplicate keys (the last one wins, as in JavaScript), numbers of any size, nesting of any depth.
//! - Arbitrary bytes never panic and nothing recurses: the depth of a text costs no stack.
//!
//! [`validate`] alone judges whether a text is well-formed. Everything else presumes it and is written for speed: on
//! malformed text it finds less or ends early, it never misbehaves. The extraction of an event's keys runs here for
//! every event that arrives, so the skipping of what nobody asked for is what is fast ([`Cursor`]).

mod cursor;
mod number;
mod path;
mod paths;
mod redact;
mod scan;
mod text;
mod validate;

pub use cursor::{Cursor, items, members};
pub use path::{JsonPath, Step, find, item_of, member_of};
pub use paths::PathSet;
pub use redact::{is_secret_key, masked_for_display, redact};
pub use text::{compare_loosely, contains_loosely, decode, equals_loosely, text};
pub use validate::{Malformed, validate};
