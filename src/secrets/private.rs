//! Files that are nobody else's business.
//!
//! What must hold here: such a file is for its owner, and for the group of its folder where that group may do everything in
//! the folder: who may replace a file may as well read it, and only so can another user of that group take over (a container
//! platform that gives every start another user and always the same group). Nobody else may read it, or open it at all.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

const OWNERS: u32 = 0o600;
const GROUPS: u32 = 0o660;
/// Reading, writing and finding.
const ALL_OF_GROUP: u32 = 0o070;

/// Makes a new file; an existing one is an error.
pub fn make_private(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(OWNERS).open(path)?;
    // What creates a file takes bits away by the process's mask; this does not.
    file.set_permissions(Permissions::from_mode(wanted(path, &file.metadata()?)))?;
    Ok(file)
}

/// Gives an existing file the rights that it lacks for its folder's group. One that is somebody else's stays as it is.
pub fn share_private(path: &Path) -> io::Result<()> {
    let found = path.metadata()?;
    let lacking = wanted(path, &found) & !found.mode();
    if lacking == 0 {
        return Ok(());
    }
    change(path, found.mode() & 0o7777 | lacking)
}

/// Gives an existing file the rights of a new one, no more and no less. One that is somebody else's stays as it is.
pub fn keep_private(path: &Path) -> io::Result<()> {
    let found = path.metadata()?;
    let wanted = wanted(path, &found);
    if found.mode() & 0o7777 == wanted { Ok(()) } else { change(path, wanted) }
}

fn change(path: &Path, mode: u32) -> io::Result<()> {
    match std::fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

/// Whether others than those whom it is for may do anything with the file.
pub fn is_exposed(path: &Path, found: &Metadata) -> bool {
    found.mode() & 0o077 & !wanted(path, found) != 0
}

fn wanted(path: &Path, file: &Metadata) -> u32 {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_groups =
        |folder: Metadata| folder.mode() & ALL_OF_GROUP == ALL_OF_GROUP && folder.gid() == file.gid();
    if folder.metadata().is_ok_and(is_groups) { GROUPS } else { OWNERS }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("a file").mode() & 0o777
    }

    fn folder_of(mode: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(mode)).expect("a folder of ours");
        folder
    }

    #[test]
    fn a_file_is_its_owners_or_its_folders_groups_and_nobody_elses() {
        for (of_folder, of_file) in
            [(0o700, 0o600), (0o755, 0o600), (0o750, 0o600), (0o770, 0o660), (0o777, 0o660)]
        {
            let folder = folder_of(of_folder);
            let path = folder.path().join("file");
            make_private(&path).expect("made");
            assert_eq!(mode(&path), of_file, "{of_folder:o}");
            assert!(!is_exposed(&path, &path.metadata().expect("a file")));
            assert_eq!(make_private(&path).expect_err("there").kind(), io::ErrorKind::AlreadyExists);
        }
    }

    #[test]
    fn an_existing_file_gets_what_it_lacks_and_loses_nothing() {
        for (of_folder, before, after) in
            [(0o700, 0o600, 0o600), (0o770, 0o600, 0o660), (0o770, 0o644, 0o664), (0o755, 0o640, 0o640)]
        {
            let folder = folder_of(of_folder);
            let path = folder.path().join("file");
            make_private(&path).expect("made");
            std::fs::set_permissions(&path, Permissions::from_mode(before)).expect("a file of ours");
            share_private(&path).expect("ours");
            assert_eq!(mode(&path), after, "{of_folder:o} {before:o}");
            keep_private(&path).expect("ours");
            assert_eq!(mode(&path), if of_folder == 0o770 { 0o660 } else { 0o600 });
        }
    }
}
