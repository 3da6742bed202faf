//! One brand's units and people, from its network down to its locations.

use chrono::{Days, NaiveDate};
use networks::bulk::{
    Coordinates, GroupRow, GroupType, Jurisdiction, LocationRow, MembershipRow, NetworkRow, NetworkType,
    PersonRow, RegionRow, Rows, UnitStatus,
};
use subgraph::caller::Role;
use uuid::Uuid;

use super::super::brands::{Brand, City, FAMILY_NAMES, GIVEN_NAMES, Region, STREETS};
use super::super::facts::Site;
use super::super::random::Random;
use super::super::{Demo, Scale};
use super::places::{HABITS, address, hours, minutes, outline};
use super::{Location, Network};

/// Hundredths of a percent in a percent.
const BASIS_POINTS: f64 = 100.0;

/// The groups a region of a brand gets, and the locations each of them gets.
fn extent(demo: Demo, brand: &Brand) -> (usize, usize) {
    let Scale { groups_per_region, locations_per_group, .. } = demo.scale;
    (brand.groups_per_region.min(groups_per_region), brand.locations_per_group.min(locations_per_group))
}

/// Makes the units of one brand, from its network down, with the people who belong to them.
pub(super) struct Planter<'a> {
    pub(super) demo: Demo,
    pub(super) brand: &'static Brand,
    pub(super) rows: &'a mut Rows,
    /// How many locations there are, of all brands.
    pub(super) sites: &'a mut u64,
}

impl Planter<'_> {
    pub(super) fn network(mut self) -> Network {
        let brand = self.brand;
        let (groups, locations) = extent(self.demo, brand);
        let mut random = Random::new(self.demo.seed, brand.slug, 0);
        let established_on = NaiveDate::from_ymd_opt(brand.established_year, 3, 1);
        let founded = established_on.unwrap_or(self.demo.made_on);
        let id = random.id(founded);
        let head_city = brand.regions.first().and_then(|region| region.cities.get(brand.headquarters));
        let time_zone = head_city.map_or("UTC", |city| city.time_zone);
        self.rows.networks.push(NetworkRow {
            id,
            name: format!("{} (demo)", brand.name),
            slug: brand.slug.to_owned(),
            legal_name: brand.legal_name.to_owned(),
            brand: brand.brand.to_owned(),
            network_type: NetworkType::FranchiseeOwned,
            status: UnitStatus::Active,
            headquarters: address(&mut random, head_city, brand.country),
            time_zone: time_zone.to_owned(),
            currency: brand.currency.to_owned(),
            location_target: i32::try_from(brand.regions.len() * groups * locations).ok(),
            initial_fee_minor: brand.initial_fee_minor,
            royalty_basis_points: (brand.royalty_percent * BASIS_POINTS) as i32,
            marketing_basis_points: (brand.marketing_percent * BASIS_POINTS) as i32,
            minimum_monthly_fee_minor: brand.minimum_monthly_fee_minor,
            established_on,
            is_demo: true,
        });
        let owner = self.member(&mut random, id, founded, Role::Owner, id);
        for role in [Role::Admin, Role::Analyst, Role::ComplianceOfficer, Role::Viewer] {
            self.member(&mut random, id, founded, role, id);
        }
        let mut network = Network {
            id,
            owner,
            currency: brand.currency,
            country: brand.country,
            regions: Vec::new(),
            locations: Vec::new(),
        };
        for (number, region) in brand.regions.iter().enumerate() {
            self.region(&mut network, number as u64, region);
        }
        network
    }

    fn region(&mut self, network: &mut Network, number: u64, region: &'static Region) {
        let (groups, locations) = extent(self.demo, self.brand);
        let mut random = Random::new(self.demo.seed, self.brand.slug, 1 + number);
        let opened_on =
            NaiveDate::from_ymd_opt(self.brand.established_year + i32::try_from(number).unwrap_or(0), 4, 1);
        let made_on = opened_on.unwrap_or(self.demo.made_on);
        let id = random.id(made_on);
        let time_zone = region.cities.first().map_or("UTC", |city| city.time_zone);
        self.rows.regions.push(RegionRow {
            id,
            network_id: network.id,
            name: region.name.to_owned(),
            code: region.code.to_owned(),
            status: UnitStatus::Active,
            time_zone: time_zone.to_owned(),
            currency: self.brand.currency.to_owned(),
            jurisdictions: match self.brand.country {
                "US" => vec![Jurisdiction::UsFederal, Jurisdiction::UsState],
                _ => vec![Jurisdiction::EuGeneral],
            },
            primary_markets: region.cities.iter().map(|city| city.name.to_owned()).collect(),
            postal_codes: Vec::new(),
            polygon: outline(region.cities),
            location_target: i32::try_from(groups * locations).ok(),
            opened_on,
        });
        self.member(&mut random, network.id, made_on, Role::Manager, id);
        network.regions.push(id);
        for group in 0..groups {
            self.group(network, id, region, group, number * 100 + 10 + group as u64);
        }
    }

    fn group(
        &mut self,
        network: &mut Network,
        region_id: Uuid,
        region: &'static Region,
        number: usize,
        key: u64,
    ) {
        let mut random = Random::new(self.demo.seed, self.brand.slug, 1000 + key);
        let opened_on = self.demo.made_on - Days::new(random.integer(900, 4000).unsigned_abs());
        let id = random.id(opened_on);
        let city = region.cities.get(number % region.cities.len());
        let franchisee = self.member(&mut random, network.id, opened_on, Role::Franchisee, id);
        let code = format!("{}-{:02}", region.code, number + 1);
        self.rows.groups.push(GroupRow {
            id,
            region_id,
            name: format!("{} {}", city.map_or(region.name, |city| city.name), number + 1),
            code: code.clone(),
            group_type: if number == 0 { GroupType::CorporateCluster } else { GroupType::MultiUnit },
            status: UnitStatus::Active,
            franchisee_id: Some(franchisee),
            time_zone: city.map_or("UTC", |city| city.time_zone).to_owned(),
            currency: self.brand.currency.to_owned(),
            opened_on: Some(opened_on),
        });
        for place in 0..extent(self.demo, self.brand).1 {
            let location = self.location(network.id, id, franchisee, city, &code, place, opened_on);
            network.locations.push(location);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all that a location inherits from the units above it")]
    fn location(
        &mut self,
        network_id: Uuid,
        group_id: Uuid,
        franchisee: Uuid,
        city: Option<&'static City>,
        group_code: &str,
        place: usize,
        group_opened_on: NaiveDate,
    ) -> Location {
        *self.sites += 1;
        let mut random = Random::new(self.demo.seed, "location", *self.sites);
        let (status, opened_on, closed_on) = self.life(&mut random, group_opened_on);
        let id = random.id(opened_on);
        let manager = self.member(&mut random, network_id, opened_on, Role::Manager, id);
        let habit = random.pick(&HABITS).copied().unwrap_or_default();
        let chairs = random.integer(4, 12) as i32;
        let idle = i32::from(random.chance(0.3));
        let street = random.pick(&STREETS).copied().unwrap_or("Main");
        let brand = self.brand;
        self.rows.locations.push(LocationRow {
            id,
            group_id,
            name: format!("{} {street} {}", brand.brand, city.map_or("", |city| city.name))
                .trim_end()
                .to_owned(),
            code: format!("{}-{group_code}-{:02}", brand.country, place + 1),
            status,
            address: address(&mut random, city, brand.country),
            coordinates: city.map(|city| Coordinates {
                latitude: city.latitude + random.between(-0.08, 0.08),
                longitude: city.longitude + random.between(-0.1, 0.1),
            }),
            time_zone: city.map_or("UTC", |city| city.time_zone).to_owned(),
            currency: brand.currency.to_owned(),
            chairs_total: chairs,
            chairs_active: chairs - idle,
            opening_hours: hours(habit),
            owner_id: Some(franchisee),
            manager_id: Some(manager),
            phone: None,
            email: Some(format!("{}@{}.example", street.to_lowercase(), brand.slug)),
            opened_on: Some(opened_on),
        });
        let site = Site {
            number: *self.sites,
            active_chairs: chairs - idle,
            opened_on,
            closed_on,
            open_minutes: minutes(habit),
            strength: (1.0 + 0.17 * random.normal()).clamp(0.6, 1.5),
            ticket_minor: brand.ticket_minor * random.between(0.85, 1.2),
        };
        Location { id, site, status }
    }

    /// Most locations are old; some opened within the two years of figures, some ended, some are to come.
    fn life(
        &self,
        random: &mut Random,
        group_opened_on: NaiveDate,
    ) -> (UnitStatus, NaiveDate, Option<NaiveDate>) {
        let made_on = self.demo.made_on;
        let ago = |days: i64| made_on - Days::new(days.unsigned_abs());
        match random.integer(0, 99) {
            0..=2 => (UnitStatus::Terminated, group_opened_on, Some(ago(random.integer(60, 500)))),
            3 => (UnitStatus::Suspended, group_opened_on, Some(ago(random.integer(5, 40)))),
            4 => (UnitStatus::Inactive, group_opened_on, Some(ago(random.integer(5, 90)))),
            5 => {
                let opens = made_on + Days::new(random.integer(30, 200).unsigned_abs());
                (UnitStatus::Development, opens, None)
            }
            6..=16 => (UnitStatus::Active, ago(random.integer(45, 700)), None),
            _ => {
                (UnitStatus::Active, group_opened_on + Days::new(random.integer(0, 100).unsigned_abs()), None)
            }
        }
    }

    /// A person with a membership.
    fn member(
        &mut self,
        random: &mut Random,
        network_id: Uuid,
        since: NaiveDate,
        role: Role,
        unit_id: Uuid,
    ) -> Uuid {
        let given = random.pick(&GIVEN_NAMES).copied().unwrap_or("Alex");
        let family = random.pick(&FAMILY_NAMES).copied().unwrap_or("Doe");
        let person_id = random.id(since);
        let number = self.rows.persons.len() + 1;
        self.rows.persons.push(PersonRow {
            id: person_id,
            network_id,
            name: format!("{given} {family}"),
            email: format!(
                "{}.{}.{number}@{}.example",
                given.to_lowercase(),
                family.to_lowercase(),
                self.brand.slug
            ),
            phone: None,
        });
        let valid_from = since.min(self.demo.made_on);
        self.rows.memberships.push(MembershipRow {
            id: random.id(since),
            person_id,
            role,
            unit_id,
            valid_from,
            valid_to: None,
        });
        person_id
    }
}
