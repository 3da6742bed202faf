//! Where a table goes on: an opaque token for every row.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The name of the column that holds tokens.
pub(crate) const COLUMN: &str = "_resume";

/// A place between two rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The end of the page before; `None` for the first page.
    pub(super) after: Option<String>,
    /// Rows of the page that were delivered.
    pub(super) rows: u64,
}

/// What a token holds. It is not secret and needs no signature: a cursor is worth what the service it is of makes of
/// it, for the caller who presents it.
#[derive(Serialize, Deserialize)]
struct Token(String, Option<String>, u64);

/// What a token belongs to: the same table of the same operation with the same variables.
pub(super) fn fingerprint(text: &str, table: &str, variables: &str) -> String {
    let mut hash = Sha256::new();
    for part in [text, table, variables] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(&hash.finalize()[..9])
}

impl Place {
    pub(super) fn token(&self, fingerprint: &str) -> String {
        let token = Token(fingerprint.to_owned(), self.after.clone(), self.rows);
        // Texts and a number: nothing that JSON cannot express.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }

    /// # Errors
    /// What is wrong with the token, as the end of a sentence that begins with it.
    pub(super) fn of_token(token: &str, fingerprint: &str) -> Result<Self, &'static str> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let Some(Token(of, after, rows)) = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) else {
            return Err("must be a value of the column `_resume`");
        };
        if of != fingerprint {
            return Err("is of another table or of other parameters; repeat those it was given with");
        }
        Ok(Self { after, rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_only_where_it_belongs() {
        let own = fingerprint("{ a }", "a", "{}");
        let place = Place { after: Some("x\"y".to_owned()), rows: 7 };
        let token = place.token(&own);
        assert_eq!(Place::of_token(&token, &own), Ok(place));
        for other in [
            fingerprint("{ b }", "a", "{}"),
            fingerprint("{ a }", "b", "{}"),
            fingerprint("{ a }", "a", "{ }"),
        ] {
            assert!(Place::of_token(&token, &other).unwrap_err().starts_with("is of another table"));
        }
        for bad in ["", "%", "e30", &token[1..]] {
            assert!(Place::of_token(bad, &own).unwrap_err().starts_with("must be"), "{bad}");
        }
    }
}
