//! The units that a network has before an import.

use std::collections::HashMap;

use networks::import::holds_no_more;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use subgraph::directory::{UnitKind, unit};
use uuid::Uuid;

use super::locations::LocationRecord;
use super::problem::Problem;
use crate::Failure;

/// A network's units by code.
pub(super) struct Tree {
    network: unit::Model,
    regions: HashMap<String, unit::Model>,
    groups: HashMap<(Uuid, String), unit::Model>,
    locations: HashMap<String, unit::Model>,
}

impl Tree {
    pub(super) async fn read<C: ConnectionTrait>(
        connection: &C,
        network: &unit::Model,
    ) -> Result<Self, Failure> {
        let units =
            unit::Entity::find().filter(unit::Column::NetworkId.eq(network.id)).all(connection).await?;
        let mut tree = Self {
            network: network.clone(),
            regions: HashMap::new(),
            groups: HashMap::new(),
            locations: HashMap::new(),
        };
        for unit in units {
            match (unit.kind, unit.region_id) {
                (UnitKind::Network, _) => tree.network = unit,
                (UnitKind::Region, _) => {
                    tree.regions.insert(unit.code.clone(), unit);
                }
                (UnitKind::Group, Some(region)) => {
                    tree.groups.insert((region, unit.code.clone()), unit);
                }
                (UnitKind::Location, _) => {
                    tree.locations.insert(unit.code.clone(), unit);
                }
                (UnitKind::Group, None) => {}
            }
        }
        Ok(tree)
    }

    /// The ids of the regions by code.
    pub(super) fn regions(&self) -> HashMap<String, Uuid> {
        self.regions.iter().map(|(code, region)| (code.clone(), region.id)).collect()
    }

    pub(super) fn group(&self, region: Uuid, code: &str) -> Option<Uuid> {
        Some(self.groups.get(&(region, code.to_owned()))?.id)
    }

    pub(super) fn location(&self, code: &str) -> Option<Uuid> {
        Some(self.locations.get(code)?.id)
    }

    /// Why a record's location cannot be where the record says: what it would be put below has ended.
    pub(super) fn no_place_for(&self, record: &LocationRecord) -> Option<Problem> {
        let region = self.regions.get(&record.region);
        let group = region.and_then(|region| self.groups.get(&(region.id, record.group.clone())));
        let stays = self
            .locations
            .get(&record.code)
            .is_some_and(|location| group.is_some_and(|group| location.group_id == Some(group.id)));
        if stays {
            return None;
        }
        let (column, above) = match (region, group) {
            (_, Some(group)) => ("group", group),
            (Some(region), None) => ("group", region),
            (None, None) => ("region", &self.network),
        };
        Some(Problem::cell(record.line, column, holds_no_more(above)?))
    }
}
