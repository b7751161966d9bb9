//! How large what comes in may be.

use tracerail_schemas::codec;

use super::scalar::section;

section! {
    /// Limits on input: `limits`.
    LimitsConfig {
        /// Bytes of one content's text.
        content_bytes_max: usize = 262_144,
        /// Bytes of one body on the bus or over HTTP.
        payload_bytes_max: usize = 1_048_576,
        /// Levels of nesting in a body.
        depth_max: usize = 32,
        /// Values in a body.
        values_max: usize = 20_000,
    }
}

impl LimitsConfig {
    /// The part the codec checks before it decodes.
    pub fn codec(&self) -> codec::Limits {
        codec::Limits {
            payload_bytes_max: self.payload_bytes_max,
            depth_max: self.depth_max,
            values_max: self.values_max,
        }
    }
}
