//! Where an SQLite file is, that it is still there, and whose it is.
//!
//! What must hold here:
//! - One process has a file, by whatever name it came to it: the lock is on the file itself and not on a neighbour of its
//!   name (`one_file_is_one_database_by_whatever_name`).
//! - A file that was deleted, moved or replaced is noticed before anything that was written into it is called written
//!   (`what_is_written_into_a_file_that_is_gone_is_not_accepted`).
//!
//! SQLite goes on writing into a file that has no name any more, and says nothing. So name and file are compared: device
//! and inode of what the path leads to now with those of the file that was opened, and the same for the write-ahead log,
//! in which the newest commits are.

use std::fs::{File, Metadata, TryLockError};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use super::StoreError;
use super::open::of_file;
use crate::secrets::keep_private;

/// Tries to get the lock, and the pause after each.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Device and inode.
type Identity = (u64, u64);

pub(super) struct Place {
    /// Every link followed.
    path: PathBuf,
    wal: PathBuf,
    file: Identity,
    log: OnceLock<Identity>,
}

/// The file itself, locked, and a neighbour of its name. Not closed before SQLite's own descriptors: POSIX drops every lock
/// that a process has on a file when it closes one of them.
pub(super) struct Lock(#[expect(dead_code, reason = "held, not read")] [Option<File>; 2]);

impl Place {
    /// The file at `path`, which exists; for this process only, until the lock is dropped, if `exclusive`.
    pub fn take(path: &Path, exclusive: bool) -> Result<(Place, Lock), StoreError> {
        let path = path.canonicalize().map_err(|error| of_file(&error, path))?;
        let failed = |error: std::io::Error| of_file(&error, &path);
        let (file, locks) = if exclusive {
            let file = File::open(&path).map_err(failed)?;
            let (found, remote) = (identity(&file.metadata().map_err(failed)?), is_remote(&path));
            if !remote {
                lock(&file, &path)?;
            }
            (found, [Some(file), neighbour(&path, remote)?])
        } else {
            (identity(&path.metadata().map_err(failed)?), [None, None])
        };
        let wal = beside(&path, "-wal");
        Ok((Place { path, wal, file, log: OnceLock::new() }, Lock(locks)))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The write-ahead log beside it.
    pub fn wal(&self) -> &Path {
        &self.wal
    }

    /// From now on the log must stay where it is; to be called when it has been made.
    pub fn know_wal(&self) {
        if let Ok(found) = self.wal.metadata() {
            self.log.get_or_init(|| identity(&found));
        }
    }

    /// Whether the file itself is where it was, whatever became of its log.
    pub fn has_file(&self) -> bool {
        same(&self.path, self.file).is_ok()
    }

    /// Whether the name still leads to the file that is open, whatever became of its log.
    pub fn look_at_file(&self) -> Result<(), StoreError> {
        same(&self.path, self.file)
    }

    /// Whether the names still lead to the files that are open.
    pub fn look(&self) -> Result<(), StoreError> {
        self.look_at_file()?;
        self.log.get().map_or(Ok(()), |log| same(&self.wal, *log))
    }
}

fn same(path: &Path, known: Identity) -> Result<(), StoreError> {
    let found = path.metadata().map_err(|error| of_file(&error, path))?;
    if identity(&found) == known {
        return Ok(());
    }
    Err(StoreError::gone(&format!("{}: another file has taken its place", path.display())))
}

fn identity(found: &Metadata) -> Identity {
    (found.dev(), found.ino())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn lock(file: &File, database: &Path) -> Result<(), StoreError> {
    // A lock that was just given up may live on for a moment in a process that is being started: until it has become
    // another program it has a copy of every descriptor.
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(of_file(&error, database)),
        }
    }
    Err(StoreError::InUse { database: database.display().to_string() })
}

/// Over NFS and SMB a lock on the file would be one of the kind that SQLite takes itself, and keep it out.
fn is_remote(path: &Path) -> bool {
    const NFS: u64 = 0x6969;
    const SMB: [u64; 2] = [0xff53_4d42, 0xfe53_4d42];
    let kind = rustix::fs::statfs(path).map_or(0, |about| u64::try_from(about.f_type).unwrap_or(0));
    kind == NFS || SMB.contains(&kind)
}

/// A neighbour of its name is locked too: by it programs of earlier versions know that the file is in use, and this one that
/// one of them runs. Over NFS and SMB there is nothing else; elsewhere a folder in which it cannot be made is no reason not
/// to start.
fn neighbour(database: &Path, needed: bool) -> Result<Option<File>, StoreError> {
    let path = beside(database, ".lock");
    let file = File::options().create(true).truncate(false).write(true).mode(0o600).open(&path);
    match file {
        Ok(file) => {
            // Whoever can open it can keep us out.
            keep_private(&path).map_err(|error| of_file(&error, &path))?;
            lock(&file, database).map(|()| Some(file))
        }
        Err(error) if needed => Err(of_file(&error, &path)),
        Err(_) => Ok(None),
    }
}
