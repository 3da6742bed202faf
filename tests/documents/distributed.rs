//! docs/distributed.md: databases get data, services and gateway start, tokens open, all by the programs themselves.

use std::process::Command;

use http::Method;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};
use subgraph::testing::postgres_server;

use super::blocks::command_lines;
use super::page::Page;
use crate::harness::{Client, Named, printed, program};

const DOCUMENT: &str = "docs/distributed.md";

/// Our programs, which the document's commands start.
const PROGRAMS: [&str; 6] = ["franchise", "gateway", "networks", "analytics", "compliance", "integrations"];

/// Every flag in the document's commands is one the program has.
#[test]
fn the_documented_flags_exist() {
    let mut checked = 0;
    for line in command_lines(DOCUMENT) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| PROGRAMS.contains(word)) else { continue };
        let [name, command, arguments @ ..] = &words[at..] else { continue };
        let help = Command::new(program(name)).args([command, "--help"]).output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        for flag in arguments.iter().filter(|word| word.starts_with("--")) {
            let flag = flag.split('=').next().unwrap();
            assert!(help.contains(flag), "{DOCUMENT}: `{name} {command}` has no `{flag}`\n{line}\n{help}");
            checked += 1;
        }
    }
    assert!(checked >= 10, "{checked} flags in {DOCUMENT}");
}

const LOCATIONS: &str = "code,name,region,group,country,time_zone,currency,chairs_total\n\
    A-1,First,N,N1,US,America/New_York,USD,4\nA-2,Second,N,N1,US,America/New_York,USD,3\n";

const FIGURES: &str =
    "location,date,revenue,transactions\nA-1,2026-01-02,1234.50,31\nA-2,2026-01-03,765.50,20\n";

/// What is asked of the imported network.
const QUERY: &str = "{ network(slug: \"acme\") { locationCount
    performance(range: { from: \"2026-01-01\", to: \"2026-01-31\" }) { figures { revenue { amountMinor } } }
    complianceScore { reason } integrationHealth { total } } }";

fn expected() -> Value {
    json!({ "network": {
        "locationCount": 2,
        "performance": { "figures": { "revenue": { "amountMinor": 200_000 } } },
        "complianceScore": { "reason": "NO_REQUIREMENTS" },
        "integrationHealth": { "total": 0 },
    } })
}

/// The page from its first line to its last, with both kinds of data: what it starts answers as it says.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_as_written() {
    let databases = Named::new();
    let mut page = Page::new(&[("locations.csv", LOCATIONS), ("2026.csv", FIGURES)]);
    page.read("createdb ", &format!("createdb {}", databases.prefix));
    page.read("postgres://$USER@127.0.0.1:5432/{service}", &databases.url);
    page.read("franchise demo", "franchise demo --days 60 --groups-per-region 1 --locations-per-group 2");
    let mut printed = String::new();
    for line in command_lines(DOCUMENT) {
        // The programs are there already.
        if !line.starts_with("cargo build") {
            printed = page.run(&line);
        }
    }
    let answer: Value = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
    let [network, revenue] = ["/data/network/name", "/data/network/performance/figures/revenue/amountMinor"]
        .map(|path| answer.pointer(path).unwrap_or(&Value::Null));
    assert!(answer.get("errors").is_none() && network.is_string() && revenue.is_i64(), "{answer:#}");

    let token =
        page.run("franchise token --databases \"$DATABASES\" --secret-file deploy/user.secret --unit acme");
    let client = Client::new(page.address("gateway")).bearing(token.trim());
    let reply = client.query(QUERY, &json!({})).await;
    assert_eq!(reply.data(), expected(), "{reply}");
    let headers = [("accept", "application/json"), ("content-type", "application/json")];
    let path = "/api/v2/franchise/graphql?query=%7B__typename%7D";
    let also = client.send(Method::GET, path, &headers, String::new()).await;
    assert_eq!(also.data(), json!({ "__typename": "Query" }), "{also}");

    let admin = Database::connect(format!("{}/postgres", postgres_server())).await.unwrap();
    let service = Client::new(page.address("compliance"));
    assert_eq!(service.get("/ready").await.status, 200, "its database is there");
    admin
        .execute_unprepared(&format!("DROP DATABASE {}compliance WITH (FORCE)", databases.prefix))
        .await
        .unwrap();
    let ready = service.get("/ready").await;
    assert_eq!((ready.status, ready.body.as_str()), (503, "the database does not answer"), "{ready}");
    assert_eq!(service.get("/health").await.status, 200, "it lives on");
    let reply = client.query(QUERY, &json!({})).await;
    let mut wanted = expected();
    wanted["network"]["complianceScore"] = Value::Null;
    assert_eq!(reply.json()["data"], wanted, "{reply}");
}

/// The other order: a network of one's own first. Demo data is then refused.
#[tokio::test(flavor = "multi_thread")]
async fn demo_data_is_refused_beside_imported_networks() {
    let databases = Named::new();
    databases.create().await;
    let folder = tempfile::tempdir().unwrap();
    let locations = folder.path().join("locations.csv");
    std::fs::write(&locations, LOCATIONS).unwrap();
    let mut import = Command::new(program("franchise"));
    import.args(["import", "--databases", &databases.url, "--network", "acme", "--create-network", "Acme"]);
    printed(import.arg("--locations").arg(locations));
    let mut demo = Command::new(program("franchise"));
    let output = demo.args(["demo", "--databases", &databases.url]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("hold other networks than the demo"), "{said}");
}
