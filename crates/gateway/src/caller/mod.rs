//! Who calls: from a bearer token to a [`Caller`], and on to the token subgraphs trust.

mod error;
mod internal;
mod keys;
mod verify;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Map, Value};

pub use self::error::{CallerError, KeyError};
pub use self::internal::{InternalToken, InternalTokens, SUBGRAPH_AUDIENCE, SigningError};
pub use self::verify::Callers;

/// The identity a request is answered for.
///
/// Cheap to clone; clones share the claims.
#[derive(Clone, Debug, Default)]
pub struct Caller(Option<Arc<Identity>>);

#[derive(Debug)]
struct Identity {
    subject: String,
    claims: Map<String, Value>,
}

impl Caller {
    /// A caller without a token.
    #[must_use]
    pub fn anonymous() -> Self {
        Self(None)
    }

    /// A caller that is known; `claims` are those of its checked token.
    #[must_use]
    pub fn identified(subject: impl Into<String>, claims: Map<String, Value>) -> Self {
        Self(Some(Arc::new(Identity { subject: subject.into(), claims })))
    }

    /// Whether there was no token.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.0.is_none()
    }

    /// The `sub` claim.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.as_ref().map(|identity| identity.subject.as_str())
    }

    /// A claim of the token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.claims.get(name)
    }
}
