//! docs/subscriptions.md: its commands show events.

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
    let printed: Vec<String> =
        command_lines("docs/subscriptions.md").iter().map(|line| page.run(line)).collect();
    let events: Vec<_> = printed.iter().filter_map(|text| text.strip_prefix("event: next\ndata: ")).collect();
    assert_eq!(events.len(), 2, "by its text and by its name: {printed:#?}");
    for data in events {
        let response: Value = serde_json::from_str(data).unwrap();
        let change = &response["data"]["unitChanged"];
        assert_eq!((&change["kind"], &change["revision"]), (&"CREATED".into(), &1.into()), "{response:#}");
        assert_eq!(change["unit"]["name"], "Acme", "{response:#}");
        assert!(change["unit"]["complianceScore"].is_object(), "{response:#}");
    }
}
