//! Documents that clients send once and then name by their hash (automatic persisted queries,
//! <https://www.apollographql.com/docs/apollo-server/performance/apq>).

use std::sync::Arc;

use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::config::PersistedQueriesConfig;

/// The SHA-256 of a document's text.
pub(crate) type DocumentHash = [u8; 32];

/// The documents that clients have sent, as far as there is room for them.
pub(crate) struct PersistedQueries {
    /// `None` when they are switched off.
    known: Option<Cache<DocumentHash, Arc<str>>>,
}

/// Why a hash leads to no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// Nobody has sent the document, or long ago.
    NotFound,
    /// Documents are not kept here.
    NotSupported,
    /// The document sent is of another hash.
    Mismatch,
    /// Only stored operations may run, and the document is none.
    NotStored,
}

impl PersistedQueries {
    pub(crate) fn new(config: &PersistedQueriesConfig) -> Self {
        let known = || {
            let weight =
                |_: &DocumentHash, text: &Arc<str>| u32::try_from(text.len() + 128).unwrap_or(u32::MAX);
            Cache::builder().max_capacity(config.max_memory.0).weigher(weight).build()
        };
        Self { known: config.enabled.then(known) }
    }

    /// The document a request means: the one it brings, whose hash is checked, or the one it names.
    pub(crate) fn resolve(&self, hash: DocumentHash, text: Option<String>) -> Result<Arc<str>, Unresolved> {
        match (&self.known, text) {
            // Where nothing is kept, a hash beside a document says nothing.
            (None, Some(text)) => Ok(text.into()),
            (None, None) => Err(Unresolved::NotSupported),
            (Some(known), None) => known.get(&hash).ok_or(Unresolved::NotFound),
            (Some(_), Some(text)) if hash_of(&text) != hash => Err(Unresolved::Mismatch),
            (Some(known), Some(text)) => Ok(known.get(&hash).unwrap_or_else(|| text.into())),
        }
    }

    /// Keeps a document that can be run; whether it was not kept before.
    pub(crate) fn keep(&self, hash: DocumentHash, text: &Arc<str>) -> bool {
        let Some(known) = self.known.as_ref().filter(|known| !known.contains_key(&hash)) else {
            return false;
        };
        known.insert(hash, text.clone());
        true
    }
}

/// The hash of a document.
pub(crate) fn hash_of(text: &str) -> DocumentHash {
    Sha256::digest(text).into()
}

/// Reads 64 hexadecimal digits.
pub(crate) fn parse_hash(text: &str) -> Option<DocumentHash> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ByteSize;

    #[test]
    fn hashes_are_64_hexadecimal_digits() {
        let text = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
        assert_eq!(parse_hash(text), Some(hash_of("{__typename}")));
        assert_eq!(parse_hash(&text.to_uppercase()), Some(hash_of("{__typename}")));
        for bad in ["", &text[1..], &text.replace('e', "g"), &text.replace("ec", "ä")] {
            assert_eq!(parse_hash(bad), None, "{bad}");
        }
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let config =
            PersistedQueriesConfig { max_memory: ByteSize(10_000), ..PersistedQueriesConfig::default() };
        let queries = PersistedQueries::new(&config);
        for index in 0..1000 {
            let text: Arc<str> = format!("{{ a{index} }}").into();
            queries.keep(hash_of(&text), &text);
        }
        let known = queries.known.as_ref().unwrap();
        known.run_pending_tasks();
        assert!(known.weighted_size() <= 10_000);
    }
}
