//! docs/operations.md: its commands run and register against the embedded platform.

use serde_json::Value;

use super::blocks::command_lines;
use super::page::Page;

const LOCATIONS: &str = "code,name,region,group,country,time_zone,currency,chairs_total\n\
    A-1,First,N,N1,US,America/New_York,USD,4\n";

const BOTTOM: &str = "query Bottom { networks(last: 1) { nodes { name } } }";

#[test]
fn the_page_works_as_written() {
    let mut page = Page::new(&[("locations.csv", LOCATIONS), ("bottom.graphql", BOTTOM)]);
    page.run("franchise import --network acme --create-network Acme --locations locations.csv");
    page.run("franchise serve --listen 127.0.0.1:4000");
    page.read("copper-comb", "acme");
    let printed: Vec<_> =
        command_lines("docs/operations.md").into_iter().map(|line| (page.run(&line), line)).collect();
    for (text, line) in printed.iter().filter(|(_, line)| line.starts_with("curl ")) {
        let answer: Value =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{line}\n{error}: {text}"));
        assert!(answer.get("errors").is_none(), "{line}\n{answer:#}");
    }
    let said: Vec<&str> = printed
        .iter()
        .filter(|(_, line)| line.starts_with("gateway "))
        .flat_map(|(text, _)| text.lines().next())
        .collect();
    assert_eq!(
        said,
        [
            "bottom version 1 is registered",
            "bottom  version 1    web-team",
            "top  version 1    web-team  deprecated 2027-01-01",
            "top is retired",
        ]
    );
}
