//! Whose the files of a database are.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Running;

const SETTINGS: &str = "listen = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n";

/// A folder with settings and `data/` in it, which has this mode.
fn with_data(mode: u32) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("ramal.toml"), SETTINGS).expect("written");
    std::fs::create_dir(folder.path().join("data")).expect("a folder in it");
    set_mode(&folder.path().join("data"), mode);
    folder
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
}

fn run_once(mut program: Running) {
    program.line_with("\"listening\"");
    assert_eq!(program.stop().0, Some(0));
}

#[test]
fn the_files_are_their_owners_or_their_folders_groups_and_nobody_elses() {
    for (of_folder, of_files) in [(0o755, 0o600), (0o700, 0o600), (0o750, 0o600), (0o770, 0o660)] {
        let folder = with_data(of_folder);
        let data = folder.path().join("data");
        // An earlier version left this behind, for everybody to take the lock.
        std::fs::write(data.join("ramal.db.lock"), "").expect("written");
        set_mode(&data.join("ramal.db.lock"), 0o644);
        let mut program = Running::start(folder.path(), &["serve"]);
        program.line_with("\"listening\"");
        for name in ["ramal.db", "ramal.db-wal", "ramal.db-shm", "ramal.key", "ramal.db.lock"] {
            let Ok(found) = data.join(name).metadata() else { continue };
            assert_eq!(found.mode() & 0o777, of_files, "{name} in a folder of {of_folder:o}");
        }
        assert_eq!(program.stop().0, Some(0));
    }
}

/// A container platform that gives every start another user and always the same group. Only root can play it.
#[test]
fn another_user_of_the_folders_group_takes_over_and_one_of_no_group_is_told_whose_it_is() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let folder = with_data(0o770);
    let program = folder.path().join("ramal");
    std::fs::copy(env!("CARGO_BIN_EXE_ramal"), &program).expect("copied");
    set_mode(&program, 0o755);
    set_mode(folder.path(), 0o755);
    chown(folder.path().join("data"), Some(1_000), Some(4_242)).expect("root may");
    let as_user = |user: u32, group: u32| {
        let mut command = Command::new(&program);
        command.arg("serve").current_dir(folder.path()).env_clear().uid(user).gid(group);
        command.stdin(Stdio::null());
        command
    };
    for user in [100_680, 100_690, 100_680] {
        run_once(Running::spawn(as_user(user, 4_242)));
    }
    set_mode(&folder.path().join("data"), 0o775);
    let refused = as_user(100_700, 100_700).output().expect("it runs");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(said.contains("Permission denied") && said.contains("this is user 100700"), "{said}");
    assert!(!said.contains("read-only"), "{said}");
}
