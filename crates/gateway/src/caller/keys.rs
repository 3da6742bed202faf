//! The keys tokens are checked with, from configuration.

use std::path::Path;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm as Alg, DecodingKey, Validation};

use super::error::KeyError;
use crate::config::{Algorithm, KeyConfig, MIN_SECRET_BYTES};

/// A key and the one algorithm it is used with.
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Alg,
    pub(super) decoding: DecodingKey,
    /// What a token has to fulfil, the algorithm included.
    pub(super) validation: Validation,
}

/// A key as loaded.
type Loaded = (Option<String>, Alg, DecodingKey);

/// Loads all keys; `validation` is what every token has to fulfil.
pub(super) fn load(configs: &[KeyConfig], validation: &Validation) -> Result<Vec<Key>, Vec<KeyError>> {
    let mut keys = Vec::new();
    let mut errors = Vec::new();
    for (index, config) in configs.iter().enumerate() {
        match load_one(&format!("callers.keys[{index}]"), config) {
            Ok(loaded) => keys.extend(loaded.into_iter().map(|(id, algorithm, decoding)| {
                let validation = Validation { algorithms: vec![algorithm], ..validation.clone() };
                Key { id, algorithm, decoding, validation }
            })),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(keys) } else { Err(errors) }
}

fn load_one(name: &str, config: &KeyConfig) -> Result<Vec<Loaded>, KeyError> {
    let unusable = |key: &str, message: String| KeyError::Unusable { key: format!("{name}.{key}"), message };
    if let Some(path) = &config.jwks_file {
        let text = read(&format!("{name}.jwks_file"), path)?;
        return from_jwks(&text).map_err(|message| unusable("jwks_file", message));
    }
    let id = config.id.clone();
    let algorithm = config.algorithm.ok_or_else(|| unusable("algorithm", "is missing".to_owned()))?;
    let (source, material) = match (&config.secret, &config.secret_file, &config.public_key_file) {
        (Some(secret), _, _) => ("secret", secret.reveal().as_bytes().to_vec()),
        (_, Some(path), _) => ("secret_file", read(&format!("{name}.secret_file"), path)?),
        (_, _, Some(path)) => ("public_key_file", read(&format!("{name}.public_key_file"), path)?),
        (None, None, None) => return Err(unusable("secret", "is missing".to_owned())),
    };
    let (algorithm, decoding) = match algorithm {
        Algorithm::HS256 => {
            let secret = material.trim_ascii();
            if secret.len() < MIN_SECRET_BYTES {
                return Err(unusable(source, format!("a secret has at least {MIN_SECRET_BYTES} bytes")));
            }
            (Alg::HS256, Ok(DecodingKey::from_secret(secret)))
        }
        Algorithm::RS256 => (Alg::RS256, DecodingKey::from_rsa_pem(&material)),
        Algorithm::ES256 => (Alg::ES256, DecodingKey::from_ec_pem(&material)),
        Algorithm::EdDSA => (Alg::EdDSA, DecodingKey::from_ed_pem(&material)),
    };
    let decoding = decoding.map_err(|_| {
        let message =
            format!("the file has no {algorithm:?} public key in PEM form (`-----BEGIN PUBLIC KEY-----`)");
        unusable(source, message)
    })?;
    Ok(vec![(id, algorithm, decoding)])
}

fn read(key: &str, path: &Path) -> Result<Vec<u8>, KeyError> {
    std::fs::read(path).map_err(|source| KeyError::Unreadable {
        key: key.to_owned(),
        path: path.to_path_buf(),
        source,
    })
}

/// The signature keys of a JSON Web Key Set; keys for encryption are left out.
fn from_jwks(text: &[u8]) -> Result<Vec<Loaded>, String> {
    let set: JwkSet =
        serde_json::from_slice(text).map_err(|error| format!("is not a JSON Web Key Set: {error}"))?;
    let mut keys = Vec::new();
    for (index, jwk) in set.keys.iter().enumerate() {
        if matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)) {
            continue;
        }
        let algorithm = algorithm_of(jwk).ok_or_else(|| {
            format!("key {index} is for none of `HS256`, `RS256`, `ES256`, `EdDSA`; take it out of the set")
        })?;
        let decoding = DecodingKey::from_jwk(jwk).map_err(|_| format!("key {index} is damaged"))?;
        keys.push((jwk.common.key_id.clone(), algorithm, decoding));
    }
    if keys.is_empty() { Err("has no key for signatures".to_owned()) } else { Ok(keys) }
}

/// The algorithm a key names, or the one its type implies. A symmetric key has to name it.
fn algorithm_of(jwk: &Jwk) -> Option<Alg> {
    match (&jwk.algorithm, jwk.common.key_algorithm) {
        (AlgorithmParameters::OctetKey(_), Some(KeyAlgorithm::HS256)) => Some(Alg::HS256),
        (AlgorithmParameters::RSA(_), None | Some(KeyAlgorithm::RS256)) => Some(Alg::RS256),
        (AlgorithmParameters::EllipticCurve(curve), None | Some(KeyAlgorithm::ES256)) => {
            matches!(curve.curve, EllipticCurve::P256).then_some(Alg::ES256)
        }
        (AlgorithmParameters::OctetKeyPair(curve), None | Some(KeyAlgorithm::EdDSA)) => {
            matches!(curve.curve, EllipticCurve::Ed25519).then_some(Alg::EdDSA)
        }
        _ => None,
    }
}
