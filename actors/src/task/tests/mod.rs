//! Tables on what is decided.
