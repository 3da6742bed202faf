//! `franchise demo` as a program on PostgreSQL: what it makes, and what repeating it does.

use std::collections::BTreeMap;
use std::process::Command;

use chrono::{Days, NaiveDate, Utc};
use franchise::token::ISSUER;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::Value;

use crate::harness::{Named, SERVICES, USER_SECRET, printed, program, rows};

/// One group of two locations in each of ten regions.
const LITTLE: [&str; 6] = ["--days", "30", "--groups-per-region", "1", "--locations-per-group", "2"];

fn demo(databases: &Named, made_on: NaiveDate, size: &[&str]) -> Command {
    let mut command = Command::new(program("franchise"));
    command.args(["demo", "--databases", &databases.url, "--made-on", &made_on.to_string()]).args(size);
    command
}

/// The number of rows of every table, by service and name.
async fn counts(databases: &Named) -> BTreeMap<String, String> {
    let mut counts = BTreeMap::new();
    for service in SERVICES {
        let database = databases.open(service).await;
        let tables = "select table_name::text from information_schema.tables where table_schema = 'public'";
        for [table] in rows::<1>(&database, tables).await {
            let sql = format!("select count(*)::text from \"{table}\"");
            let [[count]] = rows::<1>(&database, &sql).await.try_into().unwrap();
            counts.insert(format!("{service}.{table}"), count);
        }
        database.close().await.unwrap();
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn demo_data_is_complete_and_repeating_it_doubles_nothing() {
    let databases = Named::new();
    databases.create().await;
    let today = Utc::now().date_naive();
    let made_on = today - Days::new(3);
    let said = printed(&mut demo(&databases, made_on, &LITTLE));
    let repeat = format!("repeat with `--made-on {made_on} {}`", LITTLE.join(" "));
    assert!(said.contains(&repeat), "{said}");

    let made = counts(&databases).await;
    let table = |name: &str| made[name].parse::<u64>().unwrap();
    let units = ["networks", "regions", "location_groups", "locations"];
    let units = units.map(|name| table(&format!("networks.{name}")));
    assert_eq!(units, [2, 10, 10, 20]);
    for service in SERVICES {
        assert_eq!(table(&format!("{service}.directory_units")), units.iter().sum::<u64>(), "{service}");
        let memberships = table(&format!("{service}.directory_memberships"));
        assert_eq!(memberships, table("networks.memberships"), "{service}");
    }
    let stray = "select count(*)::text from daily_facts f left join directory_units u on u.id = f.location_id
        where u.id is null or u.kind <> 'LOCATION' or u.network_id <> f.network_id";
    let extent = "select min(date)::text, max(date)::text, count(distinct network_id)::text from daily_facts";
    let analytics = databases.open("analytics").await;
    assert_eq!(rows::<1>(&analytics, stray).await, [["0"]]);
    let [first, last] = [made_on - Days::new(30), today - Days::new(1)].map(|day| day.to_string());
    assert_eq!(rows::<3>(&analytics, extent).await, [[first, last, "2".to_owned()]]);
    assert!(table("compliance.requirements") > 0 && table("integrations.integrations") > 0, "{made:#?}");

    printed(&mut demo(&databases, made_on, &LITTLE));
    assert_eq!(counts(&databases).await, made, "repeated");
    for (day, size) in [(today, &LITTLE[..]), (made_on, &LITTLE[..4])] {
        let output = demo(&databases, day, size).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("hold other networks than the demo"), "{said}");
    }
    assert_eq!(counts(&databases).await, made, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_for_the_owners_of_the_networks() {
    let databases = Named::new();
    databases.create().await;
    printed(&mut demo(&databases, Utc::now().date_naive(), &LITTLE));
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("user.secret");
    std::fs::write(&secret, USER_SECRET).unwrap();
    let owners = "select n.code, m.person_id::text from networks n
        join memberships m on m.unit_id = n.id and m.role = 'OWNER' order by n.id";
    let owners = rows::<2>(&databases.open("networks").await, owners).await;
    let subject = |unit: Option<&str>| {
        let mut command = Command::new(program("franchise"));
        command.args(["token", "--databases", &databases.url, "--secret-file"]).arg(&secret);
        let token = printed(command.args(unit.map(|unit| ["--unit", unit]).into_iter().flatten()));
        let mut validation = Validation::default();
        validation.set_audience(&[ISSUER]);
        let key = DecodingKey::from_secret(USER_SECRET.as_bytes());
        let decoded = decode::<Value>(token.trim(), &key, &validation).unwrap();
        decoded.claims["sub"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject(None), owners[0][1], "of the first network");
    for [slug, owner] in &owners {
        assert_eq!(subject(Some(slug)), *owner, "{slug}");
    }
}
