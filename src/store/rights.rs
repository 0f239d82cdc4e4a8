//! Who may do what with the files of an SQLite database.
//!
//! What must hold here: nobody but the owner reads them or stands in their way, unless the folder is its group's
//! ([`make_private`]): then another user of that group can take over. What may not be opened is said to be that, with whose it
//! is, and is not called read-only.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::StoreError;
use crate::secrets::{make_private, share_private};

/// Makes the file if it is not there, and lets the folder's group have what lies there already, where that group may do
/// everything in the folder. SQLite gives its other files the same rights, and says itself what is wrong with a folder in
/// which nothing can be made.
pub(super) fn prepare(database: &Path) -> Result<(), StoreError> {
    // There already, which is as good.
    let _ = make_private(database);
    for ending in ["", "-wal", "-shm"] {
        // One that is not there, or is somebody else's, is left alone.
        let _ = share_private(&beside(database, ending));
    }
    let _ = share_private(&database.with_extension("key"));
    match access(database, Access::READ_OK | Access::WRITE_OK) {
        Err(Errno::ACCESS) => Err(StoreError::gone(&denied(&io::Error::from(Errno::ACCESS), database))),
        _ => Ok(()),
    }
}

/// The error with whose the file is and who we are.
pub(super) fn denied(error: &io::Error, path: &Path) -> String {
    let told = format!("{}: {error}", path.display());
    let known = path.metadata().or_else(|_| path.parent().unwrap_or(Path::new(".")).metadata());
    match known {
        Ok(found) => {
            let (mode, us) = (found.mode() & 0o7777, geteuid().as_raw());
            format!(
                "{told}: it is user {}'s, group {}'s (mode {mode:o}); this is user {us}",
                found.uid(),
                found.gid()
            )
        }
        Err(_) => told,
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
