//! Lists: filters, sorts and pages.

use serde_json::{Value, json};
use subgraph::testing::Backend;

use crate::fixture::{Fixture, location, tree};

async fn codes(fixture: &Fixture, person: uuid::Uuid, arguments: &str) -> Vec<String> {
    let query = format!("{{ locations({arguments}) {{ nodes {{ code }} }} }}");
    let data = fixture.data(person, &query, json!({})).await;
    let nodes = data["locations"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn locations_are_filtered_and_sorted() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let mut tree = tree("acme");
        tree.rows.locations.truncate(4);
        let day = |day| chrono::NaiveDate::from_ymd_opt(2020, 1, day);
        let names = ["Élan", "alpha 50%", "Beta", "Beta"];
        for (number, row) in tree.rows.locations.iter_mut().enumerate() {
            row.name = names[number].to_owned();
            row.opened_on = [day(3), None, day(1), day(2)][number];
            row.address.postal_code = Some(["10", "20", "20", "30"][number].to_owned());
            row.address.city = Some(["Rome", "Rome", "Oslo", "Oslo"][number].to_owned());
        }
        tree.rows.locations[3].status = networks::bulk::UnitStatus::Suspended;
        fixture.load(tree.rows.clone()).await;
        let [l0, l1, l2, l3] = ["ACME-R0G0L0", "ACME-R0G0L1", "ACME-R0G1L0", "ACME-R0G1L1"];
        let (group, region) = (tree.groups[1], tree.regions[1]);
        let cases: Vec<(String, Vec<&str>)> = vec![
            (String::from("first: 10"), vec![l2, l3, l1, l0]),
            ("sort: { field: NAME, direction: DESCENDING }".to_owned(), vec![l0, l1, l3, l2]),
            ("sort: { field: CODE }".to_owned(), vec![l0, l1, l2, l3]),
            ("sort: { field: OPENED_ON }".to_owned(), vec![l2, l3, l0, l1]),
            ("sort: { field: OPENED_ON, direction: DESCENDING }".to_owned(), vec![l1, l0, l3, l2]),
            ("filter: { search: \"BETA\" }".to_owned(), vec![l2, l3]),
            ("filter: { search: \"50%\" }".to_owned(), vec![l1]),
            ("filter: { search: \"%\" }".to_owned(), vec![l1]),
            ("filter: { search: \"g0l\" }".to_owned(), vec![l1, l0]),
            ("filter: { search: \"_\" }".to_owned(), vec![]),
            ("filter: { status: [SUSPENDED] }".to_owned(), vec![l3]),
            ("filter: { status: [] }".to_owned(), vec![]),
            ("filter: { city: \"Oslo\" }".to_owned(), vec![l2, l3]),
            ("filter: { postalCode: \"20\" }".to_owned(), vec![l2, l1]),
            ("filter: { openedFrom: \"2020-01-02\", openedTo: \"2020-01-02\" }".to_owned(), vec![l3]),
            (format!("filter: {{ groupId: \"{group}\" }}"), vec![l2, l3]),
            (format!("filter: {{ groupId: \"{group}\", city: \"Rome\" }}"), vec![]),
            (format!("filter: {{ regionId: \"{region}\" }}"), vec![]),
            (format!("filter: {{ networkId: \"{}\" }}", tree.network), vec![l2, l3, l1, l0]),
            (format!("filter: {{ ownerId: \"{}\" }}", tree.owner), vec![]),
            ("filter: { groupId: \"rubbish\" }".to_owned(), vec![]),
        ];
        for (arguments, expected) in cases {
            assert_eq!(codes(&fixture, tree.owner, &arguments).await, expected, "{backend:?}: {arguments}");
        }
    }
}

/// Walks a list in pages of two, forwards or backwards, adding a row at the start and the end on the way.
async fn walk(
    fixture: &Fixture,
    person: uuid::Uuid,
    group: uuid::Uuid,
    sort: &str,
    forwards: bool,
) -> Vec<String> {
    let (size, cursor, end, more) = if forwards {
        ("first", "after", "endCursor", "hasNextPage")
    } else {
        ("last", "before", "startCursor", "hasPreviousPage")
    };
    let query = format!(
        "query($c: String) {{ locations({size}: 2, {cursor}: $c, sort: {sort}) {{
            nodes {{ code }} pageInfo {{ {end} {more} }} }} }}"
    );
    let mut seen: Vec<Vec<String>> = Vec::new();
    let mut at = Value::Null;
    loop {
        let mut data = fixture.data(person, &query, json!({ "c": at })).await;
        let page = data["locations"].take();
        seen.push(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["code"].as_str().unwrap().to_owned())
                .collect(),
        );
        if seen.len() == 2 {
            let mut rows = networks::bulk::Rows::default();
            let tag = uuid::Uuid::new_v4().simple().to_string();
            for (name, code) in [("\u{20}first", format!("!{tag}")), ("~last", format!("~{tag}"))] {
                let mut row = location(group, &code);
                row.name = name.to_owned();
                row.opened_on = None;
                rows.locations.push(row);
            }
            fixture.load(rows).await;
        }
        assert!(seen.len() < 20, "the walk does not end: {seen:?}");
        if !page["pageInfo"][more].as_bool().unwrap() {
            break;
        }
        at = page["pageInfo"][end].clone();
    }
    if !forwards {
        seen.reverse();
    }
    seen.concat().into_iter().filter(|code| code.starts_with("ACME")).collect()
}

#[tokio::test]
async fn pages_stay_stable_while_rows_come() {
    for backend in Backend::ALL {
        for sort in [
            "{ field: NAME }",
            "{ field: NAME, direction: DESCENDING }",
            "{ field: OPENED_ON }",
            "{ field: CODE }",
        ] {
            let fixture = Fixture::new(backend).await;
            let mut tree = tree("acme");
            // Names with ties, and only some opening days.
            for (number, row) in tree.rows.locations.iter_mut().enumerate() {
                row.name = ["Beta", "Alpha", "Beta", "Gamma"][number % 4].to_owned();
                if number % 3 == 0 {
                    row.opened_on = None;
                }
            }
            fixture.load(tree.rows.clone()).await;
            let whole = codes(&fixture, tree.owner, &format!("first: 100, sort: {sort}")).await;
            assert_eq!(whole.len(), 8);
            for forwards in [true, false] {
                let walked = walk(&fixture, tree.owner, tree.groups[0], sort, forwards).await;
                assert_eq!(walked, whole, "{backend:?} {sort} forwards: {forwards}");
            }
        }
    }
}

#[tokio::test]
async fn a_bad_page_or_filter_is_refused_with_a_hint() {
    let fixture = Fixture::new(Backend::Sqlite).await;
    let tree = tree("acme");
    fixture.load(tree.rows.clone()).await;
    let by_name = "{ locations(first: 1) { pageInfo { endCursor } } }";
    let data = fixture.data(tree.owner, by_name, json!({})).await;
    let cursor = data["locations"]["pageInfo"]["endCursor"].as_str().unwrap();
    let cases = [
        ("first: 101".to_owned(), "between 0 and 100"),
        ("first: 1, last: 1".to_owned(), "not both"),
        ("after: \"rubbish\"".to_owned(), "cursor"),
        (format!("after: \"{cursor}\", sort: {{ field: OPENED_ON }}"), "another order"),
        (format!("filter: {{ search: \"{}\" }}", "x".repeat(201)), "200 characters"),
    ];
    for (arguments, hint) in cases {
        let query = format!("{{ locations({arguments}) {{ nodes {{ id }} }} }}");
        let answer = fixture.answer(tree.owner, &query, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{arguments}: {answer}");
        assert!(error["message"].as_str().unwrap().contains(hint), "{arguments}: {answer}");
    }
}

#[tokio::test]
async fn a_list_below_a_unit_is_filtered_sorted_and_paged_alike() {
    for backend in Backend::ALL {
        let fixture = Fixture::new(backend).await;
        let tree = tree("acme");
        fixture.load(tree.rows.clone()).await;
        let query = "{ regions { nodes { code locations(first: 1, filter: { search: \"L1\" },
            sort: { field: CODE, direction: DESCENDING }) {
                totalCount nodes { code } edges { cursor } pageInfo { hasNextPage } } } } }";
        let data = fixture.data(tree.owner, query, json!({})).await;
        let regions = data["regions"]["nodes"].as_array().unwrap();
        for (region, last) in regions.iter().zip(["ACME-R0G1L1", "ACME-R1G1L1"]) {
            let page = &region["locations"];
            assert_eq!(page["nodes"], json!([{ "code": last }]), "{backend:?}");
            assert_eq!(page["totalCount"], 2);
            assert_eq!(page["pageInfo"]["hasNextPage"], true);
        }
        let cursor = regions[0]["locations"]["edges"][0]["cursor"].clone();
        let query = "query($c: String) { regions(first: 1) { nodes { locations(first: 5, after: $c,
            filter: { search: \"L1\" }, sort: { field: CODE, direction: DESCENDING }) { nodes { code } } } } }";
        let data = fixture.data(tree.owner, query, json!({ "c": cursor })).await;
        assert_eq!(
            data["regions"]["nodes"][0]["locations"]["nodes"],
            json!([{ "code": "ACME-R0G0L1" }]),
            "{backend:?}"
        );
    }
}
