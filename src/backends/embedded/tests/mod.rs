//! What only this backend promises: its file, its lease, its errors. What the ports promise is tested by `conformance`.

mod errors;
mod lease;
mod retention;
mod sample;
mod survival;
mod writer;
