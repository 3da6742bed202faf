//! Bearer tokens of the embedded platform: who gets one, and what it says.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use subgraph::caller::Role;
use subgraph::caller::token::{Narrow, Secret};
use subgraph::directory::{UnitKind, membership, unit};
use uuid::Uuid;

/// The `iss` and `aud` claims of tokens this platform makes for its own users.
pub const ISSUER: &str = "franchise";

/// Why no token can be made.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody to make a token for.
    #[error(
        "there is no network yet: start with demo data (`franchise serve`), or make one with `franchise import --create-network NAME`"
    )]
    NoNetwork,
    /// No such unit.
    #[error(
        "there is no unit `{0}`: give an id, a network's slug or the code of a region, group or location"
    )]
    UnknownUnit(String),
    /// More than one unit has the code.
    #[error("several units have the code `{code}`: give one of the ids {candidates}")]
    AmbiguousUnit {
        /// The code.
        code: String,
        /// Ids and names.
        candidates: String,
    },
    /// Nobody owns the network.
    #[error("network `{0}` has no owner to make a token for")]
    NoOwner(String),
    /// The database does not answer.
    #[error("cannot read the directory: {0}")]
    Database(#[from] DbErr),
    /// The token cannot be signed.
    #[error("cannot sign the token: {0}")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

#[derive(Serialize)]
struct Claims {
    sub: String,
    iss: &'static str,
    aud: &'static str,
    iat: u64,
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    narrow: Option<Narrow>,
    /// Separated by spaces (RFC 8693, section 4.2).
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
}

/// What a token allows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// No more than this role; without it, that of the owner.
    pub role: Option<Role>,
    /// This unit and below only: an id, a network's slug or the code of a region, group or location.
    pub unit: Option<&'a str>,
    /// What the gateway itself lets its bearer do, such as `operations:admin`.
    pub scopes: &'a [String],
}

/// A token for the owner of a network, narrowed to a role and a unit where they are given. The network is the
/// unit's, or the first one.
///
/// # Errors
/// When there is nobody to make it for, or the database does not answer.
pub async fn make(
    directory: &DatabaseConnection,
    secret: &Secret,
    wanted: Wanted<'_>,
    valid_for: Duration,
) -> Result<String, TokenError> {
    let unit = match wanted.unit {
        Some(name) => Some(find_unit(directory, name).await?),
        None => None,
    };
    let network = match &unit {
        Some(unit) => unit.network_id,
        None => first_network(directory).await?,
    };
    let owner = owner(directory, network).await?;
    let narrow = Narrow { role: wanted.role, unit: unit.map(|unit| unit.id) };
    let narrow = (narrow.role.is_some() || narrow.unit.is_some()).then_some(narrow);
    let now = get_current_timestamp();
    let claims = Claims {
        sub: owner.to_string(),
        iss: ISSUER,
        aud: ISSUER,
        iat: now,
        exp: now + valid_for.as_secs(),
        narrow,
        scope: wanted.scopes.join(" "),
    };
    Ok(encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.bytes()))?)
}

/// The network that was there first: ids grow with time.
async fn first_network(directory: &DatabaseConnection) -> Result<Uuid, TokenError> {
    let first = unit::Entity::find()
        .filter(unit::Column::Kind.eq(UnitKind::Network))
        .order_by_asc(unit::Column::Id)
        .one(directory)
        .await?;
    first.map(|unit| unit.id).ok_or(TokenError::NoNetwork)
}

async fn find_unit(directory: &DatabaseConnection, name: &str) -> Result<unit::Model, TokenError> {
    let by_name = Condition::any().add(unit::Column::Code.eq(name));
    let condition = match Uuid::parse_str(name) {
        Ok(id) => by_name.add(unit::Column::Id.eq(id)),
        Err(_) => by_name,
    };
    let mut found =
        unit::Entity::find().filter(condition).order_by_asc(unit::Column::Id).all(directory).await?;
    match found.len() {
        0 => Err(TokenError::UnknownUnit(name.to_owned())),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let candidates: Vec<String> =
                found.iter().map(|unit| format!("{} ({})", unit.id, unit.name)).collect();
            Err(TokenError::AmbiguousUnit { code: name.to_owned(), candidates: candidates.join(", ") })
        }
    }
}

async fn owner(directory: &DatabaseConnection, network: Uuid) -> Result<Uuid, TokenError> {
    let today = chrono::Utc::now().date_naive();
    let owner = membership::Entity::find()
        .filter(membership::Column::UnitId.eq(network))
        .filter(membership::Column::Role.eq(Role::Owner))
        .filter(membership::Column::ValidFrom.lte(today))
        .filter(
            Condition::any()
                .add(membership::Column::ValidTo.is_null())
                .add(membership::Column::ValidTo.gt(today)),
        )
        .order_by_asc(membership::Column::Id)
        .one(directory)
        .await?;
    owner.map(|membership| membership.person_id).ok_or_else(|| TokenError::NoOwner(network.to_string()))
}
