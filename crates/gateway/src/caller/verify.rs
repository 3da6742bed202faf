//! From the `Authorization` header to a caller (RFC 6750, RFC 7519).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::Caller;
use super::error::{CallerError, KeyError};
use super::internal::SUBGRAPH_AUDIENCE;
use super::keys::{self, Key};
use crate::config::{Anonymous, CallerConfig};

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Subjects that internal tokens reserve for the platform's own services. A client's token with such a
/// subject would make its bearer a service in the eyes of subgraphs.
const SERVICE_PREFIX: &str = "service:";

/// Finds out who calls.
pub struct Callers {
    keys: Vec<Key>,
    anonymous: Anonymous,
    /// The clock difference accepted.
    skew: Duration,
}

impl Callers {
    /// Loads the keys.
    ///
    /// # Errors
    /// Every key that cannot be used.
    pub fn new(config: &CallerConfig) -> Result<Self, Vec<KeyError>> {
        let mut validation = Validation::default();
        let mut required = vec!["exp", "sub"];
        let skew = Duration::from_secs(config.clock_skew.map_or(5, |skew| skew.0.as_secs()));
        validation.leeway = skew.as_secs();
        validation.validate_nbf = true;
        validation.validate_aud = false;
        if let Some(issuer) = &config.issuer {
            validation.set_issuer(&[issuer]);
            required.push("iss");
        }
        if let Some(audience) = &config.audience {
            validation.validate_aud = true;
            validation.set_audience(&[audience]);
            required.push("aud");
        }
        validation.set_required_spec_claims(&required);
        Ok(Self { keys: keys::load(&config.keys, &validation)?, anonymous: config.anonymous(), skew })
    }

    /// Whether some callers have tokens.
    pub(crate) fn is_configured(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The caller a request's headers name.
    ///
    /// # Errors
    /// When there is no token although one is needed, or the token is not good.
    pub fn identify(&self, headers: &HeaderMap) -> Result<Caller, CallerError> {
        if self.keys.is_empty() {
            return Ok(Caller::anonymous());
        }
        let mut values = headers.get_all(AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) if self.anonymous == Anonymous::Allow => Ok(Caller::anonymous()),
            (None, _) => Err(CallerError::Missing),
            (Some(value), None) => self.verify(bearer(value.as_bytes()).ok_or(CallerError::Malformed)?),
            (Some(_), Some(_)) => Err(CallerError::Malformed),
        }
    }

    /// For how long tokens are taken after they have expired.
    #[must_use]
    pub fn skew(&self) -> Duration {
        self.skew
    }

    /// For how long the caller's token is still good; `None` for anonymous callers, who have none.
    #[must_use]
    pub fn good_for(&self, caller: &Caller) -> Option<Duration> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(caller.expiry()?.saturating_add(self.skew).saturating_sub(now))
    }

    /// The caller a token names.
    fn verify(&self, token: &str) -> Result<Caller, CallerError> {
        let header = decode_header(token).map_err(|error| match error.kind() {
            // An `alg` this library does not know, `none` among them, fails as JSON of the header.
            ErrorKind::Json(_) if names_algorithm(token) => CallerError::Algorithm,
            _ => CallerError::Malformed,
        })?;
        let mut refusal = CallerError::Algorithm;
        for key in self.keys.iter().filter(|key| key.algorithm == header.alg) {
            // A token that names a key is checked with that key; a key without a name is tried always.
            if matches!((&key.id, &header.kid), (Some(id), Some(named)) if id != named) {
                refusal = CallerError::Signature;
                continue;
            }
            match decode::<Map<String, Value>>(token, &key.decoding, &key.validation) {
                Ok(data) => return self.caller(data.claims),
                Err(error) => refusal = classify(error.kind()),
            }
            if refusal != CallerError::Signature {
                break;
            }
        }
        Err(refusal)
    }

    fn caller(&self, claims: Map<String, Value>) -> Result<Caller, CallerError> {
        // A token the gateway made for subgraphs is no token of a client, even if the keys allowed it.
        let internal = |audience: &Value| audience.as_str() == Some(SUBGRAPH_AUDIENCE);
        match claims.get("aud") {
            Some(Value::Array(audiences)) if audiences.iter().any(internal) => {
                return Err(CallerError::Audience);
            }
            Some(audience) if internal(audience) => return Err(CallerError::Audience),
            _ => {}
        }
        match claims.get("sub").and_then(Value::as_str) {
            Some(subject) if subject.starts_with(SERVICE_PREFIX) => Err(CallerError::Subject),
            Some(subject) if !subject.is_empty() => Ok(Caller::identified(subject.to_owned(), claims)),
            _ => Err(CallerError::Claims),
        }
    }
}

/// The token of a `Bearer` header value; the scheme's case does not matter (RFC 9110, section 11.1).
fn bearer(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim_matches(' ');
    let well_formed =
        !token.is_empty() && token.len() <= MAX_TOKEN_BYTES && token.is_ascii() && !token.contains(' ');
    (scheme.eq_ignore_ascii_case("bearer") && well_formed).then_some(token)
}

/// Whether the token's first part is a JSON object with a textual `alg`.
fn names_algorithm(token: &str) -> bool {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap_or_default()).unwrap_or_default();
    serde_json::from_slice::<Map<String, Value>>(&header)
        .is_ok_and(|header| header.get("alg").is_some_and(Value::is_string))
}

fn classify(kind: &ErrorKind) -> CallerError {
    match kind {
        ErrorKind::ExpiredSignature => CallerError::Expired,
        ErrorKind::ImmatureSignature => CallerError::NotYetValid,
        ErrorKind::InvalidSignature => CallerError::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::UnsupportedAlgorithm => CallerError::Algorithm,
        ErrorKind::InvalidIssuer => CallerError::Issuer,
        ErrorKind::InvalidAudience => CallerError::Audience,
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => CallerError::Claims,
        _ => CallerError::Malformed,
    }
}
