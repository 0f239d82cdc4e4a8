//! How much memory this process may use: what the machine has, or what its control group allows, whichever is less.
//!
//! A container sees the whole machine's memory and is killed at its own limit; who asks only the machine plans for
//! memory that is not there. A group's limit holds for every group below it, so the least on the way up counts.

use std::io;
use std::path::{Path, PathBuf};

/// Where a process's groups stand, and where their files are.
const GROUPS: &str = "/proc/self/cgroup";
const V2: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];
const V1: &str = "/sys/fs/cgroup/memory";

/// In bytes; `None` where the system does not tell.
pub(super) fn memory(read: &dyn Fn(&Path) -> io::Result<String>) -> Option<u64> {
    let whole = read(Path::new("/proc/meminfo")).ok().and_then(|text| total(&text));
    let groups = read(Path::new(GROUPS)).unwrap_or_default();
    let limits = groups.lines().flat_map(|line| limits(line, read));
    whole.into_iter().chain(limits).min()
}

/// `MemTotal:       24683896 kB`
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1_024)
}

/// The limits on the way from one of the process's groups (`hierarchy:controllers:path`) up to the top.
fn limits(line: &str, read: &dyn Fn(&Path) -> io::Result<String>) -> Vec<u64> {
    let mut fields = line.splitn(3, ':');
    let (Some(_), Some(controllers), Some(path)) = (fields.next(), fields.next(), fields.next()) else {
        return Vec::new();
    };
    let (tops, file): (&[&str], _) = if controllers.is_empty() {
        (&V2, "memory.max")
    } else if controllers.split(',').any(|name| name == "memory") {
        (&[V1], "memory.limit_in_bytes")
    } else {
        return Vec::new();
    };
    // Inside a container the path may be the outside's, of which only the top is to be seen: it is looked at always.
    let group = Path::new(path.trim_start_matches('/'));
    let folders =
        tops.iter().flat_map(|top| group.ancestors().map(move |folder| PathBuf::from(top).join(folder)));
    // A word (`max`), or a number beyond any memory, is no limit.
    folders.filter_map(|folder| read(&folder.join(file)).ok()?.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Option<u64> {
        let find = |path: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| io::ErrorKind::NotFound.into())
        };
        memory(&find)
    }

    const MACHINE: (&str, &str) = ("/proc/meminfo", "MemTotal:        8388608 kB\nMemFree: 1 kB\n");

    #[test]
    fn without_a_limit_it_is_the_machines() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[MACHINE]), Some(8 << 30));
        let unlimited = ("/sys/fs/cgroup/memory.max", "max\n");
        assert_eq!(of(&[MACHINE, ("/proc/self/cgroup", "0::/\n"), unlimited]), Some(8 << 30));
        let unlimited = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(of(&[MACHINE, ("/proc/self/cgroup", "9:memory:/\n"), unlimited]), Some(8 << 30));
    }

    #[test]
    fn the_least_limit_on_the_way_up_counts() {
        let groups = ("/proc/self/cgroup", "0::/system.slice/ramal.service\n");
        let own = ("/sys/fs/cgroup/system.slice/ramal.service/memory.max", "536870912\n");
        let above = ("/sys/fs/cgroup/system.slice/memory.max", "268435456\n");
        assert_eq!(of(&[MACHINE, groups, own]), Some(512 << 20));
        assert_eq!(of(&[MACHINE, groups, own, above]), Some(256 << 20));
    }

    #[test]
    fn the_first_version_is_read_too_and_a_container_sees_only_its_top() {
        let groups = ("/proc/self/cgroup", "9:cpu,memory:/docker/0123abcd\n1:name=systemd:/\n0::/\n");
        let seen = ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n");
        assert_eq!(of(&[MACHINE, groups, seen]), Some(128 << 20));
    }
}
