//! README.md: its query gives an answer of the shape it shows, and its commands do what they say.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::blocks::{blocks, command_lines};
use crate::harness::{Client, Program, SMALL, demo, program, root};

/// The address in the commands of README.md.
const ADDRESS: &str = "127.0.0.1:4000";

/// Starts the platform as `cargo run` does, on a free port and with little demo data.
fn start(data: &Path) -> Program {
    let demo = demo(SMALL);
    let file = json!({ "seed": demo.seed, "made_on": demo.made_on, "scale": demo.scale });
    std::fs::create_dir_all(data).unwrap();
    std::fs::write(data.join("demo.json"), file.to_string()).unwrap();
    let mut command = Command::new(program("franchise"));
    Program::start("franchise", command.args(["--listen", "127.0.0.1:0", "--data"]).arg(data))
}

fn shell(line: &str) -> Output {
    Command::new("sh").args(["-ec", line]).current_dir(root()).output().unwrap()
}

/// The JSON that a shell line prints.
#[track_caller]
fn json_of(line: &str) -> Value {
    let output = shell(line);
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{printed}\n{said}");
    serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{line}\n{error}: {printed}\n{said}"))
}

/// The keys of objects, the length of lists (none or some), and the types of everything else.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => members.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::String(_) => "text".into(),
        Value::Number(_) => "number".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Null => Value::Null,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_and_the_query_work_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let platform = start(&data);
    let address = platform.address.to_string();

    let printed = line_starting(&platform, "curl ");
    let answer = json_of(&printed);
    assert!(answer["data"]["networks"]["nodes"][0]["complianceScore"]["score"].is_number(), "{answer:#}");

    let franchise = format!("{} token --data {}", program("franchise").display(), data.display());
    let lines = command_lines("README.md");
    let token = lines.iter().find(|line| line.starts_with("TOKEN=")).expect("a line that sets TOKEN");
    let curl = lines.iter().find(|line| line.starts_with("curl ")).expect("a line with curl");
    let line =
        format!("{token}\n{curl}").replace("cargo run -q -- token", &franchise).replace(ADDRESS, &address);
    assert!(line.contains(&franchise) && line.contains(&address), "{line}");
    let answer = json_of(&line);
    assert!(answer.get("errors").is_none() && answer["data"]["network"]["name"].is_string(), "{answer:#}");

    let token = String::from_utf8(shell(&franchise).stdout).unwrap();
    let [query] = blocks("README.md", "graphql").try_into().expect("one query");
    let [shown] = blocks("README.md", "json").try_into().expect("its answer");
    let reply = Client::new(platform.address).bearing(token.trim()).query(&query, &json!({})).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shape(&reply.json()), shape(&shown), "{reply}");

    let narrowed = lines_with("README.md", "franchise token --role").remove(0);
    let narrowed = narrowed.replacen("franchise", &program("franchise").display().to_string(), 1);
    let token = shell(&format!("{narrowed} --data {}", data.display()));
    let token = String::from_utf8(token.stdout).unwrap();
    let client = Client::new(platform.address).bearing(token.trim());
    let reply = client.query("{ me { grants { role unit { code } } } }", &json!({})).await;
    assert_eq!(
        reply.data()["me"]["grants"],
        json!([{ "role": "ANALYST", "unit": { "code": "NE" } }]),
        "{reply}"
    );
}

/// Lines of code in the text of a document that start with some words.
fn lines_with(document: &str, start: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(document)).unwrap();
    let code = text.split('`').filter(|code| code.starts_with(start)).map(str::to_owned).collect::<Vec<_>>();
    assert!(!code.is_empty(), "{document} has no `{start}`");
    code
}

/// A line of a program's output, once it is there.
fn line_starting(program: &Program, start: &str) -> String {
    loop {
        let output = program.output();
        if let Some(line) = output.lines().map(str::trim).find(|line| line.starts_with(start)) {
            return line.to_owned();
        }
        std::thread::yield_now();
    }
}

#[test]
fn the_gateways_commands_work_as_written() {
    let gateway = program("gateway").display().to_string();
    let lines = command_lines("README.md");
    let lines: Vec<&String> = lines.iter().filter(|line| line.contains(" gateway -- ")).collect();
    assert!(lines.len() >= 3, "{lines:?}");
    for line in lines {
        let (_, arguments) = line.split_once(" -- ").unwrap();
        // Serving does not end; it is started by other tests.
        if !arguments.starts_with("serve ") {
            let output = shell(&format!("{gateway} {arguments}"));
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !output.stdout.is_empty(), "{line}\n{said}");
        }
    }
}
