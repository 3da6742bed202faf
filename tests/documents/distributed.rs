//! docs/distributed.md: databases get data, services and gateway start, tokens open, all by the programs themselves.

use std::process::Command;

use serde_json::json;
use subgraph::testing::postgres_server;

use super::blocks::command_lines;
use crate::harness::{Client, Program, USER_SECRET, program, root};
use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

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

/// Four empty databases of this test, by a URL with `{service}` in it.
async fn empty_databases() -> String {
    let server = postgres_server();
    let prefix = format!("d{}_", Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres")).await.unwrap();
    for service in ["networks", "analytics", "compliance", "integrations"] {
        admin.execute_unprepared(&format!("CREATE DATABASE {prefix}{service}")).await.unwrap();
    }
    admin.close().await.unwrap();
    format!("{server}/{prefix}{{service}}")
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const LOCATIONS: &str = "code,name,region,group,country,time_zone,currency,chairs_total\n\
    A-1,First,N,N1,US,America/New_York,USD,4\nA-2,Second,N,N1,US,America/New_York,USD,3\n";

/// The way of the document with a user's own data: databases, secrets, import, services, gateway, token, question.
#[tokio::test(flavor = "multi_thread")]
async fn imported_data_is_served_by_five_processes() {
    let databases = empty_databases().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (user, internal) =
        (write("user.secret", USER_SECRET), write("internal.secret", &USER_SECRET.repeat(2)));
    let figures = "location,date,revenue,transactions\nA-1,2026-01-02,1234.50,31\nA-2,2026-01-03,765.50,20\n";
    let mut import = Command::new(program("franchise"));
    import.args(["import", "--databases", &databases, "--network", "acme", "--create-network", "Acme"]);
    import.arg("--locations").arg(write("locations.csv", LOCATIONS));
    succeeds(import.arg("--performance").arg(write("figures.csv", figures)));

    let mut services: Vec<(&str, Program)> = Vec::new();
    for name in ["networks", "analytics", "compliance", "integrations"] {
        let mut command = Command::new(program(name));
        command.args(["serve", "--listen", "127.0.0.1:0"]).arg("--internal-secret-file").arg(&internal);
        command.args(["--database", &databases.replace("{service}", name)]);
        if let Some((_, networks)) = services.first() {
            command.args(["--networks-url", &format!("http://{}", networks.address)]);
        }
        services.push((name, Program::start(name, &mut command)));
    }
    let mut command = Command::new(program("gateway"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--config", "deploy/gateway.yaml"]).current_dir(root());
    command.env("USER_SECRET_FILE", &user).env("INTERNAL_SECRET", USER_SECRET.repeat(2));
    for (name, service) in &services {
        command.env(format!("{}_URL", name.to_uppercase()), format!("http://{}/graphql", service.address));
    }
    let gateway = Program::start("gateway", &mut command);

    let mut token = Command::new(program("franchise"));
    token.args(["token", "--databases", &databases, "--secret-file"]).arg(&user);
    let token = succeeds(&mut token);
    let client = Client::new(gateway.address).bearing(token.trim());
    let query = "{ network(slug: \"acme\") { locationCount
        performance(range: { from: \"2026-01-01\", to: \"2026-01-31\" }) { figures { revenue { amountMinor } } }
        complianceScore { reason } integrationHealth { total } } }";
    let reply = client.query(query, &json!({})).await;
    let expected = json!({ "network": {
        "locationCount": 2,
        "performance": { "figures": { "revenue": { "amountMinor": 200_000 } } },
        "complianceScore": { "reason": "NO_REQUIREMENTS" },
        "integrationHealth": { "total": 0 },
    } });
    assert_eq!(reply.data(), expected, "{reply}");
    let also = client
        .send(
            http::Method::GET,
            "/api/v2/franchise/graphql?query=%7B__typename%7D",
            &[("accept", "application/json"), ("content-type", "application/json")],
            String::new(),
        )
        .await;
    assert_eq!(also.data(), json!({ "__typename": "Query" }), "{also}");

    let mut demo = Command::new(program("franchise"));
    let output = demo.args(["demo", "--databases", &databases]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("hold other networks than the demo"), "{said}");
}
