//! Secrets: how they are held in memory, shown to people, encrypted at rest and looked up without being known.
//!
//! What must hold here:
//!
//! - A [`Secret`] never prints itself: `Debug`, `Display` and `Serialize` give its [`mask`] (`rRrX…3x4c`); its memory is
//!   wiped when it is dropped.
//! - A ciphertext opens only with the key that it names and for the row and column that it was made for; any changed
//!   bit is an error, never other bytes.
//! - A master key is never made again while the database holds keys that an older one wraps.
//!
//! How it works: the master key ([`MasterKey`]; from the settings or a file) wraps *data keys*, which are rows of the
//! `keys` table and which encrypt everything else ([`KeyRing`]). Rotation adds a data key; the old ones go on opening
//! what they sealed. One more wrapped key serves only [`KeyRing::lookup`], and is never rotated: an index is built on
//! what it computes.

mod credential;
mod hmac_key;
mod key_ring;
mod master_key;
mod private;
mod secret;

pub use credential::{BearerToken, CredentialError, LONGEST_CREDENTIAL, SigningText};
pub use hmac_key::{HmacKey, HmacKeyError};
pub use key_ring::{Binding, KeyId, KeyRing, SealError, WrappedKey};
pub use master_key::{Found, MasterKey, MasterKeyError};
pub use private::{keep_private, make_private, share_private};
pub use secret::{Secret, mask};

use rand::Rng;
use zeroize::Zeroizing;

/// Bytes from a cryptographically secure generator that the operating system seeds.
fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::rng().fill_bytes(&mut *bytes);
    bytes
}
