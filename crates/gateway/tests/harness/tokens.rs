//! Tokens of callers.

use std::time::{SystemTime, UNIX_EPOCH};

use gateway::config::{Algorithm, CallerConfig, InternalTokenConfig, KeyConfig, Secret, Time};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};

const CALLER_SECRET: &str = "callers-callers-callers-callers-callers";
pub(crate) const INTERNAL_SECRET: &str = "internal-internal-internal-internal-int";

/// Callers signed with [`CALLER_SECRET`], handed on with [`INTERNAL_SECRET`].
pub(crate) fn caller_config() -> CallerConfig {
    CallerConfig {
        keys: vec![KeyConfig {
            algorithm: Some(Algorithm::HS256),
            id: None,
            secret: Some(Secret::new(CALLER_SECRET)),
            secret_file: None,
            public_key_file: None,
            jwks_file: None,
        }],
        internal_token: Some(InternalTokenConfig {
            secret: Secret::new(INTERNAL_SECRET),
            claims: Vec::new(),
            lifetime: Time::seconds(60),
        }),
        ..CallerConfig::default()
    }
}

/// The value of an `authorization` header that is good, or expired, for a number of seconds.
pub(crate) fn token(subject: &str, seconds: i64) -> String {
    token_signed_with(CALLER_SECRET, subject, seconds)
}

/// As [`token`], signed with a secret of choice.
pub(crate) fn token_signed_with(secret: &str, subject: &str, seconds: i64) -> String {
    signed(secret, json!({ "sub": subject, "narrow": { "role": "viewer" } }), seconds)
}

/// As [`token`], with a `scope` claim.
pub(crate) fn token_with_scope(subject: &str, scope: &str) -> String {
    signed(CALLER_SECRET, json!({ "sub": subject, "scope": scope }), 60)
}

/// As [`token`], with a `roles` claim.
pub(crate) fn token_with_roles(subject: &str, roles: &[&str]) -> String {
    signed(CALLER_SECRET, json!({ "sub": subject, "roles": roles }), 60)
}

/// As [`token`], with both claims.
pub(crate) fn token_with_roles_and_scope(subject: &str, roles: &[&str], scope: &str) -> String {
    signed(CALLER_SECRET, json!({ "sub": subject, "roles": roles, "scope": scope }), 60)
}

fn signed(secret: &str, mut claims: Value, seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    claims["exp"] = now.checked_add_signed(seconds).unwrap().into();
    let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap();
    format!("Bearer {token}")
}
