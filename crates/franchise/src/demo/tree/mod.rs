//! The units and people of the demo franchises.

mod places;
mod planter;

use networks::bulk::{Rows, UnitStatus};
use uuid::Uuid;

use self::planter::Planter;
use super::Demo;
use super::brands::BRANDS;
use super::facts::Site;

/// The demo's units, with what the other generators need to know of them.
pub(super) struct Tree {
    pub(super) rows: Rows,
    pub(super) networks: Vec<Network>,
}

/// A demo network and its locations.
pub(super) struct Network {
    pub(super) id: Uuid,
    pub(super) owner: Uuid,
    pub(super) currency: &'static str,
    pub(super) country: &'static str,
    pub(super) regions: Vec<Uuid>,
    pub(super) locations: Vec<Location>,
}

/// A demo location.
pub(super) struct Location {
    pub(super) id: Uuid,
    pub(super) site: Site,
    pub(super) status: UnitStatus,
}

/// Makes units and people.
pub(super) fn tree(demo: Demo) -> Tree {
    let mut rows = Rows::default();
    let mut site_number = 0;
    let networks = BRANDS
        .iter()
        .map(|brand| Planter { demo, brand, rows: &mut rows, sites: &mut site_number }.network());
    Tree { networks: networks.collect(), rows }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::NaiveDate;

    use super::super::Scale;
    use super::*;

    #[test]
    fn every_network_is_marked_as_made_up() {
        let made_on = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let tree = tree(Demo { seed: 1, made_on, scale: Scale::FULL });
        assert!(tree.rows.networks.iter().all(|network| network.is_demo));
    }

    #[test]
    fn codes_ids_and_addresses_are_unique() {
        let made_on = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let Tree { rows, networks } = tree(Demo { seed: 1, made_on, scale: Scale::FULL });
        let ids: HashSet<Uuid> = rows
            .networks
            .iter()
            .map(|row| row.id)
            .chain(rows.regions.iter().map(|row| row.id))
            .chain(rows.groups.iter().map(|row| row.id))
            .chain(rows.locations.iter().map(|row| row.id))
            .chain(rows.persons.iter().map(|row| row.id))
            .collect();
        let units = rows.networks.len() + rows.regions.len() + rows.groups.len() + rows.locations.len();
        assert_eq!(ids.len(), units + rows.persons.len());
        let codes: HashSet<&str> = rows.locations.iter().map(|row| row.code.as_str()).collect();
        assert_eq!(codes.len(), rows.locations.len());
        let emails: HashSet<&str> = rows.persons.iter().map(|row| row.email.as_str()).collect();
        assert_eq!(emails.len(), rows.persons.len());
        assert_eq!(networks.len(), 2);
        assert_ne!(networks[0].currency, networks[1].currency);
        assert!(networks[0].owner.get_version_num() == 7);
    }

    #[test]
    fn a_smaller_scale_bounds_groups_and_locations() {
        let made_on = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let scale = Scale { groups_per_region: 2, locations_per_group: 3, days: 10 };
        let Tree { rows, .. } = tree(Demo { seed: 1, made_on, scale });
        assert_eq!(rows.groups.len(), rows.regions.len() * 2);
        assert_eq!(rows.locations.len(), rows.groups.len() * 3);
    }

    #[test]
    fn the_same_seed_makes_the_same_tree() {
        let made_on = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
        let ids = |seed| {
            tree(Demo { seed, made_on, scale: Scale::FULL })
                .rows
                .locations
                .iter()
                .map(|row| row.id)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
    }
}
