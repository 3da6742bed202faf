//! The internal token: how the gateway tells a service who asks.
//!
//! A short-lived JWT, signed with a secret that gateway and services share, for the audience
//! [`AUDIENCE`]. A service refuses every request without one.

use std::time::Duration;

use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Role;
use crate::error::{Error, Result};

/// The request header that carries the token.
pub const HEADER: &str = "x-caller-token";

/// The `aud` claim.
pub const AUDIENCE: &str = "subgraph";

/// The shortest secret that is accepted, in bytes (RFC 7518 section 3.2: as long as the hash).
pub const MIN_SECRET_BYTES: usize = 32;

/// What the token says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// A person's id, or `service:NAME` for a service itself.
    pub sub: String,
    /// [`AUDIENCE`].
    pub aud: String,
    /// Seconds since the epoch after which the token is void.
    pub exp: u64,
    /// Seconds since the epoch after which the caller's own token is void, and with it what lasts longer than a request;
    /// `exp` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Restricts the person's grants for this request; never widens them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrow: Option<Narrow>,
}

/// A restriction of the person's grants. A member that is not known is refused: leaving it out would widen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Narrow {
    /// Act with this role only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Act on this unit and below only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Uuid>,
}

/// Who a valid token speaks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person, perhaps with a narrowed view.
    Person(Uuid, Option<Narrow>),
    /// Another service of the platform, by name.
    Service(String),
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who it speaks for.
    pub subject: Subject,
    /// Seconds since the epoch after which what it opened ends.
    pub until: u64,
}

impl Verified {
    /// How long what it opened may go on from now.
    pub(crate) fn left(&self) -> Duration {
        Duration::from_secs(self.until.saturating_add(LEEWAY).saturating_sub(get_current_timestamp()))
    }
}

/// How far the clocks of those who sign and those who check may be apart, in seconds.
const LEEWAY: u64 = 5;

/// The secret that gateway and services share.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

impl Secret {
    /// Checks the length.
    ///
    /// # Errors
    /// When shorter than [`MIN_SECRET_BYTES`].
    pub fn new(bytes: impl Into<Vec<u8>>) -> std::result::Result<Self, String> {
        let bytes = bytes.into();
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(format!(
                "the internal secret has {} bytes, at least {MIN_SECRET_BYTES} are needed",
                bytes.len()
            ));
        }
        Ok(Self(bytes))
    }

    /// The secret's bytes, for whoever signs with it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Signs a token for a subject.
    ///
    /// # Errors
    /// When the claims cannot be encoded.
    pub fn sign(&self, subject: &Subject, valid_for: Duration) -> Result<String> {
        let (sub, narrow) = match subject {
            Subject::Person(person, narrow) => (person.to_string(), narrow.clone()),
            Subject::Service(name) => (format!("service:{name}"), None),
        };
        let exp = get_current_timestamp() + valid_for.as_secs();
        let claims = Claims { sub, aud: AUDIENCE.to_owned(), exp, until: None, narrow };
        encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.0))
            .map_err(Error::internal)
    }

    /// Checks a token's signature, audience and time, and says whom it speaks for, and for how long.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when any of them does not hold.
    pub fn verify(&self, token: &str) -> Result<Verified> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.leeway = LEEWAY;
        let claims = decode::<Claims>(token, &DecodingKey::from_secret(&self.0), &validation)
            .map_err(|error| Error::Unauthenticated(error.to_string()))?
            .claims;
        let until = claims.until.unwrap_or(claims.exp);
        if let Some(service) = claims.sub.strip_prefix("service:") {
            return Ok(Verified { subject: Subject::Service(service.to_owned()), until });
        }
        let person = Uuid::parse_str(&claims.sub)
            .map_err(|_| Error::Unauthenticated("its subject is not a person's id".to_owned()))?;
        Ok(Verified { subject: Subject::Person(person, claims.narrow), until })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::new(vec![byte; MIN_SECRET_BYTES]).unwrap()
    }

    #[test]
    fn a_token_says_who_signed_it_for_whom() {
        let unit = Uuid::now_v7();
        let subject =
            Subject::Person(Uuid::now_v7(), Some(Narrow { role: Some(Role::Viewer), unit: Some(unit) }));
        let token = secret(1).sign(&subject, Duration::from_secs(60)).unwrap();
        assert_eq!(secret(1).verify(&token).unwrap().subject, subject);
    }

    #[test]
    fn a_token_of_another_secret_is_refused() {
        let token = secret(1).sign(&Subject::Service("x".into()), Duration::from_secs(60)).unwrap();
        assert!(matches!(secret(2).verify(&token), Err(Error::Unauthenticated(_))));
    }

    #[test]
    fn a_restriction_that_is_not_understood_is_refused() {
        let exp = get_current_timestamp() + 60;
        for narrow in [
            serde_json::json!({ "region": Uuid::now_v7() }),
            serde_json::json!({ "unit": "NE" }),
            serde_json::json!({ "role": "KING" }),
            serde_json::json!("VIEWER"),
        ] {
            let claims =
                serde_json::json!({ "sub": Uuid::now_v7(), "aud": AUDIENCE, "exp": exp, "narrow": narrow });
            let key = EncodingKey::from_secret(secret(1).bytes());
            let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
            assert!(matches!(secret(1).verify(&token), Err(Error::Unauthenticated(_))), "{narrow}");
        }
    }

    #[test]
    fn what_a_token_opens_lasts_as_long_as_the_token_unless_it_says_until_when() {
        let now = get_current_timestamp();
        for (until, lasts) in [(None, now + 60), (Some(now + 3600), now + 3600), (Some(now - 1), now - 1)] {
            let sub = Uuid::now_v7().to_string();
            let claims = Claims { sub, aud: AUDIENCE.to_owned(), exp: now + 60, until, narrow: None };
            let key = EncodingKey::from_secret(secret(1).bytes());
            let token = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
            let verified = secret(1).verify(&token).unwrap();
            assert_eq!(verified.until, lasts, "{until:?}");
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_over() {
        let subject = Subject::Service("x".into());
        let left = |until| Verified { subject: subject.clone(), until }.left();
        let now = get_current_timestamp();
        assert_eq!(left(now - LEEWAY - 1), Duration::ZERO);
        assert!(left(now + 60) > Duration::from_secs(60));
        assert!(left(u64::MAX) > Duration::from_secs(1 << 40));
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(Secret::new(vec![0; MIN_SECRET_BYTES - 1]).is_err());
    }
}
