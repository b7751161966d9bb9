//! Where things are kept and sent: one folder an edition.
//!
//! Nothing here knows an edge (`cli`); nothing outside `app` names what is here.

pub mod distributed;
pub mod embedded;
