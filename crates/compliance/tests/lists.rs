//! Lists of requirements: filters, orders, pages, and statements for many.

use compliance::bulk::RequirementRow;
use compliance::{Jurisdiction, RequirementType, ReviewOutcome, RiskLevel};
use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::directory::unit;
use subgraph::testing::Backend;
use uuid::Uuid;

use crate::world::{Tree, World, day, requirement, review};

/// Whether a filter keeps a requirement, by its number.
type Keeps<'a> = Box<dyn Fn(&usize) -> bool + 'a>;

fn rows(tree: &Tree) -> Vec<RequirementRow> {
    let risks = [RiskLevel::Low, RiskLevel::Medium, RiskLevel::High, RiskLevel::Critical];
    let row = |number: usize| {
        let mut row =
            requirement(&tree.units[number % tree.units.len()], &number.to_string(), risks[number % 4]);
        row.due_on = (!number.is_multiple_of(3)).then(|| day(&format!("2024-06-{:02}", 10 + number % 10)));
        if number % 4 == 1 {
            row.requirement_type = RequirementType::Tax;
            row.jurisdiction = Jurisdiction::Uk;
        }
        if number.is_multiple_of(5) {
            row.reviews.push(review(ReviewOutcome::Compliant, "2024-06-01"));
        }
        row
    };
    (0..37).map(row).collect()
}

async fn names(world: &World, person: Uuid, arguments: &str) -> Vec<usize> {
    let document = format!("{{ requirements(first: 100, {arguments}) {{ edges {{ node {{ name }} }} }} }}");
    let data = world.data(person, &document, json!({})).await;
    let name = |edge: &Value| edge["node"]["name"].as_str().unwrap().parse().unwrap();
    data["requirements"]["edges"].as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn filters_keep_what_they_say() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 1, 1).await;
        world.insert(rows(&tree)).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        let met = |number: &usize| number.is_multiple_of(5);
        let due = |number: &usize| (!number.is_multiple_of(3)).then_some(10 + number % 10);
        let late = |number: &usize| !met(number) && due(number).is_some_and(|due| due < 15);
        let region = &tree.units[1];
        let below: Vec<Uuid> = tree.below(region).iter().map(|unit| unit.id).collect();
        let units: Vec<&unit::Model> = (0..37).map(|number| &tree.units[number % tree.units.len()]).collect();
        let in_region = |number: &usize| below.contains(&units[*number].id);
        let unit_filter = format!("filter: {{ unitId: \"{}\" }}", region.id);
        let cases: [(&str, Keeps); 6] = [
            ("filter: { status: [COMPLIANT] }", Box::new(met)),
            ("filter: { risk: [HIGH, CRITICAL] }", Box::new(|number| number % 4 >= 2)),
            ("filter: { type: [TAX], jurisdiction: [UK] }", Box::new(|number| number % 4 == 1)),
            (
                "filter: { dueBefore: \"2024-06-12\" }",
                Box::new(move |number| due(number).is_some_and(|due| due < 12)),
            ),
            (unit_filter.as_str(), Box::new(in_region)),
            (
                "filter: { overdue: true, status: [PENDING] }",
                Box::new(|number| {
                    let zone = units[*number].time_zone.as_str();
                    // At noon UTC it is the 16th in Kiritimati, so the 15th is over there.
                    late(number) || (zone == "Pacific/Kiritimati" && !met(number) && due(number) == Some(15))
                }),
            ),
        ];
        for (arguments, keeps) in cases {
            let mut listed = names(&world, person, arguments).await;
            listed.sort_unstable();
            let expected: Vec<usize> = (0..37).filter(|number| keeps(number)).collect();
            assert_eq!(listed, expected, "{backend:?} {arguments}");
        }
    }
}

#[tokio::test]
async fn every_order_pages_without_gaps_in_both_directions() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 1, 1).await;
        world.insert(rows(&tree)).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        for sort in ["DUE_DATE", "NEXT_REVIEW_DATE", "DEADLINE", "RISK", "NEWEST"] {
            let all = names(&world, person, &format!("sort: {sort}")).await;
            assert_eq!(all.len(), 37);
            for (size, bound, cursor, more) in [
                ("first", "after", "endCursor", "hasNextPage"),
                ("last", "before", "startCursor", "hasPreviousPage"),
            ] {
                let document = format!(
                    "query($at: String) {{ requirements(sort: {sort}, {size}: 5, {bound}: $at) {{
                    pageInfo {{ {cursor} {more} }} edges {{ node {{ name }} }} }} }}"
                );
                let (mut seen, mut at) = (Vec::new(), Value::Null);
                loop {
                    let data = world.data(person, &document, json!({ "at": at })).await;
                    let page = &data["requirements"];
                    let names = page["edges"].as_array().unwrap().iter();
                    let names = names.map(|edge| edge["node"]["name"].as_str().unwrap().parse().unwrap());
                    let names: Vec<usize> = names.collect();
                    if size == "first" {
                        seen.extend(names)
                    } else {
                        seen.splice(0..0, names);
                    }
                    at = page["pageInfo"][cursor].clone();
                    if page["pageInfo"][more] != true {
                        break;
                    }
                }
                assert_eq!(seen, all, "{backend:?} {sort} {size}");
            }
        }
        let foreign = "query($at: String) { requirements(sort: DUE_DATE, after: $at) { edges { cursor } } }";
        let newest = world
            .data(person, "{ requirements(sort: NEWEST, first: 1) { edges { cursor } } }", json!({}))
            .await;
        let cursor = &newest["requirements"]["edges"][0]["cursor"];
        let response = world.ask(person, foreign, json!({ "at": cursor })).await;
        assert_eq!(response["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{response}");
    }
}

#[tokio::test]
async fn deadlines_are_counted_from_the_day_of_the_unit() {
    for backend in Backend::ALL {
        let mut world = World::new(backend).await;
        let tree = world.plant("a", 1, 1, 1).await;
        let location = &tree.units[3];
        assert_eq!(location.time_zone, "Pacific/Kiritimati");
        let mut row = requirement(location, "due on the 20th", RiskLevel::Low);
        row.due_on = Some(day("2024-06-20"));
        world.insert(vec![row]).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        // 15 June ends at 10:00 UTC in Kiritimati.
        for (now, listed) in [("2024-06-15T09:59:59Z", 0), ("2024-06-15T10:00:00Z", 1)] {
            world.set_clock(now);
            let fields = "upcomingDeadlines(withinDays: 4) { edges { node { name } } }";
            let units = world.units(person, &[location], fields).await;
            assert_eq!(
                units[0]["upcomingDeadlines"]["edges"].as_array().unwrap().len(),
                listed,
                "{backend:?} {now}"
            );
        }
    }
}

#[tokio::test]
async fn edges_of_a_page_take_one_statement_each() {
    for backend in Backend::ALL {
        let world = World::new(backend).await;
        let tree = world.plant("a", 2, 1, 1).await;
        world.insert(rows(&tree)).await;
        let person = world.person(Role::Viewer, tree.network()).await;
        world.data(person, "{ requirements { edges { node { id } } } }", json!({})).await;
        world.database.statements.take();
        let document = "{ requirements(first: 20) { edges { node { name documents { url } alerts { rule }
            reviews(first: 2) { edges { node { outcome } } } } } } }";
        world.data(person, document, json!({})).await;
        assert_eq!(world.database.statements.take(), 4, "{backend:?}: the page, documents, alerts, reviews");
    }
}
