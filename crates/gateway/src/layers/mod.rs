//! What every request passes before its route.

mod access;
mod measured;
mod panic;

pub(crate) use self::access::{AccessNote, REQUEST_ID, RequestInfo, access, milliseconds};
pub(crate) use self::panic::catch_panic;
