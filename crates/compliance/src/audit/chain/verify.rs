//! Checking the chain: does the trail still say what was recorded?

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, JoinType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    RuntimeErr, SqlxError,
};
use uuid::Uuid;

use super::digest::digest;
use super::entity::{head, link};
use crate::audit::entity as entry;

/// Links that are read at a time.
const PAGE: u64 = 500;

/// A head that was noted earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// How many entries the network had.
    pub position: i64,
    /// The hash of the last of them.
    pub hash: String,
}

/// Before the first entry.
const NONE: Anchor = Anchor { position: 0, hash: String::new() };

/// What the trail of a network is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The network.
    pub network: Uuid,
    /// The last link as far as the chain holds; to be noted elsewhere.
    pub head: Anchor,
    /// Where it is broken first; `None` when it says what was recorded.
    pub broken: Option<Broken>,
}

/// The first place at which a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry, or its link, is not what it was.
    #[error("entry {entry} at {position} is not what was recorded")]
    Changed {
        /// Its place in the chain.
        position: i64,
        /// The entry.
        entry: Uuid,
    },
    /// An entry is gone.
    #[error("entry {entry} at {position} is gone")]
    Removed {
        /// Its place in the chain.
        position: i64,
        /// The entry.
        entry: Uuid,
    },
    /// A link is gone, perhaps with its entry.
    #[error("what was at {position} is gone")]
    NoLink {
        /// The place in the chain.
        position: i64,
    },
    /// The chain ends elsewhere than its head says.
    #[error("the last entry is at {position}, and its head says otherwise")]
    OtherHead {
        /// The last place in the chain.
        position: i64,
    },
    /// An entry was added beside the chain.
    #[error("entry {entry} was slipped in")]
    SlippedIn {
        /// The entry.
        entry: Uuid,
    },
    /// The chain is another one than when a head of it was noted.
    #[error("at {position} it had another hash when that was noted")]
    NotAsNoted {
        /// The noted place in the chain.
        position: i64,
    },
}

/// Checks the trails of all networks that have one. Of networks with a noted head, the chain must still have it.
/// Changes may be made meanwhile: what is recorded after the check began is left out.
///
/// # Errors
/// When a statement fails.
pub async fn verify<C: ConnectionTrait>(
    connection: &C,
    noted: &HashMap<Uuid, Anchor>,
) -> Result<Vec<Verdict>, DbErr> {
    let mut networks: BTreeSet<Uuid> = noted.keys().copied().collect();
    networks.extend(networks_of::<head::Entity, C>(connection, head::Column::NetworkId).await?);
    networks.extend(networks_of::<link::Entity, C>(connection, link::Column::NetworkId).await?);
    networks.extend(networks_of::<entry::Entity, C>(connection, entry::Column::NetworkId).await?);
    let mut verdicts = Vec::with_capacity(networks.len());
    for network in networks {
        verdicts.push(verify_one(connection, network, noted.get(&network)).await?);
    }
    Ok(verdicts)
}

async fn networks_of<E: EntityTrait, C: ConnectionTrait>(
    connection: &C,
    column: E::Column,
) -> Result<Vec<Uuid>, DbErr> {
    E::find().select_only().column(column).distinct().into_tuple().all(connection).await
}

async fn verify_one<C: ConnectionTrait>(
    connection: &C,
    network: Uuid,
    noted: Option<&Anchor>,
) -> Result<Verdict, DbErr> {
    let (last, head) = ends(connection, network).await?;
    let mut seen = NONE;
    let mut broken = follow(connection, network, Ord::max(last, head.position), noted, &mut seen).await?;
    if broken.is_none() && head != seen {
        broken = Some(Broken::OtherHead { position: seen.position });
    }
    if broken.is_none() {
        broken = slipped_in(connection, network).await?.map(|entry| Broken::SlippedIn { entry });
    }
    if broken.is_none() {
        let missing = noted.filter(|noted| noted.position > seen.position);
        broken = missing.map(|noted| Broken::NotAsNoted { position: noted.position });
    }
    Ok(Verdict { network, head: seen, broken })
}

/// The place of the last link, and the head as it is stored. The head is read later: it is never behind the links.
async fn ends<C: ConnectionTrait>(connection: &C, network: Uuid) -> Result<(i64, Anchor), DbErr> {
    let last = link::Entity::find()
        .select_only()
        .column_as(link::Column::Position.max(), "last")
        .filter(link::Column::NetworkId.eq(network))
        .into_tuple::<Option<i64>>()
        .one(connection)
        .await?;
    let head = head::Entity::find_by_id(network).one(connection).await?;
    let head = head.map_or(NONE, |head| Anchor { position: head.position, hash: head.hash });
    Ok((last.flatten().unwrap_or_default(), head))
}

/// Follows the chain to its last link, as far as it holds.
async fn follow<C: ConnectionTrait>(
    connection: &C,
    network: Uuid,
    last: i64,
    noted: Option<&Anchor>,
    seen: &mut Anchor,
) -> Result<Option<Broken>, DbErr> {
    while seen.position < last {
        let links = link::Entity::find()
            .filter(link::Column::NetworkId.eq(network))
            .filter(link::Column::Position.gt(seen.position))
            .filter(link::Column::Position.lte(last))
            .order_by_asc(link::Column::Position)
            .limit(PAGE)
            .all(connection)
            .await?;
        let entries = entries_of(connection, &links).await?;
        if links.is_empty() {
            return Ok(Some(Broken::NoLink { position: seen.position + 1 }));
        }
        for link in links {
            let position = seen.position + 1;
            if link.position != position {
                return Ok(Some(Broken::NoLink { position }));
            }
            let Some(entry) = entries.get(&link.entry_id) else {
                return Ok(Some(Broken::Removed { position, entry: link.entry_id }));
            };
            if entry.as_ref().is_none_or(|entry| digest(&seen.hash, position, entry) != link.hash) {
                return Ok(Some(Broken::Changed { position, entry: link.entry_id }));
            }
            if noted.is_some_and(|noted| noted.position == position && noted.hash != link.hash) {
                return Ok(Some(Broken::NotAsNoted { position }));
            }
            *seen = Anchor { position, hash: link.hash };
        }
    }
    Ok(None)
}

/// The entries of links, by id; `None` for one that holds what no entry can.
async fn entries_of<C: ConnectionTrait>(
    connection: &C,
    links: &[link::Model],
) -> Result<HashMap<Uuid, Option<entry::Model>>, DbErr> {
    let ids = || links.iter().map(|link| link.entry_id);
    match entry::Entity::find().filter(entry::Column::Id.is_in(ids())).all(connection).await {
        Err(error) if is_unreadable(&error) => {}
        entries => return Ok(entries?.into_iter().map(|entry| (entry.id, Some(entry))).collect()),
    }
    let mut entries = HashMap::new();
    for id in ids() {
        match entry::Entity::find_by_id(id).one(connection).await {
            Err(error) if is_unreadable(&error) => entries.extend([(id, None)]),
            entry => entries.extend(entry?.map(|entry| (id, Some(entry)))),
        }
    }
    Ok(entries)
}

/// Whether a row came that does not hold what its table says.
fn is_unreadable(error: &DbErr) -> bool {
    match error {
        DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => true,
        DbErr::Query(RuntimeErr::SqlxError(error)) => {
            matches!(**error, SqlxError::ColumnDecode { .. } | SqlxError::Decode(_))
        }
        _ => false,
    }
}

/// The first entry of a network that is no link of its chain.
async fn slipped_in<C: ConnectionTrait>(connection: &C, network: Uuid) -> Result<Option<Uuid>, DbErr> {
    let mut select = entry::Entity::find()
        .select_only()
        .column(entry::Column::Id)
        .filter(entry::Column::NetworkId.eq(network))
        .filter(Expr::col((link::Entity, link::Column::EntryId)).is_null())
        .order_by_asc(entry::Column::Id)
        .limit(1);
    let its_link = Expr::col((link::Entity, link::Column::EntryId))
        .equals((entry::Entity, entry::Column::Id))
        .and(Expr::col((link::Entity, link::Column::NetworkId)).eq(network));
    QueryTrait::query(&mut select).join(JoinType::LeftJoin, link::Entity, its_link);
    select.into_tuple().one(connection).await
}
