//! The grants a person holds today, cached for seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use moka::future::Cache;
use sea_orm::{ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use tokio::sync::watch;
use uuid::Uuid;

use super::record::{UnitKind, membership, unit};
use crate::caller::token::{Narrow, Subject};
use crate::caller::{Caller, Grant};
use crate::error::{Error, Result};

/// How long another replica's change to memberships may go unnoticed.
const FRESH_FOR: Duration = Duration::from_secs(5);

/// The most callers remembered.
const REMEMBERED: u64 = 10_000;

/// Looks up what callers may do.
pub struct Grants {
    database: DatabaseConnection,
    callers: Cache<(Uuid, Option<Narrow>), Remembered>,
    /// How often the directory changed. What was looked up under an earlier number is not used any more, even when
    /// the look-up ended after the change.
    generation: AtomicU64,
    changed: watch::Sender<()>,
}

/// A caller, as the directory was at a generation.
#[derive(Clone)]
struct Remembered {
    generation: u64,
    caller: Arc<Caller>,
}

impl Grants {
    /// Looks up in the directory of a database.
    pub fn new(database: DatabaseConnection) -> Self {
        let callers = Cache::builder().max_capacity(REMEMBERED).time_to_live(FRESH_FOR).build();
        Self { database, callers, generation: AtomicU64::new(0), changed: watch::Sender::new(()) }
    }

    /// Forgets everything cached, with what is being looked up at the moment, and wakes followers in this process;
    /// to be called when the directory changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.changed.send_replace(());
    }

    /// Tells of every change of this directory, for followers in the same process.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The caller that a token's subject stands for. Someone without a grant is a caller who sees nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for services, which have no view of the graph; database errors.
    pub async fn caller(&self, subject: Subject) -> Result<Arc<Caller>> {
        let Subject::Person(person, narrow) = subject else {
            return Err(Error::Forbidden("a service token gives no access to the graph".to_owned()));
        };
        let key = (person, narrow);
        let generation = self.generation.load(Ordering::SeqCst);
        let remembered = self.callers.get(&key).await;
        if let Some(remembered) = remembered.filter(|remembered| remembered.generation == generation) {
            return Ok(remembered.caller);
        }
        let caller = Arc::new(self.load(person, key.1.as_ref()).await?);
        self.callers.insert(key, Remembered { generation, caller: caller.clone() }).await;
        Ok(caller)
    }

    async fn load(&self, person: Uuid, narrow: Option<&Narrow>) -> Result<Caller> {
        let today = Utc::now().date_naive();
        let memberships = membership::Entity::find()
            .filter(membership::Column::PersonId.eq(person))
            .filter(membership::Column::ValidFrom.lte(today))
            .filter(
                Condition::any()
                    .add(membership::Column::ValidTo.is_null())
                    .add(membership::Column::ValidTo.gt(today)),
            )
            .order_by_asc(membership::Column::Id)
            .all(&self.database)
            .await?;
        let grants = memberships.into_iter().map(|row| Grant {
            role: row.role,
            kind: row.unit_kind,
            unit: row.unit_id,
        });
        let grants = match narrow {
            None => grants.collect(),
            Some(narrow) => self.narrowed(grants.collect(), narrow).await?,
        };
        Ok(Caller { person, grants })
    }

    /// What remains of grants under a restriction; nothing when the restriction is not within them.
    async fn narrowed(&self, grants: Vec<Grant>, narrow: &Narrow) -> Result<Vec<Grant>> {
        let unit = match narrow.unit {
            None => None,
            Some(id) => match unit::Entity::find_by_id(id).one(&self.database).await? {
                Some(unit) => Some(unit),
                None => return Ok(Vec::new()),
            },
        };
        let kept = grants.into_iter().filter_map(|grant| {
            let role = narrow.role.unwrap_or(grant.role);
            let (kind, id) = match &unit {
                None => (grant.kind, grant.unit),
                Some(unit) if covers(&grant, unit) => (unit.kind, unit.id),
                Some(_) => return None,
            };
            grant.role.includes(role).then_some(Grant { role, kind, unit: id })
        });
        Ok(kept.collect())
    }
}

fn covers(grant: &Grant, unit: &unit::Model) -> bool {
    match grant.kind {
        UnitKind::Network => unit.network_id == grant.unit,
        UnitKind::Region => unit.region_id == Some(grant.unit),
        UnitKind::Group => unit.group_id == Some(grant.unit),
        UnitKind::Location => unit.id == grant.unit,
    }
}
