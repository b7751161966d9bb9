//! Looks at the file from outside: nothing is made and nothing is changed.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::failure::Failure;
use super::lease;
use super::migrations;
use super::settings::Settings;
use crate::checkup::Finding;

const MIB: u64 = 1 << 20;

/// A file larger than this is not read from end to end.
const CHECKED_BYTES_MAX: u64 = 1 << 30;

/// The write-ahead log is moved into the file at 128 MiB. Twice that shows that something keeps it from being moved.
const LOG_BYTES_USUAL: u64 = 256 * MIB;

/// Below this the next burst can fill the disk.
const DISK_BYTES_LOW: u64 = 512 * MIB;

/// Below this there is hardly room for a transaction.
const DISK_BYTES_NONE: u64 = 16 * MIB;

/// What was found, the file first.
pub fn checkup(path: &Path, settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![folder(path), disk(path)];
    match look(path, settings) {
        Ok(None) => {
            findings.push(Finding::ok("store file", "there is none yet; it is made when it is needed"));
        }
        Ok(Some(found)) => findings.extend(found),
        Err(failure) => findings.push(unusable(&failure)),
    }
    findings
}

fn look(path: &Path, settings: &Settings) -> Result<Option<Vec<Finding>>, Failure> {
    let Ok(file) = std::fs::metadata(path) else { return Ok(None) };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(settings.busy_timeout)?;
    let version = migrations::version(&connection)?;
    let known = migrations::known();
    let format = if version == known {
        format!("format {version}, {} MiB", file.len() / MIB)
    } else {
        format!("format {version}; the next process that writes brings it to {known}")
    };
    let mut found = vec![Finding::ok("store file", format), writing(&connection)?];
    found.push(intact(&connection, file.len())?);
    found.push(log(path));
    if version == known {
        found.push(Finding::ok("deliveries", lease::in_words(&connection)?));
    }
    Ok(Some(found))
}

fn writing(connection: &Connection) -> Result<Finding, Failure> {
    if connection.is_readonly("main")? {
        let cure = "give this user the right to write the file and its folder (TR0031)";
        return Ok(Finding::fail("store writable", "the file can only be read", cure));
    }
    match connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
        Ok(()) => Ok(Finding::ok("store writable", "a transaction can begin")),
        Err(error) => {
            let cure = "see which program holds the file (`fuser`), and close it (TR0030)";
            Ok(Finding::fail("store writable", error.to_string(), cure))
        }
    }
}

fn intact(connection: &Connection, bytes: u64) -> Result<Finding, Failure> {
    const CHECK: &str = "store intact";
    if bytes > CHECKED_BYTES_MAX {
        let seen =
            format!("not read: {} MiB take long; `sqlite3 FILE 'PRAGMA quick_check'` does it", bytes / MIB);
        return Ok(Finding::ok(CHECK, seen));
    }
    let answer: String = connection.query_row("PRAGMA quick_check(1)", (), |row| row.get(0))?;
    if answer == "ok" {
        return Ok(Finding::ok(CHECK, "every page can be read"));
    }
    Ok(Finding::fail(
        CHECK,
        answer,
        "restore the last backup; `sqlite3 FILE .recover` saves what can be read (TR0032)",
    ))
}

fn log(path: &Path) -> Finding {
    const CHECK: &str = "write-ahead log";
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let bytes = std::fs::metadata(PathBuf::from(name)).map_or(0, |log| log.len());
    let seen = format!("{} MiB", bytes / MIB);
    if bytes <= LOG_BYTES_USUAL {
        return Finding::ok(CHECK, seen);
    }
    let cure = "a program keeps an old state of the file open for reading: end `sqlite3` shells and backups that hang";
    Finding::warn(CHECK, seen, cure)
}

fn folder(path: &Path) -> Finding {
    const CHECK: &str = "store folder";
    let folder = folder_of(path);
    let seen = folder.display().to_string();
    match std::fs::metadata(&folder) {
        Ok(found) if found.is_dir() && !found.permissions().readonly() => Finding::ok(CHECK, seen),
        Ok(found) if found.is_dir() => Finding::fail(
            CHECK,
            format!("{seen} is read-only"),
            "SQLite makes files beside the store: allow writing (TR0031)",
        ),
        Ok(_) => Finding::fail(CHECK, format!("{seen} is no folder"), "correct store.path"),
        Err(error) => Finding::fail(
            CHECK,
            format!("{seen}: {error}"),
            "make the folder, or correct store.path (TR0030)",
        ),
    }
}

fn disk(path: &Path) -> Finding {
    const CHECK: &str = "disk space";
    match free_bytes(path) {
        Ok(free) => room(free),
        Err(error) => {
            Finding::warn(CHECK, error.to_string(), "make sure that the folder of store.path is there")
        }
    }
}

/// Bytes that are free on the disk of a store.
pub(crate) fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let disk = rustix::fs::statvfs(folder_of(path))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn room(free: u64) -> Finding {
    const CHECK: &str = "disk space";
    let seen = format!("{} MiB free", free / MIB);
    let cure =
        "make room, or move the store (store.path): a full disk stops everything, and loses nothing (TR0033)";
    if free < DISK_BYTES_NONE {
        Finding::fail(CHECK, seen, cure)
    } else if free < DISK_BYTES_LOW {
        Finding::warn(CHECK, seen, cure)
    } else {
        Finding::ok(CHECK, seen)
    }
}

fn folder_of(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn unusable(failure: &Failure) -> Finding {
    let cure = match failure {
        Failure::ReadOnly(_) | Failure::OpenedReadOnly => "give this user the right to write it (TR0031)",
        Failure::Damaged(_) | Failure::Foreign { .. } | Failure::NotIntact { .. } => {
            "correct store.path, or restore a backup (TR0032)"
        }
        Failure::TooNew { .. } => "install the TraceRail that wrote it, or a newer one (TR0034)",
        Failure::Full(_) => "make room on the disk (TR0033)",
        Failure::Held(_)
        | Failure::TooOld { .. }
        | Failure::CannotOpen(_)
        | Failure::Disk(_)
        | Failure::Sql(_)
        | Failure::Record(_)
        | Failure::Word { .. }
        | Failure::Encode(_)
        | Failure::OverLimit { .. }
        | Failure::VersionGap { .. }
        | Failure::Stale
        | Failure::Panicked
        | Failure::Closed
        | Failure::InUse
        | Failure::File { .. }
        | Failure::Thread(_) => "see `tracerail explain TR0030`",
    };
    Finding::fail("store file", failure.to_string(), cure)
}

#[cfg(test)]
mod tests {
    use super::super::Embedded;
    use super::*;
    use crate::checkup::Verdict;
    use std::sync::Arc;
    use tracerail_actors::port::SystemClock;

    fn found(path: &Path, check: &str) -> Finding {
        let findings = checkup(path, &Settings::default());
        let found = findings.iter().find(|finding| finding.check == check);
        found.unwrap_or_else(|| panic!("no {check} in {findings:?}")).clone()
    }

    fn made(folder: &tempfile::TempDir) -> PathBuf {
        let path = folder.path().join("t.db");
        let file = Embedded::open(&path, Settings::default(), Arc::new(SystemClock)).unwrap();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(file.close());
        path
    }

    #[test]
    fn a_sound_store_is_well_and_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(&folder);
        let findings = checkup(&path, &Settings::default());
        assert_eq!(findings.len(), 7);
        assert!(findings.iter().all(|finding| finding.verdict == Verdict::Ok), "{findings:?}");
        assert!(found(&path, "deliveries").seen.contains("nobody"));
    }

    #[test]
    fn a_store_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        assert!(found(&path, "store file").seen.contains("none yet"));
        assert!(!path.exists());
    }

    #[test]
    fn each_thing_that_breaks_is_seen_with_its_cure() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("none/t.db");
        assert!(found(&missing, "store folder").cure.unwrap().contains("make the folder"));
        let foreign = folder.path().join("notes.txt");
        std::fs::write(&foreign, "something else entirely, and long enough to be no header of SQLite")
            .unwrap();
        assert!(found(&foreign, "store file").cure.unwrap().contains("TR0032"));
        let newer = made(&folder);
        let connection = Connection::open(&newer).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        assert!(found(&newer, "store file").cure.unwrap().contains("TR0034"));
    }

    #[test]
    fn a_store_somebody_holds_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(&folder);
        let holder = Connection::open(&path).unwrap();
        holder.execute_batch("BEGIN IMMEDIATE").unwrap();
        let settings = Settings { busy_timeout: std::time::Duration::from_millis(10), ..Settings::default() };
        let findings = checkup(&path, &settings);
        let writable = findings.iter().find(|finding| finding.check == "store writable").unwrap();
        assert!(writable.cure.as_deref().unwrap().contains("fuser"), "{writable:?}");
    }

    #[test]
    fn a_torn_page_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = made(&folder);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        let findings = checkup(&path, &Settings::default());
        let bad = findings.iter().find(|finding| finding.verdict == Verdict::Fail);
        assert!(bad.unwrap().cure.as_deref().unwrap().contains("TR0032"), "{findings:?}");
    }

    #[test]
    fn a_full_disk_and_a_long_log_are_seen() {
        assert_eq!(room(MIB).verdict, Verdict::Fail);
        assert_eq!(room(100 * MIB).verdict, Verdict::Warn);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let wal = std::fs::File::create(folder.path().join("t.db-wal")).unwrap();
        wal.set_len(300 * MIB).unwrap();
        assert!(log(&path).cure.unwrap().contains("backups"));
    }
}
