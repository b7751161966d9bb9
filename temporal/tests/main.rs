//! Waits on a real Temporal server.
