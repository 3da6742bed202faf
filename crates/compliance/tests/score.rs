//! Scores over the tree, against sums made here from the same rows.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use compliance::bulk::RequirementRow;
use compliance::{ReviewOutcome, RiskLevel};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::directory::unit;
use subgraph::testing::Backend;

use crate::world::{Tree, World, day, entities, representations, requirement, review};

const FIELDS: &str = "id complianceScore { score reason compliantWeight totalWeight worstRisk
    counts { total compliant nonCompliant pending expired overdue } weights { risk weight } }";

const RISKS: [(RiskLevel, &str, i64); 4] = [
    (RiskLevel::Low, "LOW", 1),
    (RiskLevel::Medium, "MEDIUM", 2),
    (RiskLevel::High, "HIGH", 4),
    (RiskLevel::Critical, "CRITICAL", 8),
];

/// Rows whose dates lie around the world's clock, so that zones make a difference.
fn generate(tree: &Tree, random: &mut Pcg64) -> Vec<RequirementRow> {
    let mut rows = Vec::new();
    for unit in &tree.units {
        for number in 0..random.random_range(0..5) {
            let mut row = requirement(unit, &format!("r{number}"), RISKS.choose(random).unwrap().0);
            row.due_on =
                random.random_bool(0.7).then(|| day("2024-06-12") + Days::new(random.random_range(0..7)));
            for _ in 0..random.random_range(0..3) {
                let outcome = [ReviewOutcome::Compliant, ReviewOutcome::NonCompliant, ReviewOutcome::Pending]
                    .choose(random)
                    .copied()
                    .unwrap();
                // 90 days before the clock's day is where critical requirements expire.
                let on = day("2024-03-14") + Days::new(random.random_range(0..7));
                row.reviews.push(review(outcome, &on.to_string()));
            }
            row.reviews.sort_by_key(|review| review.reviewed_on);
            rows.push(row);
        }
    }
    rows
}

/// The score of a unit, from first principles.
fn expected(world: &World, tree: &Tree, top: &unit::Model, rows: &[RequirementRow]) -> Value {
    let (mut total, mut met, mut worst) = (0, 0, None);
    let mut counts =
        json!({"total": 0, "compliant": 0, "nonCompliant": 0, "pending": 0, "expired": 0, "overdue": 0});
    let mut count = |name: &str| counts[name] = json!(counts[name].as_i64().unwrap() + 1);
    for unit in tree.below(top) {
        let today = world.now().with_timezone(&unit.time_zone.parse::<Tz>().unwrap()).date_naive();
        for row in rows.iter().filter(|row| row.unit_id == unit.id) {
            let place = RISKS.iter().position(|(risk, ..)| *risk == row.risk).unwrap();
            let last = row.reviews.last();
            let status = status(row, today);
            total += RISKS[place].2;
            count("total");
            count(status);
            if status == "compliant" {
                met += RISKS[place].2;
            } else {
                worst = worst.max(Some(place));
            }
            let found_met = last.is_some_and(|review| review.outcome == ReviewOutcome::Compliant);
            if !found_met && row.due_on.is_some_and(|due| due < today) {
                count("overdue");
            }
        }
    }
    let score = (total > 0).then(|| (met as f64 * 10_000.0 / total as f64).round() / 100.0);
    let reason = (total == 0).then_some("NO_REQUIREMENTS");
    let worst = worst.map(|place| RISKS[place].1);
    let weights: Vec<Value> =
        RISKS.iter().map(|(_, risk, weight)| json!({"risk": risk, "weight": weight})).collect();
    json!({"score": score, "reason": reason, "compliantWeight": met, "totalWeight": total, "worstRisk": worst,
           "counts": counts, "weights": weights})
}

fn status(row: &RequirementRow, today: NaiveDate) -> &'static str {
    let Some(last) = row.reviews.last() else { return "pending" };
    let holds = match row.risk {
        RiskLevel::Critical => 90,
        RiskLevel::High => 180,
        RiskLevel::Medium | RiskLevel::Low => 365,
    };
    match last.outcome {
        ReviewOutcome::Pending => "pending",
        ReviewOutcome::NonCompliant => "nonCompliant",
        ReviewOutcome::Compliant if today > last.reviewed_on + Days::new(holds) => "expired",
        ReviewOutcome::Compliant => "compliant",
    }
}

#[tokio::test]
async fn every_unit_scores_what_its_subtree_adds_up_to() {
    for backend in Backend::ALL {
        for seed in [1, 2] {
            let world = World::new(backend).await;
            let tree = world.plant("a", 3, 2, 4).await;
            let other = world.plant("b", 1, 1, 1).await;
            let mut random = Pcg64::seed_from_u64(seed);
            let rows = generate(&tree, &mut random);
            world.insert(rows.clone()).await;
            world.insert(generate(&other, &mut random)).await;
            let person = world.person(Role::Viewer, tree.network()).await;
            let units: Vec<&unit::Model> = tree.units.iter().collect();
            let scores = world.units(person, &units, FIELDS).await;
            for (unit, score) in units.iter().zip(&scores) {
                let expected = expected(&world, &tree, unit, &rows);
                assert_eq!(score["complianceScore"], expected, "{backend:?} seed {seed} unit {}", unit.code);
            }
        }
    }
}

#[tokio::test]
async fn a_unit_without_requirements_has_no_score_and_says_why() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let scores = world.units(person, &[tree.network()], FIELDS).await;
        assert_eq!(scores[0]["complianceScore"]["score"], Value::Null);
        assert_eq!(scores[0]["complianceScore"]["reason"], "NO_REQUIREMENTS");
    }
}

#[tokio::test]
async fn a_score_outside_the_scope_is_null_and_forbidden() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 1, 1).await;
        let other = world.plant("b", 1, 1, 1).await;
        let person =
            world.person(Role::Manager, tree.units.iter().find(|unit| unit.code == "a-0").unwrap()).await;
        let hidden =
            [tree.network(), tree.units.iter().find(|unit| unit.code == "a-1").unwrap(), other.network()];
        let mut unknown = other.network().clone();
        unknown.id = uuid::Uuid::now_v7();
        let mut messages = std::collections::HashSet::new();
        for unit in hidden.into_iter().chain([&unknown]) {
            let response = world.ask(person, &entities(FIELDS), representations(&[unit])).await;
            assert_eq!(
                response["data"]["_entities"][0]["complianceScore"],
                Value::Null,
                "{backend:?} {}",
                unit.code
            );
            assert_eq!(response["errors"][0]["extensions"]["code"], "FORBIDDEN", "{backend:?} {response:#}");
            messages.insert(response["errors"][0]["message"].to_string());
        }
        assert_eq!(messages.len(), 1, "what is absent cannot be told from what is hidden");
    }
}

#[tokio::test]
async fn any_number_of_units_of_any_levels_take_the_same_few_statements() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 4, 5, 4).await;
        world.insert(generate(&tree, &mut Pcg64::seed_from_u64(3))).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let units: Vec<&unit::Model> = tree.units.iter().take(100).collect();
        assert_eq!(units.len(), 100);
        world.units(person, &units[..1], "id").await;
        for (fields, first, again) in [
            ("complianceScore { score }", 2, 1),
            ("requirements(first: 5) { edges { node { name } } }", 1, 1),
            ("complianceAlerts(first: 5) { edges { node { message } } }", 1, 1),
            ("requirements(first: 5) { edges { node { unit { complianceScore { score } } } } }", 3, 2),
            (
                "complianceScore { score } requirements { edges { cursor } } complianceAlerts { edges { cursor } }",
                4,
                3,
            ),
        ] {
            // Nothing is remembered of a network that has changed.
            world.insert(vec![requirement(units[9], "new", RiskLevel::Low)]).await;
            for statements in [first, again] {
                world.database.statements.take();
                world.units(person, &units, fields).await;
                assert_eq!(world.database.statements.take(), statements, "{backend:?} {fields}");
            }
        }
    }
}
