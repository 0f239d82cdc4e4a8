//! A file that holds some room of the disk, to be given up when the disk is full: so that results and retention, which
//! free more than they take, can still be written. Appends wait until the room can be taken again.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
    held: bool,
}

impl Reserve {
    pub fn new(path: PathBuf, bytes: u64) -> Self {
        Self { path, bytes, held: false }
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Takes the room; what is there from an earlier run is kept. Leaves nothing behind when there is not enough.
    pub fn hold(&mut self) -> io::Result<()> {
        let path = self.path.clone();
        let open = || File::options().create(true).truncate(false).write(true).open(&path);
        let file = match open() {
            // Another user's, who ran this before: it holds nothing, and whoever may write in the folder may replace it.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                self.remove()?;
                open()?
            }
            opened => opened?,
        };
        match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
            Ok(()) => self.held = true,
            // A file system that cannot set room aside: there is nothing to give up then.
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.remove()?,
            Err(error) => {
                self.remove()?;
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Gives the room up when the disk really is short of it (the database may be full for a limit of its own).
    /// Returns whether it did.
    pub fn give_up(&mut self) -> io::Result<bool> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let disk = statvfs(folder.unwrap_or(".".as_ref()))?;
        if !self.held || disk.f_bavail.saturating_mul(disk.f_frsize) > self.bytes {
            return Ok(false);
        }
        self.remove()?;
        Ok(true)
    }

    fn remove(&mut self) -> io::Result<()> {
        self.held = false;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_held_and_not_given_up_while_the_disk_has_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("reserve");
        let mut reserve = Reserve::new(path.clone(), 1 << 20);
        reserve.hold().expect("room for a megabyte");
        assert_eq!(path.metadata().expect("made").len(), 1 << 20);
        assert!(!reserve.give_up().expect("readable"));
        assert!(reserve.is_held());
        let mut huge = Reserve::new(folder.path().join("huge"), 1 << 60);
        assert!(huge.hold().is_err());
        assert!(!huge.is_held() && !folder.path().join("huge").exists());
    }
}
