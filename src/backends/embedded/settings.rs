//! The limits of the embedded store, each with its reason.

use std::time::Duration;

use tracerail_schemas::codec::Limits;

/// How the file is opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Access {
    /// Read and write; the file is made when there is none.
    #[default]
    ReadWrite,
    /// Read only, also on a disk that cannot be written: `task list` on a backup, on a mounted snapshot.
    ReadOnly,
}

/// The limits of the embedded store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// Read and write, or read only.
    pub access: Access,
    /// Requests that share one transaction. A sync of the disk costs about a millisecond whatever it carries, so more is
    /// faster; but the group is held in memory, and everybody in it waits for the slowest.
    pub group_commit_max: usize,
    /// Requests that wait for the writer. More than this wait in their callers, who thereby notice.
    pub queue_max: usize,
    /// How long to wait while another program holds the file. A backup tool or a `sqlite3` shell lets go within
    /// seconds; what takes longer should be seen.
    pub busy_timeout: Duration,
    /// How long the right to hand out events lasts without being renewed. A process that has died on another machine is
    /// replaced after this; on the same machine its death is seen at once.
    pub lease_duration: Duration,
    /// How often a pull that waits looks for what other processes have added, and for deliveries that have become due.
    pub poll_every: Duration,
    /// Connections that read. Point reads take microseconds; two keep a long one from being in the way.
    pub readers: usize,
    /// The limits of bodies. Bytes of unknown quality may have four times `payload_bytes_max`, so that what is somewhat
    /// too large still becomes a dead letter that a person can look at.
    pub limits: Limits,
    /// Bytes of one stored content body, analysis, route, task or answer. It only has to be above what the codec's limit
    /// lets in: metadata and history come on top.
    pub record_bytes_max: usize,
    /// What ended longer ago than this is taken out by the process that hands out events; `None` is never.
    pub keep_ended: Option<Duration>,
    /// How often it looks for it. Ten minutes: nobody notices whether something of ninety days is kept a little longer.
    pub retention_every: Duration,
    /// Pages in the write-ahead log before they are moved into the file: 128 MiB. Ids are random, so each commit touches pages
    /// all over the indexes; the longer the log, the more often one page is moved once for many commits. Over 480,000 commits this
    /// was a third faster than 32 MiB; more makes a restart after a crash read longer.
    pub checkpoint_pages: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access: Access::ReadWrite,
            group_commit_max: 512,
            queue_max: 4096,
            busy_timeout: Duration::from_secs(5),
            lease_duration: Duration::from_secs(3),
            poll_every: Duration::from_millis(50),
            readers: 2,
            limits: Limits::default(),
            record_bytes_max: 8 * 1024 * 1024,
            keep_ended: None,
            retention_every: Duration::from_mins(10),
            checkpoint_pages: 32_768,
        }
    }
}

impl Settings {
    /// The same limits, for reading only.
    pub fn read_only() -> Self {
        Self { access: Access::ReadOnly, ..Self::default() }
    }
}
