//! A control group with a limit of memory, where this process may make one: as root, with either version mounted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Gone when dropped, once the processes in it are.
pub struct MemoryGroup {
    path: PathBuf,
    counts: &'static str,
}

impl MemoryGroup {
    /// `None` where groups cannot be made.
    pub fn new(name: &str, bytes: u64) -> Option<Self> {
        let name = format!("ramal-test-{name}-{}", std::process::id());
        let first = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control");
        let second = ("/sys/fs/cgroup", "memory.max", "memory.events");
        [first, second].into_iter().find_map(|(top, limit, counts)| {
            let group = Self { path: Path::new(top).join(&name), counts };
            let made = group.make(limit, bytes).is_ok();
            made.then_some(group)
        })
    }

    fn make(&self, limit: &str, bytes: u64) -> io::Result<()> {
        fs::create_dir(&self.path)?;
        // Never creates: a folder without this file is no group, or has no limits of memory.
        fs::OpenOptions::new()
            .write(true)
            .open(self.path.join(limit))
            .and_then(|mut file| io::Write::write_all(&mut file, bytes.to_string().as_bytes()))?;
        fs::read_to_string(self.path.join(self.counts)).map(drop)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Processes that the kernel killed in it for want of memory.
    pub fn kills(&self) -> u64 {
        let text = fs::read_to_string(self.path.join(self.counts)).expect("the group's counts");
        let count = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count.expect("a count of kills").trim().parse().expect("a number")
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        // A process leaves its group some time after it was waited for.
        for _ in 0..200 {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                _ => return,
            }
        }
    }
}
