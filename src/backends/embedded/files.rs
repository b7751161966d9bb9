//! The files a store is made of, for whoever moves them.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// What SQLite keeps beside a file that is in use, or was when its process was killed.
pub(super) const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The path with this at its end.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes a file and what belongs to it, as far as it is there.
pub(super) fn remove(path: &Path) -> Result<(), Failure> {
    for end in [""].into_iter().chain(COMPANIONS) {
        let path = beside(path, end);
        match std::fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(Failure::File { doing: "remove", path, source }),
        }
    }
    Ok(())
}

/// Sees that a file, or the names in a folder, are on the disk.
pub(super) fn synced(path: &Path) -> Result<(), Failure> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|source| Failure::File {
        doing: "write",
        path: path.to_owned(),
        source,
    })
}
