//! docs/tooling.md: its commands tell the embedded platform's schema and judge a document.

use serde_json::Value;

use super::blocks::command_lines;
use super::page::Page;

const LOCATIONS: &str = "code,name,region,group,country,time_zone,currency,chairs_total\n\
    A-1,First,N,N1,US,America/New_York,USD,4\n";

#[test]
fn the_page_works_as_written() {
    let mut page = Page::new(&[("locations.csv", LOCATIONS)]);
    page.run("franchise import --network acme --create-network Acme --locations locations.csv");
    page.run("franchise serve --empty --listen 127.0.0.1:4000");
    let answers: Vec<String> = command_lines("docs/tooling.md")
        .iter()
        .map(|line| page.run(line))
        .filter(|text| !text.is_empty())
        .collect();
    let [sdl, introspection, judgement] = answers.as_slice() else { panic!("{answers:#?}") };
    assert!(sdl.contains("interface FranchiseUnit"), "{sdl}");
    let introspection: Value = serde_json::from_str(introspection).unwrap();
    assert!(introspection["data"]["__schema"]["types"].is_array(), "{introspection}");
    let judgement: Value = serde_json::from_str(judgement).unwrap();
    assert_eq!(judgement["invalid"], 0, "{judgement:#}");
    assert_eq!(judgement["operations"][0]["requests"], 2, "{judgement:#}");
}
