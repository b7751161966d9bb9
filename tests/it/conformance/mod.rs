//! Each backend keeps every promise of the ports: the suites of `tracerail_actors::conformance`, listed name by name.

mod cluster;
mod distributed;
mod nats_log;
mod sqlite;
