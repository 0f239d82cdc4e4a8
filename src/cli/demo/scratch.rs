//! A folder that lives as long as the demo.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A new folder of the owner's alone, removed with everything in it on drop.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!(
            "ramal-demo-{}-{:08x}",
            std::process::id(),
            rand::random::<u32>()
        ));
        // `create` refuses a folder that somebody else has put there.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it; a folder that stays is the system's to clean.
        let _ = fs::remove_dir_all(&self.0);
    }
}
