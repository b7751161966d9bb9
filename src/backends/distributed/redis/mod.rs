//! The store on Redis: tasks, records, answers and timers as a projection of the event log.
//!
//! Promises: a batch is one script, whole or not at all, and written once however often it comes; the scripts run only on a server that
//! is known to hold everything. A server that was restarted, restored, failed over or emptied is found out by the next call
//! (`gate`), and brought up to the log before anything else happens (`doorkeeper`).
//!
//! Deliberately absent: durability beyond a second. What Redis loses is made again from the log.

mod settings;

mod keys;
mod scripts;
mod connection;
mod error;
mod gate;

mod arguments;
mod together;
mod slot;
mod pack;
mod entry;
mod commit;
mod sent;
mod read_content;
mod read_tasks;
mod store;
mod scan;
mod in_flight;
mod hold;
mod erase;
mod retain;
mod lock;
mod turn;

mod fold;
mod history;
mod replay;
mod meta;
mod doorkeeper;
mod rebuild;
mod digest;

mod rights;
mod node;
mod checkup;

mod bare;

pub use bare::BareCommit;
pub use checkup::checkup;
pub use digest::Digests;
pub use erase::Found;
pub use history::{History, HistoryPage, Mark};
pub use hold::Held;
pub use in_flight::InFlight;
pub use read_content::TrailEntry;
pub use rebuild::Progress;
pub use retain::StillWanted;
pub use settings::RedisSettings;
pub use store::RedisStore;
pub use turn::Turn;
