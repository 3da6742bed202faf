//! `franchise audit verify` tells whether the audit trail is what was recorded.

use async_graphql::Request;
use compliance::Compliance;
use jsonwebtoken::dangerous::insecure_decode;
use sea_orm::{ActiveModelTrait, ConnectionTrait, IntoActiveModel};
use serde_json::Value;
use subgraph::caller::token::Subject;
use subgraph::load::{self, Load, Source};
use subgraph::service::Service;
use uuid::Uuid;

use crate::program::{Folder, text};
use crate::token::with_network;

/// A platform whose trail has two entries: the load of its network, and a requirement.
async fn with_entries() -> Folder {
    let folder = with_network();
    let owner = owner(&folder);
    let (service, unit) = compliance(&folder, owner).await;
    let mutation = format!(
        "mutation {{ createRequirement(input: {{ unitId: \"{unit}\", jurisdiction: UK, type: TAX, name: \"VAT\" }}) {{
            requirement {{ id }} }} }}"
    );
    let response = service.execute_as(Subject::Person(owner, None), Request::new(mutation)).await;
    let data = response.data.into_json().unwrap();
    assert!(data["createRequirement"]["requirement"]["id"].is_string(), "{data}: {:?}", response.errors);
    folder
}

/// The owner of the network.
pub(crate) fn owner(folder: &Folder) -> Uuid {
    let token = folder.run(&["token"]).succeeded();
    let claims = insecure_decode::<Value>(token.trim()).unwrap().claims;
    claims["sub"].as_str().unwrap().parse().unwrap()
}

/// The compliance service of a platform, and the network of a person.
async fn compliance(folder: &Folder, person: Uuid) -> (Service, Uuid) {
    let platform = folder.platform().await;
    let secret = platform.data.internal_secret.clone();
    let service = Service::new::<Compliance>(platform.databases().compliance, secret);
    let caller = service.grants.caller(Subject::Person(person, None)).await.unwrap();
    (service, caller.grants[0].unit)
}

/// The loads in the trail, newest first, as the documented query shows them; without the time.
pub(crate) async fn loads(folder: &Folder) -> Vec<Value> {
    let owner = owner(folder);
    let (service, _) = compliance(folder, owner).await;
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.md");
    let page = std::fs::read_to_string(page).unwrap();
    let query = page.split("```graphql\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let response = service.execute_as(Subject::Person(owner, None), Request::new(query)).await;
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    let mut data = response.data.into_json().unwrap();
    let mut loads: Vec<Value> = serde_json::from_value(data["auditTrail"]["nodes"].take()).unwrap();
    loads.iter_mut().for_each(|load| drop(load.as_object_mut().unwrap().remove("at")));
    loads
}

#[tokio::test]
async fn a_trail_is_printed_as_long_as_it_holds_and_then_its_first_broken_place() {
    let folder = with_entries().await;
    let printed = folder.run(&["audit", "verify"]).succeeded();
    let words: Vec<&str> = printed.split_whitespace().collect();
    assert!(matches!(words[..], [_, "2", hash, "acme"] if hash.len() == 64), "{printed}");
    let noted = folder.write("heads.txt", &printed);
    let again = folder.run(&["audit", "verify", "--noted", text(&noted)]).succeeded();
    assert_eq!(again, printed);

    let compliance = folder.platform().await.databases().compliance;
    compliance.execute_unprepared("DROP TRIGGER audit_entries_no_update").await.unwrap();
    let statement = "UPDATE audit_entries SET at = '2024-01-01 00:00:00+00:00'";
    compliance.execute_unprepared(statement).await.unwrap();
    let said = folder.run(&["audit", "verify"]).failed();
    let start = format!("error: the audit trail of network {} (acme) is broken: entry ", words[0]);
    assert!(said.starts_with(&start) && said.contains("at 1 is not what was recorded"), "{said}");
}

#[tokio::test]
async fn whoever_checks_a_trail_without_entries_is_told_so() {
    let folder = Folder::new();
    drop(folder.platform().await);
    let checked = folder.run(&["audit", "verify"]);
    let shown = checked.to_string();
    assert!(shown.contains("the audit trail has no entries yet"), "{shown}");
    assert_eq!(checked.succeeded(), "", "what --noted reads is empty");
}

#[tokio::test]
async fn a_trail_that_lost_what_was_noted_is_broken() {
    let folder = with_entries().await;
    let printed = folder.run(&["audit", "verify"]).succeeded();
    let noted = folder.write("heads.txt", printed.replace(" 2 ", " 3 "));
    let said = folder.run(&["audit", "verify", "--noted", text(&noted)]).failed();
    assert!(said.contains("at 3 it had another hash when that was noted"), "{said}");
}

#[test]
fn what_cannot_be_checked_is_said() {
    let empty = Folder::new();
    assert!(empty.run(&["audit", "verify"]).failed().contains("there is no platform"));
    let folder = with_network();
    let bad = folder.write("heads.txt", "acme 1 abc\n");
    let said = folder.run(&["audit", "verify", "--noted", text(&bad)]).failed();
    assert!(said.contains("heads.txt:1: a line of `audit verify` is"), "{said}");
    let missing = folder.run(&["audit", "verify", "--noted", "nowhere.txt"]).failed();
    assert!(missing.contains("cannot read nowhere.txt"), "{missing}");
}

#[tokio::test]
async fn a_load_that_was_broken_off_before_it_was_handed_over_gets_into_the_trail_once() {
    let folder = with_network();
    let databases = folder.platform().await.databases();
    let row = analytics::bulk::FactRow { network_id: network(&folder).await, ..figures() };
    let mut load = Load::begin(&databases.analytics, Source::of_tests()).await.unwrap();
    analytics::bulk::upsert_facts(&mut load, [row]).await.unwrap();
    load.commit().await.unwrap();
    let left = load::waiting(&databases.analytics).await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(folder.run(&["audit", "verify"]).succeeded().contains(" 2 "), "the check takes it over");
    // As if the program had ended between the two databases.
    left[0].clone().into_active_model().insert(&databases.analytics).await.unwrap();
    assert!(folder.run(&["audit", "verify"]).succeeded().contains(" 2 "), "it is there already");
    assert_eq!(load::waiting(&databases.analytics).await.unwrap(), []);
}

async fn network(folder: &Folder) -> Uuid {
    compliance(folder, owner(folder)).await.1
}

/// A day without anything.
fn figures() -> analytics::bulk::FactRow {
    analytics::bulk::FactRow {
        location_id: Uuid::now_v7(),
        date: chrono::NaiveDate::default(),
        network_id: Uuid::nil(),
        currency: "USD".to_owned(),
        revenue: 0,
        transactions: 0,
        appointments_booked: 0,
        appointments_completed: 0,
        appointments_cancelled: 0,
        appointments_no_show: 0,
        clients_served: 0,
        clients_new: 0,
        clients_returning: 0,
        chair_minutes_available: 0,
        chair_minutes_booked: 0,
        staff_minutes: 0,
        satisfaction_sum: 0,
        satisfaction_count: 0,
    }
}
