//! Every stored operation gives the figures that plain SQL over the services' databases gives.
//!
//! The folder of an operation has a statement for each service that knows a part of its answer; the statement
//! yields that part as JSON. Variables are written as in psql, `:'slug'`. `definitions` has views and functions
//! that statements of a service share. None of this is code of the services.

mod parts;

use std::path::{Path, PathBuf};

use parts::{differences, merge};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};

use crate::harness::{
    Bearer, Client, Distributed, Filled, Operation, SMALL, Setup, Units, demo, json as value_of, operations,
    root, rows, within_an_hour,
};

/// Services in the order in which their parts are put together.
const SERVICES: [&str; 4] = ["networks", "analytics", "compliance", "integrations"];

fn folder() -> PathBuf {
    root().join("tests/figures")
}

#[test]
fn every_stored_operation_has_a_check() {
    let entries = std::fs::read_dir(folder()).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let mut checked: Vec<String> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != "definitions")
        .collect();
    checked.sort();
    assert_eq!(checked, operations(), "folders of tests/figures and files of schema/operations");
}

#[tokio::test(flavor = "multi_thread")]
async fn stored_operations_agree_with_plain_sql() {
    let demo = demo(SMALL);
    let platform = Distributed::start(demo, Setup::default()).await;
    define(&platform.services.databases).await;
    let networks = Units::of_networks(&platform.services.databases.networks.connection).await;
    let mut wrong = Vec::new();
    for units in networks.iter().flat_map(|units| [units.clone(), units.at("region")]) {
        let client = platform.client.bearing(Bearer::of(&units["person"]).text());
        for operation in Operation::list(&client.get("/graphql/operations").await) {
            let check = async || check(&client, &platform.services.databases, &operation, &units).await;
            wrong.extend(within_an_hour(check).await);
        }
    }
    assert!(wrong.is_empty(), "{} answers are wrong ({demo:?})\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with an answer.
async fn check(client: &Client, databases: &Filled, operation: &Operation, units: &Units) -> Option<String> {
    let variables = operation.variables(units);
    let expected = expected(databases, &operation.id, units).await;
    let reply = client.operation(&operation.id, &variables).await;
    let wrong = differences(&expected, &reply.data());
    (!wrong.is_empty()).then(|| format!("=== {} {variables}\n{}\n{reply}", operation.id, wrong.join("\n")))
}

/// What an operation should answer.
async fn expected(databases: &Filled, operation: &str, units: &Units) -> Value {
    let mut whole = json!({});
    for (service, database) in by_name(databases) {
        let file = folder().join(operation).join(format!("{service}.sql"));
        if file.exists() {
            merge(&mut whole, value_of(database, &with_variables(&file, units)).await);
        }
    }
    whole
}

fn by_name(databases: &Filled) -> [(&'static str, &DatabaseConnection); 4] {
    let all = databases.by_service();
    SERVICES.map(|service| {
        let (_, database) = all.iter().find(|(name, _)| *name == service).unwrap();
        (service, &database.connection)
    })
}

fn with_variables(file: &Path, units: &Units) -> String {
    let mut sql = std::fs::read_to_string(file).unwrap();
    for (name, value) in units.iter() {
        sql = sql.replace(&format!(":'{name}'"), &format!("'{}'", value.replace('\'', "''")));
    }
    sql
}

/// Makes the views and functions, and copies what analytics is told of networks with every request.
async fn define(databases: &Filled) {
    for (service, database) in by_name(databases) {
        for name in ["all", service] {
            let sql = std::fs::read_to_string(folder().join(format!("definitions/{name}.sql"))).unwrap();
            database.execute_unprepared(&sql).await.unwrap_or_else(|error| panic!("{name}.sql: {error}"));
        }
    }
    let chairs = "select id::text, active_chairs(id)::text from units";
    let chairs = rows::<2>(&databases.networks.connection, chairs).await;
    let values: Vec<String> = chairs.iter().map(|[unit, active]| format!("('{unit}', {active})")).collect();
    let insert = format!("insert into chairs values {}", values.join(", "));
    databases.analytics.connection.execute_unprepared(&insert).await.unwrap();
}
