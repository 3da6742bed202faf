//! What performance asks about a unit: one statement for each window, whatever the number of units.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::DatabaseConnection;
use subgraph::Result;
use subgraph::answers::Question;
use subgraph::caller::Scope;
use uuid::Uuid;

use super::store::{self, Buckets, Reading};
use crate::metric::figures::Figures;
use crate::period::Window;
use crate::period::granularity::Granularity;

/// The figures of a window and of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ReadingOf(pub(crate) Window);

/// The figures of a window cut into buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SeriesOf(pub(crate) Window, pub(crate) Granularity);

impl Question for ReadingOf {
    type Answer = Arc<Reading>;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Arc<Reading>>> {
        let readings = store::readings(database, scope, units, self.0).await?;
        Ok(readings.into_iter().map(|(unit, reading)| (unit, Arc::new(reading))).collect())
    }

    fn size(reading: &Arc<Reading>) -> usize {
        reading.size()
    }
}

impl Question for SeriesOf {
    type Answer = Arc<Buckets>;

    async fn answer(
        &self,
        database: &DatabaseConnection,
        scope: &Scope,
        units: &[Uuid],
    ) -> Result<HashMap<Uuid, Arc<Buckets>>> {
        let series = store::series(database, scope, units, self.0, self.1).await?;
        Ok(series.into_iter().map(|(unit, buckets)| (unit, Arc::new(buckets))).collect())
    }

    fn size(buckets: &Arc<Buckets>) -> usize {
        buckets.values().map(Figures::size).sum()
    }
}
