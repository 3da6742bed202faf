//! Ranges, presets, time zones, and the edges of buckets.

use serde_json::{Value, json};
use subgraph::caller::Role;
use subgraph::testing::Backend;

use crate::world::{NOW, Tree, World, both, date, days, only_error, quiet_day, representations, units_query};

/// Each preset on a Wednesday in a leap year.
const PRESETS: [(&str, &str, &str); 14] = [
    ("TODAY", "2024-02-28", "2024-02-28"),
    ("YESTERDAY", "2024-02-27", "2024-02-27"),
    ("LAST_7_DAYS", "2024-02-21", "2024-02-27"),
    ("LAST_30_DAYS", "2024-01-29", "2024-02-27"),
    ("LAST_90_DAYS", "2023-11-30", "2024-02-27"),
    ("LAST_365_DAYS", "2023-02-28", "2024-02-27"),
    ("WEEK_TO_DATE", "2024-02-26", "2024-02-28"),
    ("MONTH_TO_DATE", "2024-02-01", "2024-02-28"),
    ("QUARTER_TO_DATE", "2024-01-01", "2024-02-28"),
    ("YEAR_TO_DATE", "2024-01-01", "2024-02-28"),
    ("LAST_WEEK", "2024-02-19", "2024-02-25"),
    ("LAST_MONTH", "2024-01-01", "2024-01-31"),
    ("LAST_QUARTER", "2023-10-01", "2023-12-31"),
    ("LAST_YEAR", "2023-01-01", "2023-12-31"),
];

#[tokio::test]
async fn presets_are_relative_to_today() {
    let tree = Tree::new("n", 1, 1, 1);
    let world = World::new(Backend::Sqlite).await;
    world.publish(&tree.units(), vec![]).await;
    let person = world.person(Role::Owner, &tree.network).await;
    for (preset, from, to) in PRESETS {
        let query = units_query(&format!("performance(range: {{ preset: {preset} }}) {{ from to }}"));
        let units = representations(&[&tree.network]);
        let response = world.respond(person, &query, units, "2024-02-28T12:00:00Z").await;
        assert_eq!(
            response["data"]["_entities"][0]["performance"],
            json!({ "from": from, "to": to }),
            "{preset}"
        );
    }
}

#[tokio::test]
async fn today_is_the_day_in_the_units_time_zone() {
    let mut tree = Tree::new("n", 1, 1, 3);
    for (location, zone) in tree.locations.iter_mut().zip(["Pacific/Auckland", "UTC", "America/New_York"]) {
        location.time_zone = zone.to_owned();
    }
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let query = units_query("performance(range: { preset: TODAY }) { to }");
        for (now, expected) in [
            ("2024-03-10T04:59:59Z", ["2024-03-10", "2024-03-10", "2024-03-09"]),
            ("2024-03-10T05:00:00Z", ["2024-03-10", "2024-03-10", "2024-03-10"]),
            ("2024-03-10T11:00:00Z", ["2024-03-11", "2024-03-10", "2024-03-10"]),
            ("2024-03-10T23:59:59Z", ["2024-03-11", "2024-03-10", "2024-03-10"]),
        ] {
            let units = representations(&tree.locations.iter().collect::<Vec<_>>());
            let response = world.respond(person, &query, units, now).await;
            for (location, expected) in expected.iter().enumerate() {
                assert_eq!(
                    response["data"]["_entities"][location]["performance"]["to"], *expected,
                    "{backend:?} {} at {now}",
                    tree.locations[location].time_zone
                );
            }
        }
    }
}

#[tokio::test]
async fn ranges_that_mean_nothing_are_refused_with_what_would_do() {
    let tree = Tree::new("n", 1, 1, 1);
    let world = World::new(Backend::Sqlite).await;
    world.publish(&tree.units(), vec![]).await;
    let person = world.person(Role::Owner, &tree.network).await;
    for (range, message) in [
        ("{}", "a range needs either both `from` and `to`, or a `preset`"),
        ("{ from: \"2024-01-01\" }", "a range needs either both `from` and `to`, or a `preset`"),
        (
            "{ from: \"2024-01-01\", to: \"2024-01-02\", preset: TODAY }",
            "a range needs either both `from` and `to`, or a `preset`",
        ),
        (
            "{ from: \"2024-01-02\", to: \"2024-01-01\" }",
            "the range ends on 2024-01-01, before it starts on 2024-01-02: swap them",
        ),
        (
            "{ from: \"2020-02-29\", to: \"2025-02-28\" }",
            "the range from 2020-02-29 to 2025-02-28 is longer than 5 years: ask for parts of it",
        ),
        ("{ from: \"1899-12-31\", to: \"1900-01-01\" }", "a range must be within the years 1900 to 9999"),
        (
            "{ from: \"yesterday\", to: \"2024-01-02\" }",
            "Failed to parse \"Date\": expected a date like `2026-07-26` (occurred while parsing \"DateRangeInput\")",
        ),
    ] {
        let query = units_query(&format!("performance(range: {range}) {{ days }}"));
        let response = world.respond(person, &query, representations(&[&tree.network]), NOW).await;
        assert_eq!(only_error(&response), ("BAD_USER_INPUT".to_owned(), message.to_owned()), "{range}");
    }
    let longest = "performance(range: { from: \"2020-02-29\", to: \"2025-02-27\" }) { days }";
    assert_eq!(world.unit(person, &tree.network, longest).await["performance"]["days"], 1826);
    let latest = "performance(range: { from: \"9999-12-31\", to: \"9999-12-31\" }) { days }";
    assert_eq!(world.unit(person, &tree.network, latest).await["performance"]["days"], 1);
    let query = units_query("performance(range: { preset: TODAY }) { days }");
    for (zone, message) in [
        (
            json!("Mars/Olympus"),
            "`Mars/Olympus` is not an IANA time zone such as `Europe/Paris`: correct the unit's time zone",
        ),
        (Value::Null, "the representation of the unit lacks `timeZone`, which this field requires"),
    ] {
        let units = json!({ "units": [
            { "__typename": "FranchiseUnit", "id": tree.network.id, "timeZone": zone }
        ] });
        let response = world.respond(person, &query, units, NOW).await;
        assert_eq!(only_error(&response), ("BAD_USER_INPUT".to_owned(), message.to_owned()));
    }
}

/// Window, granularity, and its buckets: start of the whole bucket, then the days of it in the window.
type Cut = (&'static str, &'static str, &'static str, &'static [[&'static str; 3]]);

const CUTS: [Cut; 6] = [
    (
        "2024-02-28",
        "2024-03-01",
        "DAY",
        &[
            ["2024-02-28", "2024-02-28", "2024-02-28"],
            ["2024-02-29", "2024-02-29", "2024-02-29"],
            ["2024-03-01", "2024-03-01", "2024-03-01"],
        ],
    ),
    (
        // The ISO year 2020 has 53 weeks; January 3, 2021 is the Sunday of the last one.
        "2020-12-27",
        "2021-01-04",
        "WEEK",
        &[
            ["2020-12-21", "2020-12-27", "2020-12-27"],
            ["2020-12-28", "2020-12-28", "2021-01-03"],
            ["2021-01-04", "2021-01-04", "2021-01-04"],
        ],
    ),
    (
        "2024-01-31",
        "2024-03-01",
        "MONTH",
        &[
            ["2024-01-01", "2024-01-31", "2024-01-31"],
            ["2024-02-01", "2024-02-01", "2024-02-29"],
            ["2024-03-01", "2024-03-01", "2024-03-01"],
        ],
    ),
    ("2023-02-01", "2023-02-28", "MONTH", &[["2023-02-01", "2023-02-01", "2023-02-28"]]),
    (
        "2023-12-31",
        "2024-07-01",
        "QUARTER",
        &[
            ["2023-10-01", "2023-12-31", "2023-12-31"],
            ["2024-01-01", "2024-01-01", "2024-03-31"],
            ["2024-04-01", "2024-04-01", "2024-06-30"],
            ["2024-07-01", "2024-07-01", "2024-07-01"],
        ],
    ),
    (
        "2023-12-31",
        "2025-01-01",
        "YEAR",
        &[
            ["2023-01-01", "2023-12-31", "2023-12-31"],
            ["2024-01-01", "2024-01-01", "2024-12-31"],
            ["2025-01-01", "2025-01-01", "2025-01-01"],
        ],
    ),
];

#[tokio::test]
async fn a_series_has_every_bucket_with_the_facts_of_its_days() {
    let tree = Tree::new("n", 1, 1, 2);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        // One transaction each day, so that a bucket's sum is its number of days times locations.
        let day = |date| tree.locations.iter().map(move |location| (location, date));
        let rows: Vec<_> = days("2020-12-01", "2021-01-31")
            .chain(days("2023-01-01", "2025-01-31"))
            .flat_map(day)
            .map(|(location, date)| analytics::bulk::FactRow { transactions: 1, ..quiet_day(location, date) })
            .collect();
        world.record(&rows).await;
        let person = world.person(Role::Owner, &tree.network).await;
        for (from, to, granularity, buckets) in CUTS {
            let fields = format!(
                "performance(range: {{ from: \"{from}\", to: \"{to}\" }}) {{
                    figures {{ transactions }}
                    series(granularity: {granularity}) {{ start from to figures {{ transactions }} }} }}"
            );
            let answer = world.unit(person, &tree.groups[0], &fields).await;
            let length = |from, to| 2 * ((date(to) - date(from)).num_days() + 1);
            let expected: Vec<_> = buckets
                .iter()
                .map(|[start, from, to]| {
                    let figures = json!({ "transactions": length(from, to) });
                    json!({ "start": start, "from": from, "to": to, "figures": figures })
                })
                .collect();
            assert_eq!(answer["performance"]["series"], json!(expected), "{backend:?} {granularity} {from}");
            assert_eq!(answer["performance"]["figures"]["transactions"], length(from, to), "{backend:?}");
        }
    }
}

#[tokio::test]
async fn buckets_without_facts_are_there_with_null_figures() {
    let tree = Tree::new("n", 1, 1, 1);
    for (backend, world) in both().await {
        world.publish(&tree.units(), vec![]).await;
        world.record(&[quiet_day(&tree.locations[0], date("2024-01-02"))]).await;
        let person = world.person(Role::Owner, &tree.network).await;
        let fields = "performance(range: { from: \"2024-01-01\", to: \"2024-01-03\" }) {
            figures { transactions averageTicket { amountMinor } }
            preceding { figures { transactions } }
            change { ratio missing }
            series(granularity: DAY) { figures { transactions } } }";
        let answer = world.unit(person, &tree.network, fields).await;
        let series = json!([
            { "figures": null },
            { "figures": { "transactions": 0 } },
            { "figures": null },
        ]);
        assert_eq!(answer["performance"]["series"], series, "{backend:?}");
        let figures = json!({ "transactions": 0, "averageTicket": null });
        assert_eq!(answer["performance"]["figures"], figures, "{backend:?}");
        assert_eq!(answer["performance"]["preceding"]["figures"], Value::Null, "{backend:?}");
        let change = json!({ "ratio": null, "missing": "NO_FACTS_BEFORE" });
        assert_eq!(answer["performance"]["change"], change, "{backend:?}");
    }
}

#[tokio::test]
async fn a_series_is_bounded() {
    let tree = Tree::new("n", 1, 1, 1);
    let world = World::new(Backend::Sqlite).await;
    world.publish(&tree.units(), vec![]).await;
    let person = world.person(Role::Owner, &tree.network).await;
    let query = |granularity: &str| {
        let range = "{ from: \"2020-01-01\", to: \"2024-12-31\" }";
        units_query(&format!(
            "performance(range: {range}) {{ series(granularity: {granularity}) {{ start }} }}"
        ))
    };
    let units = || representations(&[&tree.network]);
    let response = world.respond(person, &query("DAY"), units(), NOW).await;
    assert_eq!(
        only_error(&response),
        (
            "BAD_USER_INPUT".to_owned(),
            "a series has at most 1000 buckets: choose longer buckets or a shorter range".to_owned()
        )
    );
    let weeks = world.data(person, &query("WEEK"), units()).await;
    assert_eq!(weeks["_entities"][0]["performance"]["series"].as_array().unwrap().len(), 262);
}
