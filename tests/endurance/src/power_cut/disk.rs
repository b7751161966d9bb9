//! A disk whose power can be cut: an ext4 file system in a file.
//!
//! The cut is the file system's own shutdown call: from then on nothing reaches the disk, not even its journal, and what was
//! written but not synced is gone when it is mounted again. A real drive may lose more: what it acknowledged and had only in its cache.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tracerail_testkit::{Scratch, wait_until};

use crate::shell;

/// How long a server that was killed may hold the file system.
const LET_GO_WITHIN: Duration = Duration::from_secs(20);

/// A mounted file system of its own. It is unmounted when this is dropped.
#[derive(Debug)]
pub(crate) struct Disk {
    scratch: Scratch,
    mount: PathBuf,
}

impl Disk {
    /// Makes and mounts one of that many mebibytes. They are taken as they are used.
    pub(crate) fn new(mebibytes: u32) -> Self {
        let scratch = Scratch::new();
        let mount = scratch.join("mounted");
        std::fs::create_dir(&mount).expect("a folder");
        let disk = Self { scratch, mount };
        shell::must("truncate", &["-s", &format!("{mebibytes}M"), &disk.image()]);
        shell::must("mkfs.ext4", &["-q", "-F", &disk.image()]);
        disk.mount();
        disk
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        &self.mount
    }

    /// Cuts the power. Whoever has files open gets an error from now on.
    pub(crate) fn cut(&self) {
        shell::must("xfs_io", &["-x", "-c", "shutdown", &self.mount_text()]);
    }

    /// Power again: mounts what the disk really holds. Everybody who had files open must have ended.
    pub(crate) fn power_on(&self) {
        self.unmount();
        self.mount();
    }

    fn mount(&self) {
        shell::must("mount", &["-o", "loop", &self.image(), &self.mount_text()]);
    }

    fn unmount(&self) {
        wait_until("the file system is let go", LET_GO_WITHIN, || {
            shell::attempt("umount", &[self.mount_text()])
        });
    }

    fn image(&self) -> String {
        self.scratch.join("disk.img").to_string_lossy().into_owned()
    }

    fn mount_text(&self) -> String {
        self.mount.to_string_lossy().into_owned()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // It may be unmounted, or held by a server that is about to end: then the shell that started the run unmounts it.
        drop(shell::attempt("umount", &[self.mount_text()]));
    }
}
