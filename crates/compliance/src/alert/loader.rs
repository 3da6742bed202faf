//! Alerts in batches: pages for many units, all of many requirements.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use subgraph::error::{Error, Result};
use uuid::Uuid;

use super::list::{AlertList, Raised, of_requirements};
use crate::view::View;

/// A page of the alerts about a unit and the units below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AlertsBelow {
    pub(crate) unit: Uuid,
    pub(crate) list: Arc<AlertList>,
}

impl Loader<AlertsBelow> for View {
    type Value = Vec<Raised>;
    type Error = Error;

    async fn load(&self, keys: &[AlertsBelow]) -> Result<HashMap<AlertsBelow, Vec<Raised>>> {
        let mut alike: HashMap<Arc<AlertList>, Vec<Uuid>> = HashMap::new();
        for key in keys {
            alike.entry(key.list.clone()).or_default().push(key.unit);
        }
        let mut pages = HashMap::new();
        for (list, units) in alike {
            for (unit, page) in list.read_each(self, &units).await? {
                pages.insert(AlertsBelow { unit, list: list.clone() }, page);
            }
        }
        Ok(pages)
    }
}

/// The alerts that a requirement raises.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AlertsOf(pub(crate) Uuid);

impl Loader<AlertsOf> for View {
    type Value = Vec<Raised>;
    type Error = Error;

    async fn load(&self, keys: &[AlertsOf]) -> Result<HashMap<AlertsOf, Vec<Raised>>> {
        let requirements: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
        let mut alerts: HashMap<AlertsOf, Vec<Raised>> = HashMap::new();
        for raised in of_requirements(&self.database, self, &requirements).await? {
            alerts.entry(AlertsOf(raised.state.row.id)).or_default().push(raised);
        }
        Ok(alerts)
    }
}
