//! Why a caller is refused, and why a key cannot be used.

use std::path::PathBuf;

/// Why a request's token is refused. The texts are shown to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// There is no `Authorization` header.
    #[error("this graph needs a token; send the header `Authorization: Bearer <token>`")]
    Missing,
    /// The header is not `Bearer` with one token, or the token is no JWT.
    #[error("the `Authorization` header is malformed; it is `Bearer`, a space and a JSON Web Token")]
    Malformed,
    /// `exp` has passed.
    #[error("the token has expired; get a new one")]
    Expired,
    /// `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// No accepted key made the signature.
    #[error("the token's signature is not valid")]
    Signature,
    /// `alg` is none of the accepted keys'.
    #[error("the token is signed with an algorithm that is not accepted")]
    Algorithm,
    /// `iss` is another.
    #[error("the token's issuer (`iss`) is not accepted")]
    Issuer,
    /// `aud` is another.
    #[error("the token is meant for another audience (`aud`)")]
    Audience,
    /// `sub` is one that only internal tokens may have.
    #[error("the token's subject (`sub`) is not accepted")]
    Subject,
    /// A claim the gateway needs is missing or of the wrong kind.
    #[error("the token lacks a claim; it needs `sub` and `exp`, and `iss` and `aud` where they are checked")]
    Claims,
}

/// Why a configured key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read.
    #[error("`{key}`: `{}` cannot be read ({source}); check the path and the file's permissions", path.display())]
    Unreadable {
        /// The configuration key.
        key: String,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The content is not the kind of key that was announced.
    #[error("`{key}`: {message}")]
    Unusable {
        /// The configuration key.
        key: String,
        /// What is wrong, without the content.
        message: String,
    },
}
