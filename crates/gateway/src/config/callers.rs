//! Who callers are: the keys their tokens are checked with, and the token handed on to subgraphs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::policies::{self, PolicyConfig};
use super::problem::Problem;
use super::units::{Secret, Time};

/// Bearer tokens of clients.
#[derive(Clone, Debug, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallerConfig {
    /// The keys a token may be signed with. Without any, every caller is anonymous.
    pub keys: Vec<KeyConfig>,
    /// The `iss` a token must have.
    pub issuer: Option<String>,
    /// The `aud` a token must have.
    pub audience: Option<String>,
    /// Whether a request without a token is served. Defaults to `refuse` when there are keys.
    pub anonymous: Option<Anonymous>,
    /// The clock difference accepted on `exp` and `nbf`. Defaults to 5 s.
    pub clock_skew: Option<Time>,
    /// The claim with the caller's roles, a list or a text of names. Defaults to `roles` (RFC 9068).
    pub roles_claim: Option<String>,
    /// Policies that fields ask for (`@policy`), by name. What asks for one that is not here is read by nobody.
    pub policies: BTreeMap<String, PolicyConfig>,
    /// The token the gateway signs for subgraphs. Without it, subgraphs are told nothing of the caller.
    pub internal_token: Option<InternalTokenConfig>,
}

/// What becomes of a request without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Anonymous {
    /// It is served, with an anonymous caller.
    Allow,
    /// It is answered with 401.
    Refuse,
}

/// One key, or a set of keys.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyConfig {
    /// The only algorithm accepted with this key. A JWKS file names its keys' own.
    #[serde(default)]
    pub algorithm: Option<Algorithm>,
    /// The key's id; a token that names another is not checked with it.
    #[serde(default)]
    pub id: Option<String>,
    /// `HS256`: the shared secret.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// `HS256`: a file with the shared secret.
    #[serde(default)]
    pub secret_file: Option<PathBuf>,
    /// `RS256`, `ES256`, `EdDSA`: a file with the public key as PEM.
    #[serde(default)]
    pub public_key_file: Option<PathBuf>,
    /// A file with a JSON Web Key Set (RFC 7517).
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
}

/// Algorithms of token signatures (RFC 7518, section 3.1; RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    HS256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
}

/// The token handed on to subgraphs.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InternalTokenConfig {
    /// The secret shared with the subgraphs, at least 32 bytes; never a key clients sign with.
    pub secret: Secret,
    /// Claims of the caller's token that are handed on besides `sub` and, as it restricts, `narrow`.
    #[serde(default)]
    pub claims: Vec<String>,
    /// How long a token is good. Defaults to 60 s.
    #[serde(default = "default_lifetime")]
    pub lifetime: Time,
}

fn default_lifetime() -> Time {
    Time::seconds(60)
}

/// Claims the gateway writes itself.
const RESERVED_CLAIMS: [&str; 6] = ["sub", "aud", "exp", "iat", "nbf", "until"];

/// HS256 wants a key as long as its output (RFC 7518, section 3.2).
pub(crate) const MIN_SECRET_BYTES: usize = 32;

impl KeyConfig {
    pub(super) fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.secret_file, &self.public_key_file, &self.jwks_file].into_iter().flatten()
    }

    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        [&mut self.secret_file, &mut self.public_key_file, &mut self.jwks_file].into_iter().flatten()
    }

    fn check(&self, key: &str, problems: &mut Vec<Problem>) {
        let sources = [
            ("secret", self.secret.is_some(), true),
            ("secret_file", self.secret_file.is_some(), true),
            ("public_key_file", self.public_key_file.is_some(), false),
            ("jwks_file", self.jwks_file.is_some(), false),
        ];
        let named: Vec<_> = sources.iter().filter(|(_, set, _)| *set).collect();
        let [(source, _, symmetric)] = named.as_slice() else {
            let message = "needs exactly one of `secret`, `secret_file`, `public_key_file`, `jwks_file`";
            problems.push(Problem::of_key(key, message));
            return;
        };
        match (self.algorithm, *source) {
            (Some(_), "jwks_file") => problems.push(Problem::of_key(
                format!("{key}.algorithm"),
                "a JWKS file names the algorithm of each key; leave it out here",
            )),
            (None, "jwks_file") => {}
            (None, _) => problems.push(Problem::of_key(
                key,
                "the key `algorithm` is missing; one of `HS256`, `RS256`, `ES256`, `EdDSA`",
            )),
            (Some(algorithm), _) if (algorithm == Algorithm::HS256) != *symmetric => problems.push(Problem::of_key(
                format!("{key}.algorithm"),
                format!("`{algorithm:?}` does not go with `{source}`; `HS256` takes a secret, the others a public key"),
            )),
            _ => {}
        }
        if self.secret.as_ref().is_some_and(|secret| secret.reveal().len() < MIN_SECRET_BYTES) {
            problems.push(short_secret(format!("{key}.secret")));
        }
    }
}

fn short_secret(key: String) -> Problem {
    Problem::of_key(
        key,
        format!("a secret has at least {MIN_SECRET_BYTES} bytes; `openssl rand -hex 32` makes one"),
    )
}

impl CallerConfig {
    /// What becomes of a request without a token.
    #[must_use]
    pub fn anonymous(&self) -> Anonymous {
        self.anonymous.unwrap_or(if self.keys.is_empty() { Anonymous::Allow } else { Anonymous::Refuse })
    }

    /// The claim with the caller's roles (RFC 9068, section 2.2.3.1).
    #[must_use]
    pub fn roles_claim(&self) -> &str {
        self.roles_claim.as_deref().unwrap_or("roles")
    }

    pub(super) fn check(&self, problems: &mut Vec<Problem>) {
        for (index, key) in self.keys.iter().enumerate() {
            key.check(&format!("callers.keys[{index}]"), problems);
        }
        if self.keys.is_empty() && self.anonymous == Some(Anonymous::Refuse) {
            let message =
                "without `callers.keys` no token can be checked, so refusing anonymous callers refuses all";
            problems.push(Problem::of_key("callers.anonymous", message));
        }
        policies::check(&self.policies, problems);
        let Some(internal) = &self.internal_token else { return };
        if internal.secret.reveal().len() < MIN_SECRET_BYTES {
            problems.push(short_secret("callers.internal_token.secret".to_owned()));
        }
        if self.keys.iter().any(|key| key.secret.as_ref() == Some(&internal.secret)) {
            let message =
                "is also a key of clients; whoever can sign client tokens could then speak to subgraphs";
            problems.push(Problem::of_key("callers.internal_token.secret", message));
        }
        for (index, claim) in internal.claims.iter().enumerate() {
            if RESERVED_CLAIMS.contains(&claim.as_str()) {
                let message = format!("`{claim}` is written by the gateway itself; leave it out");
                problems.push(Problem::of_key(format!("callers.internal_token.claims[{index}]"), message));
            }
        }
    }
}
