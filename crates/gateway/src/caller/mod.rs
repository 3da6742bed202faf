//! Who calls: from a bearer token to a [`Caller`], and on to the token subgraphs trust.

mod error;
mod internal;
mod keys;
mod policies;
mod verify;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use federation::Permissions;
use serde_json::{Map, Value};

pub use self::error::{CallerError, KeyError};
pub use self::internal::{InternalToken, InternalTokens, RESTRICTION, SUBGRAPH_AUDIENCE, SigningError};
pub(crate) use self::policies::Policies;
pub use self::verify::Callers;

/// The identity a request is answered for. Callers are equal if their tokens say the same.
///
/// Cheap to clone; clones share the claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller(Option<Arc<Identity>>);

#[derive(Debug, PartialEq, Eq)]
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

    /// What the caller may read of what the schema protects: it is authenticated if it is known, and holds the
    /// scopes of its token's `scope` claim (RFC 9068, section 2.2.3), a text of names or a list of them. Policies
    /// are the gateway's affair ([`CallerConfig::policies`](crate::config::CallerConfig::policies)); here are none.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        let scopes = self.names("scope").map(Arc::from).collect();
        Permissions { authenticated: !self.is_anonymous(), scopes, policies: BTreeSet::new() }
    }

    /// The names in a claim: a list of texts, or a text with spaces between them.
    pub fn names(&self, claim: &str) -> impl Iterator<Item = &str> {
        let (text, list) = match self.claim(claim) {
            Some(Value::String(names)) => (names.as_str(), &[][..]),
            Some(Value::Array(names)) => ("", names.as_slice()),
            _ => ("", &[][..]),
        };
        text.split_ascii_whitespace().chain(list.iter().filter_map(Value::as_str))
    }

    /// Since the epoch, when its token expires; `None` without one.
    fn expiry(&self) -> Option<Duration> {
        Duration::try_from_secs_f64(self.claim("exp")?.as_f64()?).ok()
    }

    /// About how many bytes it takes in memory.
    pub(crate) fn weight(&self) -> usize {
        let Some(identity) = &self.0 else { return 0 };
        let text = serde_json::to_string(&identity.claims).unwrap_or_default();
        size_of::<Identity>() + identity.subject.len() + 4 * text.len()
    }

    /// A claim of the token.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.0.as_ref()?.claims.get(name)
    }
}

impl Hash for Caller {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Nearly all that makes them equal.
        self.subject().hash(state);
    }
}
