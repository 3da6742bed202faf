//! The short-lived token that tells subgraphs who calls.
//!
//! It is a JWT signed with HS256 and a secret that only the gateway and the subgraphs know. Claims: `sub`,
//! `aud` (always [`SUBGRAPH_AUDIENCE`]), `iat`, `exp`, [`UNTIL`], the caller's [`RESTRICTION`] if it has one, and the
//! caller's claims that are configured to be handed on. Tokens are kept per caller and signed anew when half of their lifetime has passed, so that no
//! subgraph request waits for a signature and none carries a token about to expire.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use moka::sync::Cache;
use serde_json::{Map, Value};

use super::Caller;
use crate::config::InternalTokenConfig;

/// The `aud` of internal tokens.
pub const SUBGRAPH_AUDIENCE: &str = "subgraph";

/// The claim with which a token restricts what its bearer may do. It is handed on whatever the configuration says:
/// subgraphs that were not told would let the bearer do everything the subject may.
pub const RESTRICTION: &str = "narrow";

/// The claim with the seconds since the epoch after which the caller's own token is void, with the clock skew that is
/// allowed: subgraphs end by then what lasts longer than a request, as the gateway does.
const UNTIL: &str = "until";

/// How many callers' tokens are kept.
const KEPT_TOKENS: u64 = 10_000;

/// A signed token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InternalToken(Arc<str>);

impl InternalToken {
    /// The token's text, for the header `x-caller-token`.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for InternalToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl std::fmt::Debug for InternalTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InternalTokens").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// Signs and keeps internal tokens.
pub struct InternalTokens {
    key: EncodingKey,
    claims: Vec<String>,
    lifetime: Duration,
    /// For how long a caller's token is taken after it has expired.
    skew: Duration,
    kept: Cache<String, InternalToken>,
}

/// The token could not be signed; internal.
#[derive(Debug, thiserror::Error)]
#[error("the internal token cannot be signed: {0}")]
pub struct SigningError(#[from] jsonwebtoken::errors::Error);

impl InternalTokens {
    /// A signer.
    #[must_use]
    pub fn new(config: &InternalTokenConfig, skew: Duration) -> Self {
        let lifetime = config.lifetime.0;
        Self {
            key: EncodingKey::from_secret(config.secret.reveal().as_bytes()),
            claims: config.claims.clone(),
            lifetime,
            skew,
            kept: Cache::builder().max_capacity(KEPT_TOKENS).time_to_live(lifetime / 2).build(),
        }
    }

    /// For how long a token that was just handed out can be sent: it may be kept already, and is not to expire on
    /// its way.
    #[must_use]
    pub fn fresh_for(&self) -> Duration {
        self.lifetime / 4
    }

    /// The token for a caller; anonymous callers have none.
    ///
    /// # Errors
    /// When signing fails, which is a fault of the gateway.
    pub fn token(&self, caller: &Caller) -> Result<Option<InternalToken>, SigningError> {
        let Some(subject) = caller.subject() else { return Ok(None) };
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), Value::from(subject));
        for name in self.claims.iter().map(String::as_str).chain([RESTRICTION]) {
            if let Some(value) = caller.claim(name) {
                claims.insert(name.to_owned(), value.clone());
            }
        }
        if let Some(until) = caller.expiry() {
            claims.insert(UNTIL.to_owned(), Value::from(until.saturating_add(self.skew).as_secs()));
        }
        // The text of what is signed is the identity of the entry: another claim value is another token.
        let identity = Value::Object(claims.clone()).to_string();
        if let Some(token) = self.kept.get(&identity) {
            return Ok(Some(token));
        }
        let token = self.sign(claims)?;
        self.kept.insert(identity, token.clone());
        Ok(Some(token))
    }

    fn sign(&self, mut claims: Map<String, Value>) -> Result<InternalToken, SigningError> {
        let issued = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        claims.insert("aud".to_owned(), Value::from(SUBGRAPH_AUDIENCE));
        claims.insert("iat".to_owned(), Value::from(issued.as_secs()));
        claims.insert("exp".to_owned(), Value::from((issued + self.lifetime).as_secs()));
        Ok(InternalToken(encode(&Header::new(Algorithm::HS256), &claims, &self.key)?.into()))
    }
}
