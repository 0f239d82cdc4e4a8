//! The key that wraps the others, and where it comes from.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT};
use zeroize::Zeroizing;

use super::private::{is_exposed, make_private};
use super::random;
use crate::domain::Lang;
use crate::texts::{Message, msg};

/// 32 bytes that wrap the data keys.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Whether a key file was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Existing,
    /// Made just now; the operator should hear that it needs a backup.
    Made,
}

/// Why there is no master key. No variant carries any part of one.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message().text(Lang::En))]
pub enum MasterKeyError {
    /// After decoding.
    Length {
        found: usize,
    },
    Encoding,
    /// It repeats one byte.
    Weak,
    /// The database holds keys that only this file opens.
    Missing {
        path: PathBuf,
    },
    /// Others may read it.
    Exposed {
        path: PathBuf,
        mode: u32,
    },
    BadFile {
        path: PathBuf,
        reason: Box<MasterKeyError>,
    },
    Io {
        action: &'static str,
        path: PathBuf,
        error: io::Error,
    },
}

impl MasterKeyError {
    /// What is wrong and what to do, for whoever runs the program.
    pub fn message(&self) -> Message {
        let shown = |path: &Path| path.display().to_string();
        match self {
            Self::Length { found } => msg("master-key-length").with("found", found.to_string()),
            Self::Encoding => msg("master-key-encoding"),
            Self::Weak => msg("master-key-weak"),
            Self::Missing { path } => msg("master-key-missing").with("path", shown(path)),
            Self::Exposed { path, mode } => {
                msg("master-key-exposed").with("path", shown(path)).with("mode", format!("{mode:03o}"))
            }
            Self::BadFile { path, reason } => {
                msg("master-key-bad-file").with("path", shown(path)).with("reason", reason.message())
            }
            Self::Io { action, path, error } => msg("master-key-io")
                .with("action", *action)
                .with("path", shown(path))
                .with("error", error.to_string()),
        }
    }
}

impl MasterKey {
    pub fn generate() -> Self {
        Self(random())
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits or base64 (either alphabet, padded or not) of 32 bytes; space around it is ignored.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = Zeroizing::new(decode(text).ok_or(MasterKeyError::Encoding)?);
        let key: [u8; 32] =
            bytes.as_slice().try_into().map_err(|_| MasterKeyError::Length { found: bytes.len() })?;
        let key = Zeroizing::new(key);
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(MasterKeyError::Weak);
        }
        Ok(Self(key))
    }

    /// Reads the key from `path`, or makes both at first start. `keys_exist` says whether the database already holds
    /// wrapped keys: then a missing or empty file is an error, for a new master key could not open them.
    pub fn load_or_make(path: &Path, keys_exist: bool) -> Result<(Self, Found), MasterKeyError> {
        match Self::load(path) {
            Err(MasterKeyError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            // The first start was killed between making the file and filling it; nothing was ever wrapped.
            Err(MasterKeyError::BadFile { reason, .. })
                if !keys_exist && matches!(*reason, MasterKeyError::Length { found: 0 }) =>
            {
                fs::remove_file(path).map_err(|error| io_error("replace", path, error))?;
            }
            loaded => return loaded.map(|key| (key, Found::Existing)),
        }
        if keys_exist {
            return Err(MasterKeyError::Missing { path: path.to_owned() });
        }
        let key = Self::generate();
        key.save(path)?;
        Ok((key, Found::Made))
    }

    /// Reads the key from a file that only its owner may read, or the group whose the folder is.
    pub fn load(path: &Path) -> Result<Self, MasterKeyError> {
        let mut file = File::open(path).map_err(|error| io_error("open", path, error))?;
        let found = file.metadata().map_err(|error| io_error("inspect", path, error))?;
        if is_exposed(path, &found) {
            let mode = found.mode() & 0o777;
            return Err(MasterKeyError::Exposed { path: path.to_owned(), mode });
        }
        // Room for any spelling of a key; a longer file is not one.
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        (&mut file).take(1_000).read_to_string(&mut text).map_err(|error| io_error("read", path, error))?;
        Self::parse(&text)
            .map_err(|reason| MasterKeyError::BadFile { path: path.to_owned(), reason: Box::new(reason) })
    }

    /// Writes a new file that others may not read; never over an existing one. It is on disk before the first thing that it
    /// wraps can be.
    fn save(&self, path: &Path) -> Result<(), MasterKeyError> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        STANDARD.encode_string(*self.0, &mut text);
        text.push('\n');
        let mut file = make_private(path).map_err(|error| io_error("create", path, error))?;
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|error| io_error("write", path, error))?;
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error("sync", path, error))
    }

    /// The key's bytes, for this room's ciphers only.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() == 64
        && let Ok(bytes) = hex::decode(text)
    {
        return Some(bytes);
    }
    STANDARD_PAD_INDIFFERENT.decode(text).or_else(|_| URL_SAFE_PAD_INDIFFERENT.decode(text)).ok()
}

fn io_error(action: &'static str, path: &Path, error: io::Error) -> MasterKeyError {
    MasterKeyError::Io { action, path: path.to_owned(), error }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const BYTES: [u8; 32] = *b"0123456789abcdef0123456789ABCDEF";

    #[test]
    fn every_usual_spelling_is_read() {
        let spellings = [
            hex::encode(BYTES),
            hex::encode_upper(BYTES),
            STANDARD.encode(BYTES),
            format!("  {}\n", STANDARD.encode(BYTES)),
            STANDARD.encode(BYTES).trim_end_matches('=').to_owned(),
        ];
        for text in spellings {
            assert_eq!(MasterKey::parse(&text).expect("a key").bytes(), &BYTES, "{text:?}");
        }
        let mut high = [0xfb; 32];
        high[31] = 0;
        let text = URL_SAFE_PAD_INDIFFERENT.encode(high);
        assert!(text.contains('-'));
        assert_eq!(MasterKey::parse(&text).expect("a key").bytes(), &high);
    }

    #[test]
    fn what_is_not_a_key_is_refused_without_being_repeated() {
        assert!(matches!(MasterKey::parse(""), Err(MasterKeyError::Length { found: 0 })));
        assert!(matches!(
            MasterKey::parse(&"ab".repeat(31)),
            Err(MasterKeyError::Encoding | MasterKeyError::Length { .. })
        ));
        assert!(matches!(MasterKey::parse("hunter2!hunter2!"), Err(MasterKeyError::Encoding)));
        assert!(matches!(MasterKey::parse(&"00".repeat(32)), Err(MasterKeyError::Weak)));
        let error = MasterKey::parse("c2VjcmV0").expect_err("too short");
        assert!(!format!("{error} {error:?}").contains("c2Vj"));
        assert_eq!(format!("{:?}", MasterKey::from_bytes(BYTES)), "MasterKey(…)");
    }

    #[test]
    fn the_first_start_makes_a_file_for_the_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        let (made, found) = MasterKey::load_or_make(&path, false).expect("made");
        assert_eq!(found, Found::Made);
        assert_eq!(fs::metadata(&path).expect("a file").mode() & 0o777, 0o600);
        let (loaded, found) = MasterKey::load_or_make(&path, true).expect("loaded");
        assert_eq!((loaded.bytes(), found), (made.bytes(), Found::Existing));
    }

    #[test]
    fn a_lost_key_is_not_made_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        assert!(matches!(MasterKey::load_or_make(&path, true), Err(MasterKeyError::Missing { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn an_empty_file_is_made_again_only_while_nothing_depends_on_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        make_private(&path).expect("a file");
        assert!(matches!(MasterKey::load_or_make(&path, true), Err(MasterKeyError::BadFile { .. })));
        assert_eq!(MasterKey::load_or_make(&path, false).expect("made").1, Found::Made);
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("master.key");
        MasterKey::load_or_make(&path, false).expect("made");
        let of_group = fs::Permissions::from_mode(0o770);
        fs::set_permissions(folder.path(), of_group).expect("a folder of ours");
        for (mode, is_fine) in [(0o660, true), (0o640, true), (0o604, false), (0o664, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a file of ours");
            assert_eq!(MasterKey::load(&path).is_ok(), is_fine, "{mode:o} where the folder is its group's");
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).expect("a folder of ours");
        for mode in [0o644, 0o640, 0o604] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a file of ours");
            let error = MasterKey::load_or_make(&path, true).expect_err("exposed").to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
    }
}
