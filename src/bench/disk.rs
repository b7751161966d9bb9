//! How fast the disk is at this moment: what every figure that waits for it has to be seen beside.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use super::spread::Spread;

/// Writes 600 bytes at the end of this file and waits until they are on the disk, so many times.
pub fn syncs(file: &Path, times: usize) -> io::Result<Spread> {
    let mut file = File::create(file)?;
    let bytes = [b'.'; 600];
    let mut durations = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        file.write_all(&bytes)?;
        file.sync_data()?;
        durations.push(began.elapsed());
    }
    Ok(Spread::of(durations))
}
