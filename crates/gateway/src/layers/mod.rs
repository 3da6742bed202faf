//! What every request passes before its route.

mod access;
mod panic;

pub(crate) use self::access::{AccessNote, REQUEST_ID, RequestInfo, access};
pub(crate) use self::panic::catch_panic;
