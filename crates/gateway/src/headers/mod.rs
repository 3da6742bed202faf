//! Headers that pass through the gateway, by the rules of the configuration.

mod answer;
mod carried;
mod request;

pub use self::answer::AnswerHeaders;
pub(crate) use self::answer::merged;
pub(crate) use self::carried::not_carried;
pub(crate) use self::request::{Received, RequestHeaders};
