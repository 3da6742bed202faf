//! Headers that pass through the gateway, by the rules of the configuration.

mod answer;
mod request;

pub(crate) use self::answer::{AnswerHeaders, merged};
pub(crate) use self::request::{Received, RequestHeaders};
