//! What clients may say about a region.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};
use subgraph::date::Date;
use subgraph::mutation::{Checks, Refusal};
use uuid::Uuid;

use super::entity::{Jurisdiction, Jurisdictions, Model, Names, StoredTerritory};
use crate::network::entity::Model as Network;
use crate::unit::UnitStatus;
use crate::unit::input::{
    code, currency, first_day, first_status, location_target, name, replaced, time_zone,
};
use crate::value::{CoordinatesInput, MAX_POSTAL_CODE};

/// The most primary markets.
const MAX_MARKETS: usize = 50;

/// The longest name of a market, in characters.
const MAX_MARKET: usize = 100;

/// The most postal codes of a territory.
const MAX_POSTAL_CODES: usize = 5_000;

/// The corners a polygon may have.
const CORNERS: std::ops::RangeInclusive<usize> = 3..=500;

/// The area a region covers.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct TerritoryInput {
    /// At most 5,000 postal codes of at most 20 characters.
    #[graphql(default)]
    pub postal_codes: Vec<String>,
    /// Corners of a polygon, in order, the last one joined to the first: none, or 3 to 500.
    #[graphql(default)]
    pub polygon: Vec<CoordinatesInput>,
}

/// A region to create.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct CreateRegionInput {
    /// The network it is to belong to.
    pub network_id: ID,
    /// The name for people; at most 255 characters.
    pub name: String,
    /// The code for people, unique in the network: at most 50 letters, digits, `-` and `_`.
    pub code: String,
    /// Where it is in its life: `PENDING`, `DEVELOPMENT` or `ACTIVE`.
    #[graphql(default_with = "UnitStatus::Pending")]
    pub status: UnitStatus,
    /// IANA time zone; the network's when left out.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency that figures are reported in; the network's when left out.
    pub currency: Option<String>,
    /// The bodies of law it is under, each once.
    #[graphql(default)]
    pub jurisdictions: Vec<Jurisdiction>,
    /// The names of the most important markets, most important first: at most 50 of at most 100 characters.
    #[graphql(default)]
    pub primary_markets: Vec<String>,
    /// The area it covers.
    pub territory: Option<TerritoryInput>,
    /// How many locations it is to have; 0 to 1,000,000.
    pub location_target: Option<i32>,
    /// The first day of business; in the years 1800 to 2199.
    pub opened_on: Option<Date>,
}

/// Changes to a region; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub(crate) struct UpdateRegionInput {
    /// The name for people; at most 255 characters.
    pub name: Option<String>,
    /// The code for people, unique in the network: at most 50 letters, digits, `-` and `_`.
    pub code: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// ISO 4217 code of the currency that figures are reported in.
    pub currency: Option<String>,
    /// The bodies of law it is under, each once. Replaces all.
    pub jurisdictions: Option<Vec<Jurisdiction>>,
    /// The names of the most important markets: at most 50 of at most 100 characters. Replaces all.
    pub primary_markets: Option<Vec<String>>,
    /// The area it covers. Replaces all; null removes it.
    pub territory: MaybeUndefined<TerritoryInput>,
    /// How many locations it is to have; 0 to 1,000,000. Null removes it.
    pub location_target: MaybeUndefined<i32>,
    /// The first day of business; in the years 1800 to 2199. Null removes it.
    pub opened_on: MaybeUndefined<Date>,
}

impl CreateRegionInput {
    /// The row of the new region.
    pub(super) fn row(&self, network: &Network, now: DateTime<Utc>) -> Result<Model, Refusal> {
        let mut checks = Checks::default();
        let row = Model {
            id: Uuid::now_v7(),
            network_id: network.id,
            name: name(&mut checks, &self.name),
            code: code(&mut checks, &self.code),
            status: first_status(&mut checks, self.status),
            time_zone: time_zone(&mut checks, self.time_zone.as_ref().unwrap_or(&network.time_zone)),
            currency: currency(&mut checks, self.currency.as_ref().unwrap_or(&network.currency)),
            jurisdictions: jurisdictions(&mut checks, &self.jurisdictions),
            primary_markets: markets(&mut checks, &self.primary_markets),
            territory: self
                .territory
                .as_ref()
                .map_or_else(StoredTerritory::default, |given| given.check(&mut checks)),
            location_target: self.location_target.map(|target| location_target(&mut checks, target)),
            opened_on: self.opened_on.map(|day| first_day(&mut checks, "input.openedOn", day)),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        checks.finish()?;
        Ok(row)
    }
}

impl UpdateRegionInput {
    /// Applies the changes to a row.
    pub(super) fn apply(&self, row: &mut Model) -> Result<(), Refusal> {
        let mut checks = Checks::default();
        if let Some(text) = &self.name {
            row.name = name(&mut checks, text);
        }
        if let Some(text) = &self.code {
            row.code = code(&mut checks, text);
        }
        if let Some(text) = &self.time_zone {
            row.time_zone = time_zone(&mut checks, text);
        }
        if let Some(text) = &self.currency {
            row.currency = currency(&mut checks, text);
        }
        if let Some(given) = &self.jurisdictions {
            row.jurisdictions = jurisdictions(&mut checks, given);
        }
        if let Some(given) = &self.primary_markets {
            row.primary_markets = markets(&mut checks, given);
        }
        let stored = Some(std::mem::take(&mut row.territory));
        row.territory =
            replaced(&self.territory, stored, |given| given.check(&mut checks)).unwrap_or_default();
        row.location_target = replaced(&self.location_target, row.location_target, |target| {
            location_target(&mut checks, *target)
        });
        row.opened_on =
            replaced(&self.opened_on, row.opened_on, |day| first_day(&mut checks, "input.openedOn", *day));
        checks.finish()
    }
}

impl TerritoryInput {
    fn check(&self, checks: &mut Checks) -> StoredTerritory {
        let mut territory = StoredTerritory::default();
        if checks.count("input.territory.postalCodes", self.postal_codes.len(), MAX_POSTAL_CODES) {
            let codes = self.postal_codes.iter().enumerate().map(|(place, code)| {
                checks.text(&format!("input.territory.postalCodes.{place}"), code, MAX_POSTAL_CODE)
            });
            territory.postal_codes = codes.collect();
            territory.postal_codes.sort_unstable();
            territory.postal_codes.dedup();
        }
        let corners = self.polygon.len();
        if corners == 0 || CORNERS.contains(&corners) {
            let corner = |(place, corner): (usize, &CoordinatesInput)| {
                corner.check(checks, &format!("input.territory.polygon.{place}"))
            };
            territory.polygon = self.polygon.iter().enumerate().map(corner).collect();
        } else {
            let message =
                format!("must have {} to {} corners, not {corners}", CORNERS.start(), CORNERS.end());
            checks.refuse("input.territory.polygon", message);
        }
        territory
    }
}

fn jurisdictions(checks: &mut Checks, given: &[Jurisdiction]) -> Jurisdictions {
    let mut once: Vec<Jurisdiction> = Vec::new();
    for (place, jurisdiction) in given.iter().enumerate() {
        if once.contains(jurisdiction) {
            checks.refuse(&format!("input.jurisdictions.{place}"), "is there already");
            break;
        }
        once.push(*jurisdiction);
    }
    Jurisdictions(once)
}

fn markets(checks: &mut Checks, given: &[String]) -> Names {
    if !checks.count("input.primaryMarkets", given.len(), MAX_MARKETS) {
        return Names::default();
    }
    let market = |(place, name): (usize, &String)| {
        checks.text(&format!("input.primaryMarkets.{place}"), name, MAX_MARKET)
    };
    Names(given.iter().enumerate().map(market).collect())
}
