//! Data keys: encryption at rest, rotation, and hashes to look secrets up by.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{HmacKey, MasterKey, Secret, random};

/// The first byte of everything written here.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
/// Version, key id.
const HEADER_BYTES: usize = 5;
const HAS_A_DATA_KEY: &str = "a ring is made with a data key and loses none";

/// The name of a wrapped key: the primary key of the `keys` table. 0 is the lookup key, 1, 2, 3, … are data keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl KeyId {
    /// The key of [`KeyRing::lookup`]; it seals nothing and is never rotated.
    pub const LOOKUP: KeyId = KeyId(0);
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A key as it stands in the `keys` table: useless without the master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    pub id: KeyId,
    pub wrapped: Vec<u8>,
}

/// The place that a ciphertext belongs to; it opens nowhere else, so that a row copied over another is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    pub table: &'a str,
    /// The row's own id.
    pub id: i64,
    pub column: &'a str,
}

impl fmt::Display for Binding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of row {}", self.table, self.column, self.id)
    }
}

/// Why a key or a ciphertext did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Sealed with a key added since this ring was loaded: load the `keys` table again and [`KeyRing::adopt`] it.
    #[error("data key {0} is not known here")]
    UnknownKey(KeyId),
    #[error("{place} does not open with data key {key}: it was changed, or it belongs to another row")]
    Tampered { key: KeyId, place: String },
    #[error("{place} holds no ciphertext of this program ({bytes} bytes)")]
    Malformed { place: String, bytes: usize },
    #[error(
        "the master key does not open key {0} of the database: it is not the one that key was wrapped with"
    )]
    WrongMaster(KeyId),
    #[error("the database has no {0}: its `keys` table is incomplete")]
    Incomplete(&'static str),
}

/// The keys of a database, opened. Shared by reference; a rotation anywhere is followed with [`KeyRing::adopt`].
pub struct KeyRing {
    master: MasterKey,
    lookup: HmacKey,
    /// Kept in its raw form too, to be wrapped again under another master key.
    lookup_bytes: Zeroizing<[u8; 32]>,
    keys: RwLock<BTreeMap<KeyId, Zeroizing<[u8; 32]>>>,
}

impl KeyRing {
    /// The ring of a new database, with the rows to store before anything sealed by it: the lookup key and the first
    /// data key.
    pub fn create(master: MasterKey) -> (Self, Vec<WrappedKey>) {
        let (lookup, first) = (random(), random());
        let rows = vec![wrap(&master, KeyId::LOOKUP, &lookup), wrap(&master, KeyId(1), &first)];
        let ring = Self {
            master,
            lookup: HmacKey::new(&*lookup),
            lookup_bytes: lookup,
            keys: RwLock::new(BTreeMap::from([(KeyId(1), first)])),
        };
        (ring, rows)
    }

    /// The ring of a database that has keys. A wrong master key is an error here, before anything is written with it.
    pub fn load(master: MasterKey, rows: &[WrappedKey]) -> Result<Self, SealError> {
        let mut keys = BTreeMap::new();
        for row in rows {
            keys.insert(row.id, unwrap(&master, row)?);
        }
        let lookup_bytes = keys.remove(&KeyId::LOOKUP).ok_or(SealError::Incomplete("lookup key"))?;
        if keys.is_empty() {
            return Err(SealError::Incomplete("data key"));
        }
        Ok(Self { master, lookup: HmacKey::new(&*lookup_bytes), lookup_bytes, keys: RwLock::new(keys) })
    }

    /// Makes the next data key, wrapped, to be stored. It is not in use yet: nothing may be sealed with a key that a
    /// crash could lose. After its commit give it to [`KeyRing::adopt`].
    pub fn next_key(&self) -> WrappedKey {
        let newest = self.newest();
        wrap(&self.master, KeyId(newest.0 + 1), &random())
    }

    /// Takes in keys that were added since, here or by another node; from then on the newest one seals.
    pub fn adopt(&self, rows: &[WrappedKey]) -> Result<(), SealError> {
        for row in rows.iter().filter(|row| row.id != KeyId::LOOKUP) {
            let key = unwrap(&self.master, row)?;
            self.keys.write().unwrap_or_else(PoisonError::into_inner).insert(row.id, key);
        }
        Ok(())
    }

    /// Every key wrapped under another master key, to replace the stored rows in one transaction.
    pub fn rewrap(&self, master: &MasterKey) -> Vec<WrappedKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let lookup = [(&KeyId::LOOKUP, &self.lookup_bytes)];
        lookup.into_iter().chain(keys.iter()).map(|(id, key)| wrap(master, *id, key)).collect()
    }

    /// The data key that seals now.
    pub fn newest(&self) -> KeyId {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        *keys.last_key_value().expect(HAS_A_DATA_KEY).0
    }

    /// Encrypts with the newest data key: `version u8 | key id u32 BE | nonce 24 | ciphertext and tag`.
    pub fn seal(&self, plaintext: &[u8], place: &Binding<'_>) -> Vec<u8> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let (&id, key) = keys.last_key_value().expect(HAS_A_DATA_KEY);
        let mut sealed = Vec::with_capacity(HEADER_BYTES + NONCE_BYTES + plaintext.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&id.0.to_be_bytes());
        encrypt(key, plaintext, &associated(id, place), &mut sealed);
        sealed
    }

    /// Decrypts what [`KeyRing::seal`] made for the same place.
    pub fn open(&self, sealed: &[u8], place: &Binding<'_>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = key_of(sealed)
            .ok_or_else(|| SealError::Malformed { place: place.to_string(), bytes: sealed.len() })?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(&id).ok_or(SealError::UnknownKey(id))?;
        decrypt(key, &sealed[HEADER_BYTES..], &associated(id, place))
            .ok_or_else(|| SealError::Tampered { key: id, place: place.to_string() })
    }

    /// What a source is found by when a request shows `secret` in `header`: the same for ever, and of no use to
    /// someone who reads the index. `kind` keeps the secrets of different providers apart.
    pub fn lookup(&self, kind: &str, header: &str, secret: &Secret) -> [u8; 32] {
        let mut message = Zeroizing::new(Vec::with_capacity(128));
        for part in [kind, &header.to_ascii_lowercase(), secret.expose()] {
            push_framed(&mut message, part.as_bytes());
        }
        self.lookup.sign(&[&message]).0
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing(newest {})", self.newest())
    }
}

/// The key that a ciphertext names, if it has our shape.
fn key_of(sealed: &[u8]) -> Option<KeyId> {
    let (&version, rest) = sealed.split_first()?;
    let (id, body) = rest.split_first_chunk::<4>()?;
    (version == VERSION && body.len() >= NONCE_BYTES + 16).then(|| KeyId(u32::from_be_bytes(*id)))
}

/// What a ciphertext is bound to. Texts are preceded by their length, so that no two places share an encoding.
fn associated(id: KeyId, place: &Binding<'_>) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&id.0.to_be_bytes());
    push_framed(&mut bytes, place.table.as_bytes());
    bytes.extend_from_slice(&place.id.to_be_bytes());
    push_framed(&mut bytes, place.column.as_bytes());
    bytes
}

fn push_framed(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part);
}

/// The key's own table and column: a wrapped key is bound to its id.
fn key_place(id: KeyId) -> Vec<u8> {
    associated(id, &Binding { table: "keys", id: i64::from(id.0), column: "wrapped" })
}

fn wrap(master: &MasterKey, id: KeyId, key: &[u8; 32]) -> WrappedKey {
    let mut wrapped = vec![VERSION];
    encrypt(master.bytes(), key, &key_place(id), &mut wrapped);
    WrappedKey { id, wrapped }
}

fn unwrap(master: &MasterKey, row: &WrappedKey) -> Result<Zeroizing<[u8; 32]>, SealError> {
    let place = || format!("key {} of the database", row.id);
    let Some((&VERSION, rest)) = row.wrapped.split_first() else {
        return Err(SealError::Malformed { place: place(), bytes: row.wrapped.len() });
    };
    let key = decrypt(master.bytes(), rest, &key_place(row.id)).ok_or(SealError::WrongMaster(row.id))?;
    let key = <[u8; 32]>::try_from(key.as_slice())
        .map_err(|_| SealError::Malformed { place: place(), bytes: row.wrapped.len() })?;
    Ok(Zeroizing::new(key))
}

/// Appends a random nonce and the ciphertext. 192 random bits do not repeat in any number of rows.
fn encrypt(key: &[u8; 32], plaintext: &[u8], aad: &[u8], out: &mut Vec<u8>) {
    let nonce = random::<NONCE_BYTES>();
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher
        .encrypt(&XNonce::from(*nonce), Payload { msg: plaintext, aad })
        .expect("only a text of more than 256 GiB cannot be encrypted");
    out.extend_from_slice(&*nonce);
    out.extend_from_slice(&sealed);
}

fn decrypt(key: &[u8; 32], sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACE: Binding<'static> = Binding { table: "webhooks", id: 7, column: "credentials" };

    fn ring() -> (KeyRing, Vec<WrappedKey>) {
        KeyRing::create(MasterKey::from_bytes([7; 32]))
    }

    #[test]
    fn a_rotation_adds_a_key_and_loses_none() {
        let (ring, rows) = ring();
        let before = ring.seal(b"old", &PLACE);
        let other_node = KeyRing::load(MasterKey::from_bytes([7; 32]), &rows).expect("the same keys");
        let added = ring.next_key();
        assert_eq!(ring.newest(), KeyId(1), "a key is not used before it is stored");
        ring.adopt(std::slice::from_ref(&added)).expect("ours");
        let after = ring.seal(b"new", &PLACE);
        assert_eq!((key_of(&before), key_of(&after)), (Some(KeyId(1)), Some(KeyId(2))));
        assert_eq!(ring.open(&before, &PLACE).expect("still opens").as_slice(), b"old");
        assert_eq!(other_node.open(&after, &PLACE), Err(SealError::UnknownKey(KeyId(2))));
        other_node.adopt(&[added]).expect("the same master key");
        assert_eq!(other_node.open(&after, &PLACE).expect("known now").as_slice(), b"new");
    }

    #[test]
    fn a_wrong_master_key_is_told_at_the_start() {
        let (_, rows) = ring();
        let loaded = KeyRing::load(MasterKey::from_bytes([8; 32]), &rows);
        assert_eq!(loaded.map(drop), Err(SealError::WrongMaster(KeyId::LOOKUP)));
        let loaded = KeyRing::load(MasterKey::from_bytes([7; 32]), &rows[1..]);
        assert_eq!(loaded.map(drop), Err(SealError::Incomplete("lookup key")));
        let loaded = KeyRing::load(MasterKey::from_bytes([7; 32]), &rows[..1]);
        assert_eq!(loaded.map(drop), Err(SealError::Incomplete("data key")));
    }

    #[test]
    fn keys_that_changed_places_do_not_open() {
        let (_, mut rows) = ring();
        let first = rows[0].wrapped.clone();
        rows[0].wrapped = std::mem::replace(&mut rows[1].wrapped, first);
        assert!(KeyRing::load(MasterKey::from_bytes([7; 32]), &rows).is_err());
    }

    #[test]
    fn a_new_master_key_opens_what_the_old_one_did() {
        let (ring, _) = ring();
        ring.adopt(&[ring.next_key()]).expect("ours");
        let sealed = ring.seal(b"kept", &PLACE);
        let rows = ring.rewrap(&MasterKey::from_bytes([9; 32]));
        let moved = KeyRing::load(MasterKey::from_bytes([9; 32]), &rows).expect("rewrapped");
        assert_eq!(moved.open(&sealed, &PLACE).expect("the same data key").as_slice(), b"kept");
        let token = Secret::new("token");
        assert_eq!(moved.lookup("tellicon", "h", &token), ring.lookup("tellicon", "h", &token));
    }

    #[test]
    fn lookups_survive_rotation_and_keep_their_parts_apart() {
        let (ring, rows) = ring();
        let hash = ring.lookup("tellicon", "authTokenTellicon", &"abc".into());
        ring.adopt(&[ring.next_key()]).expect("ours");
        assert_eq!(ring.lookup("tellicon", "authtokentellicon", &"abc".into()), hash);
        let reloaded = KeyRing::load(MasterKey::from_bytes([7; 32]), &rows).expect("the same keys");
        assert_eq!(reloaded.lookup("tellicon", "authTokenTellicon", &"abc".into()), hash);
        for (kind, header, secret) in [
            ("tellico", "nauthTokenTellicon", "abc"),
            ("tellicon", "authTokenTellicona", "bc"),
            ("tellicon", "x", "abc"),
        ] {
            assert_ne!(ring.lookup(kind, header, &secret.into()), hash);
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let (ring, _) = ring();
        assert_eq!(format!("{ring:?}"), "KeyRing(newest 1)");
    }

    #[test]
    fn shapes_that_are_not_ours_are_errors() {
        let (ring, _) = ring();
        for bytes in [&b""[..], b"\x01", &[1; 30], &[2; 90]] {
            assert!(matches!(ring.open(bytes, &PLACE), Err(SealError::Malformed { .. })), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_to_the_same_bytes(plaintext: Vec<u8>, table: String, id: i64, column: String) {
            let (ring, _) = ring();
            let place = Binding { table: &table, id, column: &column };
            let sealed = ring.seal(&plaintext, &place);
            let opened = ring.open(&sealed, &place).expect("opens");
            prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
            prop_assert_ne!(ring.seal(&plaintext, &place), sealed, "a nonce was used twice");
        }

        #[test]
        fn any_flipped_bit_is_noticed(plaintext: Vec<u8>, at: prop::sample::Index, bit in 0..8u32) {
            let (ring, _) = ring();
            let mut sealed = ring.seal(&plaintext, &PLACE);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(ring.open(&sealed, &PLACE).is_err());
        }

        #[test]
        fn another_place_does_not_open(
            plaintext: Vec<u8>, table in "[a-c]{0,3}", id in 6..9i64, column in "[a-c]{0,3}",
            other_table in "[a-c]{0,3}", other_id in 6..9i64, other_column in "[a-c]{0,3}",
        ) {
            let (ring, _) = ring();
            let place = Binding { table: &table, id, column: &column };
            let other = Binding { table: &other_table, id: other_id, column: &other_column };
            let sealed = ring.seal(&plaintext, &place);
            prop_assert_eq!(ring.open(&sealed, &other).is_ok(), place == other);
        }
    }
}
