//! How long things may be. Temporal refuses a payload of more than 2 MiB, and a workflow that makes one stands still for ever: so whatever
//! is signalled, and whatever TraceRail holds, is refused or shortened before it could.

use serde::Serialize;

/// How long one decision or one new task may be, as it is written for TraceRail: it fits into a payload with all that is around it, and
/// into a message of 1 MiB between TraceRail's processes however that writes it.
pub(crate) const ONE_BYTES_MAX: usize = 400_000;

/// What was said to a workflow in one run, from which on a new run takes over; Temporal itself would suggest it at 4 MiB.
pub(crate) const HISTORY_BYTES_MAX: usize = 3 << 20;

/// Of the reason for a refusal.
const MESSAGE_CHARS_MAX: usize = 300;

/// How many bytes it takes in a payload.
pub(crate) fn bytes<T: Serialize>(of: &T) -> usize {
    serde_json::to_vec(of).map_or(usize::MAX, |json| json.len())
}

/// Why something of this length is refused, if it is.
pub(crate) fn too_long(bytes: usize) -> Option<String> {
    let why = || format!("it is longer than the {ONE_BYTES_MAX} bytes that are allowed");
    (bytes > ONE_BYTES_MAX).then(why)
}

/// A reason as it is kept: it may hold what somebody has sent, and that may be long.
pub(crate) fn cut(mut message: String) -> String {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARS_MAX) {
        message.truncate(end);
    }
    message
}
