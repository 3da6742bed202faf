//! What the demo franchises have to comply with, in all states.

use chrono::{Days, NaiveDate, NaiveTime};
use compliance::bulk::{PenaltyRow, RequirementRow, ReviewRow};
use compliance::{Jurisdiction, RequirementType, ReviewOutcome, RiskLevel};
use networks::bulk::UnitStatus;
use uuid::Uuid;

use super::Demo;
use super::random::Random;
use super::tree::Network;

/// A kind of requirement of the demo.
struct Template {
    requirement_type: RequirementType,
    name: &'static str,
    description: &'static str,
    risk: RiskLevel,
    /// The largest fine in whole units of the network's currency; 0 for none.
    fine: i64,
}

const fn template(
    requirement_type: RequirementType,
    name: &'static str,
    description: &'static str,
    risk: RiskLevel,
    fine: i64,
) -> Template {
    Template { requirement_type, name, description, risk, fine }
}

/// Of every location.
const OF_LOCATIONS: [Template; 5] = [
    template(
        RequirementType::License,
        "Operating licence",
        "The establishment's licence is displayed and valid.",
        RiskLevel::Critical,
        5_000,
    ),
    template(
        RequirementType::Health,
        "Hygiene inspection",
        "Tools are disinfected between clients and the log is kept.",
        RiskLevel::High,
        2_500,
    ),
    template(
        RequirementType::Safety,
        "Fire safety",
        "Extinguishers are serviced and exits are free.",
        RiskLevel::High,
        3_000,
    ),
    template(
        RequirementType::Labor,
        "Working time records",
        "Hours are recorded for everyone employed.",
        RiskLevel::Medium,
        1_000,
    ),
    template(
        RequirementType::FranchiseAgreement,
        "Brand standards visit",
        "Signage, interior and service follow the manual.",
        RiskLevel::Low,
        0,
    ),
];

/// Of every region.
const OF_REGIONS: [Template; 2] = [
    template(
        RequirementType::Tax,
        "Sales tax filings",
        "Returns are filed for every period.",
        RiskLevel::High,
        10_000,
    ),
    template(
        RequirementType::Insurance,
        "Liability insurance",
        "Cover is in force for all locations.",
        RiskLevel::Critical,
        0,
    ),
];

/// Of every network.
const OF_NETWORKS: [Template; 2] = [
    template(
        RequirementType::DataProtection,
        "Client data register",
        "Processing of client data is documented.",
        RiskLevel::Critical,
        50_000,
    ),
    template(
        RequirementType::FranchiseAgreement,
        "Disclosure document",
        "The yearly disclosure document is up to date.",
        RiskLevel::High,
        0,
    ),
];

/// Minor units in a unit of the demo's currencies.
const MINOR: i64 = 100;

/// The requirements of a demo network.
pub(super) fn requirements(demo: Demo, network: &Network) -> Vec<RequirementRow> {
    let mut rows = Vec::new();
    let units = std::iter::once((network.id, OF_NETWORKS.as_slice()))
        .chain(network.regions.iter().map(|region| (*region, OF_REGIONS.as_slice())))
        .chain(
            network
                .locations
                .iter()
                .filter(|location| location.status != UnitStatus::Terminated)
                .map(|location| (location.id, OF_LOCATIONS.as_slice())),
        );
    for (unit, templates) in units {
        for (number, template) in templates.iter().enumerate() {
            let random = Random::new(demo.seed ^ unit.as_u64_pair().1, "requirement", number as u64);
            rows.push(requirement(demo, network, unit, template, random));
        }
    }
    rows
}

fn requirement(
    demo: Demo,
    network: &Network,
    unit_id: Uuid,
    template: &Template,
    mut random: Random,
) -> RequirementRow {
    let made_on = demo.made_on - Days::new(random.integer(380, 720).unsigned_abs());
    let id = random.id(made_on);
    // Most are in order; the rest are spread over everything that can be wrong.
    let fate = random.integer(0, 99);
    let due_on = match fate {
        0..=3 => Some(demo.made_on - Days::new(random.integer(1, 60).unsigned_abs())),
        4..=7 => Some(demo.made_on + Days::new(random.integer(1, 90).unsigned_abs())),
        _ => None,
    };
    RequirementRow {
        id,
        network_id: network.id,
        unit_id,
        jurisdiction: jurisdiction(network.country, template.requirement_type),
        requirement_type: template.requirement_type,
        name: template.name.to_owned(),
        description: Some(template.description.to_owned()),
        risk: template.risk,
        due_on,
        penalties: penalties(template, network.currency),
        created_at: made_on.and_time(NaiveTime::MIN).and_utc(),
        reviews: reviews(demo, network.owner, made_on, fate, &mut random),
        documents: Vec::new(),
    }
}

/// A first review soon after entry and the latest one, by fate: never reviewed (and perhaps overdue), not
/// compliant, undecided, compliant long ago, or compliant.
fn reviews(demo: Demo, reviewer: Uuid, made_on: NaiveDate, fate: i64, random: &mut Random) -> Vec<ReviewRow> {
    let days_before = |days: i64| demo.made_on - Days::new(days.unsigned_abs());
    let (outcome, latest) = match fate {
        0..=7 => return Vec::new(),
        8..=13 => (ReviewOutcome::NonCompliant, days_before(random.integer(1, 45))),
        14..=17 => (ReviewOutcome::Pending, days_before(random.integer(1, 25))),
        18..=22 => (ReviewOutcome::Compliant, days_before(random.integer(366, 379))),
        _ => (ReviewOutcome::Compliant, days_before(random.integer(2, 80))),
    };
    let first = made_on + Days::new(random.integer(0, 1).unsigned_abs());
    let mut review = |outcome, reviewed_on: NaiveDate| ReviewRow {
        id: random.id(reviewed_on),
        reviewer_id: reviewer,
        outcome,
        notes: None,
        reviewed_on,
        recorded_at: reviewed_on.and_time(NaiveTime::MIN).and_utc(),
    };
    vec![review(ReviewOutcome::Pending, first.min(latest)), review(outcome, latest)]
}

fn jurisdiction(country: &str, requirement_type: RequirementType) -> Jurisdiction {
    match (country, requirement_type) {
        (_, RequirementType::FranchiseAgreement) => Jurisdiction::Custom,
        ("US", RequirementType::DataProtection | RequirementType::Labor) => Jurisdiction::UsFederal,
        ("US", _) => Jurisdiction::UsState,
        _ => Jurisdiction::EuGeneral,
    }
}

fn penalties(template: &Template, currency: &str) -> Vec<PenaltyRow> {
    let amount = (template.fine > 0).then(|| (template.fine * MINOR, currency.to_owned()));
    amount
        .map(|amount| PenaltyRow { description: "Fine".to_owned(), amount: Some(amount) })
        .into_iter()
        .collect()
}
