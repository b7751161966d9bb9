//! What the project ships for running it: the servers of `scripts/stack`, the containers of `docker-compose.yml`.
//!
//! No container engine is needed here: what is tried is that each container's process would know its servers and its user.

mod compose;
mod stack;

use std::path::{Path, PathBuf};

/// A file of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
