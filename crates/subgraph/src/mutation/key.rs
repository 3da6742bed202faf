//! Idempotency keys as arguments of mutations.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::Refusal;
use crate::caller::Caller;
use crate::error::{UserError, UserErrorCode};
use crate::idempotency::{self, Claim, MAX_KEY_BYTES};

/// The argument that carries the key.
const FIELD: &str = "idempotencyKey";

/// Takes an idempotency key, if there is one. `Some` is the record that an earlier request with it made.
///
/// # Errors
/// When the key is too long or empty (`INVALID`), was used for another `request` (`IDEMPOTENCY_KEY_REUSED`), or
/// a statement fails.
pub async fn claim<C: ConnectionTrait>(
    transaction: &C,
    caller: &Caller,
    key: Option<&str>,
    request: &str,
    id: Uuid,
) -> Result<Option<Uuid>, Refusal> {
    let Some(key) = key else { return Ok(None) };
    if key.is_empty() || key.len() > MAX_KEY_BYTES {
        let message = format!("an idempotency key has 1 to {MAX_KEY_BYTES} bytes, not {}", key.len());
        return Err(UserError::at(UserErrorCode::Invalid, FIELD, message).into());
    }
    match idempotency::claim(transaction, caller.person, key, request, id).await? {
        Claim::Fresh => Ok(None),
        Claim::Replay(earlier) => Ok(Some(earlier)),
        Claim::Mismatch => {
            let message = "the key was used for another input: use a new key for each new request";
            Err(UserError::at(UserErrorCode::IdempotencyKeyReused, FIELD, message).into())
        }
    }
}
