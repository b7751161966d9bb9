//! What can go wrong inside this room, and which kind of port error it is to everybody else.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::ffi;
use tracerail_actors::port::{PortError, PortErrorKind};
use tracerail_schemas::codec::CodecError;

/// What can go wrong inside this room.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("another program holds the store file; close it, or try again when it is done")]
    Held(#[source] rusqlite::Error),
    #[error("the store file cannot be written: it, its folder or its disk is read-only")]
    ReadOnly(#[source] rusqlite::Error),
    #[error("the store was opened for reading only")]
    OpenedReadOnly,
    #[error("the disk of the store file is full")]
    Full(#[source] rusqlite::Error),
    #[error("the store file is damaged, or is no SQLite file at all")]
    Damaged(#[source] rusqlite::Error),
    #[error("the file is an SQLite file of another program (application id {found:#x}, not TraceRail's)")]
    Foreign { found: i64 },
    #[error("the store has format {found}, this TraceRail knows {known}; it was written by a newer version")]
    TooNew { found: i64, known: i64 },
    #[error(
        "the store has format {found}, this TraceRail reads {known}; open it for writing once to bring it up to date"
    )]
    TooOld { found: i64, known: i64 },
    #[error("the store file cannot be opened; is there such a folder, and may this user enter it?")]
    CannotOpen(#[source] rusqlite::Error),
    #[error("the disk of the store file does not answer as it should")]
    Disk(#[source] rusqlite::Error),
    #[error("SQLite refused a statement")]
    Sql(#[source] rusqlite::Error),
    #[error("a stored record cannot be read")]
    Record(#[source] CodecError),
    #[error("a stored {what} cannot be read: {found:?}")]
    Word { what: &'static str, found: String },
    #[error("a value cannot be stored")]
    Encode(#[source] CodecError),
    #[error("{what} of {bytes} bytes is over the limit of {bytes_max}")]
    OverLimit { what: &'static str, bytes: usize, bytes_max: usize },
    #[error("a task of version {version} cannot follow on version {expected}")]
    VersionGap { version: u64, expected: u64 },
    #[error("the delivery belongs to an earlier ownership; another process has taken over")]
    Stale,
    #[error("the writer met a state it was not made for; the request was undone")]
    Panicked,
    #[error("the store was closed")]
    Closed,
    #[error("the writer thread could not be started")]
    Thread(#[source] std::io::Error),
    #[error("a process has the store open; stop every `tracerail` on it, and programs such as `sqlite3`")]
    InUse,
    #[error("the copy is not intact ({answer}); `tracerail doctor` looks at what it was made from")]
    NotIntact { answer: String },
    #[error("could not {doing} {}", path.display())]
    File { doing: &'static str, path: PathBuf, source: std::io::Error },
}

impl Failure {
    /// The kind of port error this is.
    pub(super) fn kind(&self) -> PortErrorKind {
        match self {
            Self::Held(_)
            | Self::CannotOpen(_)
            | Self::Disk(_)
            | Self::Thread(_)
            | Self::TooOld { .. }
            | Self::InUse => PortErrorKind::Unavailable,
            Self::File { source, .. } => kind_of_file(source),
            Self::ReadOnly(_) | Self::OpenedReadOnly => PortErrorKind::ReadOnly,
            Self::Full(_) => PortErrorKind::Full,
            Self::Damaged(_)
            | Self::Foreign { .. }
            | Self::Record(_)
            | Self::Word { .. }
            | Self::NotIntact { .. } => PortErrorKind::Corrupt,
            Self::TooNew { .. } => PortErrorKind::TooNew,
            Self::Sql(_)
            | Self::Encode(_)
            | Self::OverLimit { .. }
            | Self::VersionGap { .. }
            | Self::Stale
            | Self::Panicked => PortErrorKind::Invalid,
            Self::Closed => PortErrorKind::Closed,
        }
    }

    /// Whether one request of a group may be to blame, so that the others deserve a try without it.
    pub(super) fn may_be_one_request(&self) -> bool {
        match self.kind() {
            PortErrorKind::Invalid => true,
            PortErrorKind::Unavailable
            | PortErrorKind::ReadOnly
            | PortErrorKind::Full
            | PortErrorKind::Corrupt
            | PortErrorKind::TooNew
            | PortErrorKind::Denied
            | PortErrorKind::Closed => false,
        }
    }

    /// The port error of an `operation` that failed so.
    pub(super) fn during(self, operation: impl Into<String>) -> PortError {
        Arc::new(self).during(operation)
    }
}

fn kind_of_file(error: &std::io::Error) -> PortErrorKind {
    if error.kind() == ErrorKind::StorageFull {
        PortErrorKind::Full
    } else if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) {
        PortErrorKind::ReadOnly
    } else {
        PortErrorKind::Unavailable
    }
}

/// A failure that several requests of one group share.
pub(super) trait During {
    /// The port error of an `operation` that failed so.
    fn during(self, operation: impl Into<String>) -> PortError;
}

impl During for Arc<Failure> {
    fn during(self, operation: impl Into<String>) -> PortError {
        PortError::new(operation, self.kind(), self)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let extended = error.sqlite_error().map_or(0, |error| error.extended_code);
        // The lowest byte of an extended code is the plain one.
        match extended & 0xff {
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => Self::Held(error),
            ffi::SQLITE_READONLY | ffi::SQLITE_PERM => Self::ReadOnly(error),
            ffi::SQLITE_FULL => Self::Full(error),
            ffi::SQLITE_CORRUPT | ffi::SQLITE_NOTADB => Self::Damaged(error),
            ffi::SQLITE_CANTOPEN => Self::CannotOpen(error),
            // The shared-memory file cannot be made larger: in practice, a full disk.
            ffi::SQLITE_IOERR if extended == ffi::SQLITE_IOERR_SHMSIZE => Self::Full(error),
            ffi::SQLITE_IOERR | ffi::SQLITE_NOMEM => Self::Disk(error),
            _ => Self::Sql(error),
        }
    }
}

impl From<CodecError> for Failure {
    fn from(error: CodecError) -> Self {
        match error {
            CodecError::Encode(_) => Self::Encode(error),
            CodecError::TooLarge { .. }
            | CodecError::TooDeep { .. }
            | CodecError::TooManyValues { .. }
            | CodecError::Empty
            | CodecError::Malformed { .. }
            | CodecError::Trailing { .. }
            | CodecError::Json(_)
            | CodecError::MessagePack(_) => Self::Record(error),
        }
    }
}
