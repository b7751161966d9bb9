//! Which files are refused, and with which words.

use std::sync::Arc;
use std::time::Duration;

use tracerail_actors::port::{Committed, EventLog, PortError, PortErrorKind, Store, SystemClock};
use tracerail_schemas::{Code, Subject};

use super::sample::{Place, admission, event, key};
use crate::backends::embedded::failure::Failure;
use crate::backends::embedded::{Access, Embedded, Settings};

fn refused(place: &Place) -> PortError {
    Embedded::open(&place.file(), Settings::default(), Arc::new(SystemClock)).unwrap_err()
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_as_it_is() {
    let place = Place::new();
    place.raw().execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
    let before = std::fs::read(place.file()).unwrap();
    let error = refused(&place);
    assert_eq!(error.code(), Code::StoreCorrupt);
    assert!(error.chain().contains("another program"), "{}", error.chain());
    assert_eq!(std::fs::read(place.file()).unwrap(), before, "the foreign file was changed");
}

#[tokio::test]
async fn what_is_no_sqlite_file_is_refused() {
    let place = Place::new();
    std::fs::write(
        place.file(),
        "this is a shopping list, and long enough to be read as a header of something: ".repeat(20),
    )
    .unwrap();
    let error = refused(&place);
    assert_eq!((error.kind, error.code()), (PortErrorKind::Corrupt, Code::StoreCorrupt));
}

#[tokio::test]
async fn a_damaged_file_is_reported_as_damaged() {
    let place = Place::new();
    let store = place.open();
    for n in 0..200 {
        store.commit(admission(n), None).await.unwrap();
    }
    store.close().await;
    let mut bytes = std::fs::read(place.file()).unwrap();
    bytes[4096..].fill(0xab);
    std::fs::write(place.file(), bytes).unwrap();
    let error = match Embedded::open(&place.file(), Settings::default(), Arc::new(SystemClock)) {
        Err(error) => error,
        Ok(store) => store.content(&key("item-1")).await.unwrap_err(),
    };
    assert_eq!(error.code(), Code::StoreCorrupt, "{}", error.chain());
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    let place = Place::new();
    place.open().close().await;
    place.raw().pragma_update(None, "user_version", 999).unwrap();
    let error = refused(&place);
    assert_eq!(error.code(), Code::StoreTooNew);
    assert!(error.chain().contains("999"), "{}", error.chain());
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let place = Place::new();
    let path = place.folder.path().join("no such folder").join("store.db");
    let error = Embedded::open(&path, Settings::default(), Arc::new(SystemClock)).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(error.chain().contains("no such folder"), "{}", error.chain());
}

#[tokio::test]
async fn while_another_program_holds_the_file_writes_fail_and_reads_go_on() {
    let place = Place::new();
    let store = place.open_with(Settings { busy_timeout: Duration::from_millis(50), ..Settings::default() });
    store.commit(admission(1), None).await.unwrap();
    let other = place.raw();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.commit(admission(2), None).await.unwrap_err();
    assert_eq!((error.kind, error.code()), (PortErrorKind::Unavailable, Code::StoreUnavailable));
    assert!(error.chain().contains("another program"), "{}", error.chain());
    assert!(store.content(&key("item-1")).await.unwrap().is_some());
    other.execute_batch("ROLLBACK").unwrap();
    let again = store.commit(admission(2), None).await.unwrap();
    assert!(matches!(again, Committed::Applied { .. }), "the failed commit left something behind");
}

#[tokio::test]
async fn read_only_reads_and_refuses_to_write() {
    let place = Place::new();
    let store = place.open();
    store.commit(admission(1), None).await.unwrap();
    let reader = place.open_with(Settings::read_only());
    assert!(reader.content(&key("item-1")).await.unwrap().is_some(), "beside a writer");
    store.close().await;
    let reader = place.open_with(Settings::read_only());
    assert_eq!(reader.totals().await.unwrap().contents, 1, "with no writer");
    let error = reader.publish(vec![event(Subject::ContentSubmitted, 1)]).await.unwrap_err();
    assert_eq!(error.code(), Code::StoreReadOnly);
}

#[tokio::test]
async fn reading_only_makes_no_file() {
    let place = Place::new();
    let settings = Settings { access: Access::ReadOnly, ..Settings::default() };
    let error = Embedded::open(&place.file(), settings, Arc::new(SystemClock)).unwrap_err();
    assert_eq!(error.code(), Code::StoreUnavailable);
    assert!(!place.file().exists());
}

#[test]
fn codes_of_sqlite_become_kinds() {
    use rusqlite::ffi;
    for (code, kind) in [
        (ffi::SQLITE_FULL, PortErrorKind::Full),
        (ffi::SQLITE_IOERR_SHMSIZE, PortErrorKind::Full),
        (ffi::SQLITE_IOERR_FSYNC, PortErrorKind::Unavailable),
        (ffi::SQLITE_READONLY_DIRECTORY, PortErrorKind::ReadOnly),
        (ffi::SQLITE_BUSY_SNAPSHOT, PortErrorKind::Unavailable),
        (ffi::SQLITE_CORRUPT_INDEX, PortErrorKind::Corrupt),
        (ffi::SQLITE_NOTADB, PortErrorKind::Corrupt),
        (ffi::SQLITE_TOOBIG, PortErrorKind::Invalid),
    ] {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        assert_eq!(Failure::from(error).kind(), kind, "code {code}");
    }
}

#[tokio::test]
async fn a_record_over_the_limit_fails_alone() {
    let place = Place::new();
    let store = place.open_with(Settings { record_bytes_max: 2000, ..Settings::default() });
    let mut large = admission(1);
    large.events[0].data = vec![0; 3000];
    let (large, small) = tokio::join!(store.commit(large, None), store.commit(admission(2), None));
    assert_eq!(large.unwrap_err().kind, PortErrorKind::Invalid);
    assert!(matches!(small.unwrap(), Committed::Applied { .. }));
}

#[tokio::test]
async fn after_closing_everything_is_refused() {
    let place = Place::new();
    let store = place.open();
    store.close().await;
    store.close().await;
    assert_eq!(store.commit(admission(1), None).await.unwrap_err().kind, PortErrorKind::Closed);
    assert_eq!(store.head().await.unwrap_err().kind, PortErrorKind::Closed);
    assert_eq!(store.totals().await.unwrap_err().kind, PortErrorKind::Closed);
}
