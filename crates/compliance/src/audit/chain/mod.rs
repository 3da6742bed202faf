//! The chain over the audit trail: whoever changes, removes or slips in an entry breaks it.
//!
//! The entries of a network are links in the order in which they were committed. A link's hash is over the entry's
//! content, its place, and the hash of the link before; the network's head holds the last one. Who adds a link holds
//! the head's row until the commit, so that no two links follow the same one. Whoever can write to the database could
//! write the whole chain anew: a head that was noted elsewhere finds that out, too.

mod append;
mod digest;
pub(crate) mod entity;
mod verify;

pub(crate) use append::{append, append_all, hold};
pub use verify::{Anchor, Broken, Verdict, verify};
