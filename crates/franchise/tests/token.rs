//! `franchise token` prints a token and nothing else, or says why there is none.

use jsonwebtoken::dangerous::insecure_decode;
use serde_json::Value;

use crate::program::{Folder, text};

const LOCATIONS: &str = "code,name,region,group,country,time_zone,currency,chairs_total\n\
    A-1,First,N,N1,US,America/New_York,USD,4\n";

pub(crate) fn with_network() -> Folder {
    let folder = Folder::new();
    let file = folder.write("locations.csv", LOCATIONS);
    folder
        .run(&["import", "--network", "acme", "--create-network", "Acme", "--locations", text(&file)])
        .succeeded();
    folder
}

#[test]
fn the_output_is_one_token() {
    let folder = with_network();
    let printed = folder.run(&["token"]).succeeded();
    let parts: Vec<&str> = printed.trim_end_matches('\n').split('.').collect();
    assert_eq!(parts.len(), 3, "{printed}");
    assert!(!printed.contains(' '), "{printed}");
    folder.run(&["token", "--role", "analyst", "--unit", "N1"]).succeeded();
    let printed = folder.run(&["token", "--scope", "operations:admin", "--scope", "other"]).succeeded();
    let claims = insecure_decode::<Value>(printed.trim()).unwrap().claims;
    assert_eq!(claims["scope"], "operations:admin other");
}

#[test]
fn what_is_missing_is_said() {
    let empty = Folder::new();
    assert!(empty.run(&["token"]).failed().contains("there is no platform"));
    let folder = with_network();
    assert!(folder.run(&["token", "--unit", "nowhere"]).failed().contains("there is no unit `nowhere`"));
    assert!(folder.run(&["token", "--role", "KING"]).failed().contains("possible values"));
    assert!(folder.run(&["token", "--scope", "a b"]).failed().contains("a scope has no spaces"));
}
