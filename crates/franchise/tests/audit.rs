//! `franchise audit verify` tells whether the audit trail is what was recorded.

use async_graphql::Request;
use compliance::Compliance;
use jsonwebtoken::dangerous::insecure_decode;
use sea_orm::ConnectionTrait;
use serde_json::Value;
use subgraph::caller::token::Subject;
use subgraph::service::Service;
use uuid::Uuid;

use crate::program::{Folder, text};
use crate::token::with_network;

/// A platform with one entry in the trail of its network.
async fn with_entry() -> Folder {
    let folder = with_network();
    let token = folder.run(&["token"]).succeeded();
    let claims = insecure_decode::<Value>(token.trim()).unwrap().claims;
    let owner: Uuid = claims["sub"].as_str().unwrap().parse().unwrap();
    let platform = folder.platform().await;
    let databases = platform.databases();
    let secret = platform.data.internal_secret.clone();
    let service = Service::new::<Compliance>(databases.compliance.clone(), secret);
    let caller = service.grants.caller(Subject::Person(owner, None)).await.unwrap();
    let mutation = format!(
        "mutation {{ createRequirement(input: {{ unitId: \"{}\", jurisdiction: UK, type: TAX, name: \"VAT\" }}) {{
            requirement {{ id }} }} }}",
        caller.grants[0].unit
    );
    let response = service.execute_as(Subject::Person(owner, None), Request::new(mutation)).await;
    let data = response.data.into_json().unwrap();
    assert!(data["createRequirement"]["requirement"]["id"].is_string(), "{data}: {:?}", response.errors);
    folder
}

#[tokio::test]
async fn a_trail_is_printed_as_long_as_it_holds_and_then_its_first_broken_place() {
    let folder = with_entry().await;
    let printed = folder.run(&["audit", "verify"]).succeeded();
    let words: Vec<&str> = printed.split_whitespace().collect();
    assert!(matches!(words[..], [_, "1", hash, "acme"] if hash.len() == 64), "{printed}");
    let noted = folder.write("heads.txt", &printed);
    let again = folder.run(&["audit", "verify", "--noted", text(&noted)]).succeeded();
    assert_eq!(again, printed);

    let compliance = folder.platform().await.databases().compliance;
    compliance.execute_unprepared("DROP TRIGGER audit_entries_no_update").await.unwrap();
    compliance.execute_unprepared("UPDATE audit_entries SET actor_id = requirement_id").await.unwrap();
    let said = folder.run(&["audit", "verify"]).failed();
    let start = format!("error: the audit trail of network {} (acme) is broken: entry ", words[0]);
    assert!(said.starts_with(&start) && said.contains("at 1 is not what was recorded"), "{said}");
}

#[test]
fn whoever_checks_a_trail_without_entries_is_told_so() {
    let folder = with_network();
    let checked = folder.run(&["audit", "verify"]);
    let shown = checked.to_string();
    assert!(shown.contains("the audit trail has no entries yet"), "{shown}");
    assert_eq!(checked.succeeded(), "", "what --noted reads is empty");
}

#[tokio::test]
async fn a_trail_that_lost_what_was_noted_is_broken() {
    let folder = with_entry().await;
    let printed = folder.run(&["audit", "verify"]).succeeded();
    let noted = folder.write("heads.txt", printed.replace(" 1 ", " 2 "));
    let said = folder.run(&["audit", "verify", "--noted", text(&noted)]).failed();
    assert!(said.contains("at 2 it had another hash when that was noted"), "{said}");
}

#[test]
fn what_cannot_be_checked_is_said() {
    let empty = Folder::new();
    assert!(empty.run(&["audit", "verify"]).failed().contains("there is no platform"));
    let folder = with_network();
    assert_eq!(folder.run(&["audit", "verify"]).succeeded(), "", "no network has a trail yet");
    let bad = folder.write("heads.txt", "acme 1 abc\n");
    let said = folder.run(&["audit", "verify", "--noted", text(&bad)]).failed();
    assert!(said.contains("heads.txt:1: a line of `audit verify` is"), "{said}");
    let missing = folder.run(&["audit", "verify", "--noted", "nowhere.txt"]).failed();
    assert!(missing.contains("cannot read nowhere.txt"), "{missing}");
}
