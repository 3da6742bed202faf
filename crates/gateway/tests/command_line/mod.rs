//! The `gateway` command: what it prints, and how it ends.

mod answers;
mod changes;
mod configuration;
mod draining;
mod encryption;
mod following;
mod log;
mod metrics;
mod redis;
mod reload;
mod schemas;
mod sent_metrics;
mod services;
mod traces;
mod upstream_tls;
mod validation;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Client, PRODUCTS, REVIEWS, Shop, compose};

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.current_dir(folder).env_remove("NO_COLOR");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder).args(arguments).output().unwrap()
}

/// Standard error of a command that fails with an exit code.
#[track_caller]
fn fails(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
    assert!(output.stdout.is_empty() && !text.contains('\u{1b}'), "no colours outside a terminal: {text}");
    text
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Where nobody listens.
const NOBODY: &str = "http://127.0.0.1:9/";

/// A gateway's configuration, beside the shop's subgraphs at these addresses.
fn configured(products: &str, reviews: &str, config: &str) -> TempDir {
    let list = format!(
        "subgraphs:
  products: {{ routing_url: '{products}', schema: {{ file: products.graphql }} }}
  reviews: {{ routing_url: '{reviews}', schema: {{ file: reviews.graphql }} }}
"
    );
    folder(&[
        ("supergraph.yaml", &list),
        ("products.graphql", PRODUCTS),
        ("reviews.graphql", REVIEWS),
        ("gateway.yaml", config),
    ])
}

/// A list of the shop's subgraphs with schemas in files.
fn shop_files() -> TempDir {
    folder(&[
        ("products.graphql", PRODUCTS),
        ("reviews.graphql", REVIEWS),
        (
            "supergraph.yaml",
            "federation_version: =2.9.0
subgraphs:
  products:
    routing_url: ${env.PRODUCTS_URL:-http://127.0.0.1:4001/graphql}
    schema: { file: products.graphql }
  reviews:
    routing_url: ${env.REVIEWS_URL:-http://127.0.0.1:4002/graphql}
    schema: { file: reviews.graphql }
",
        ),
        ("query.graphql", "query Best($id: ID!) { product(id: $id) { name reviews { body } } }"),
    ])
}

/// A running `gateway serve`, ended when dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    client: Client,
    log: Arc<Mutex<String>>,
}

impl Served {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let address = loop {
            let Some(line) = lines.next() else {
                let _ = child.wait();
                panic!("the gateway ended:\n{log}");
            };
            let line = line.unwrap();
            // Outside a terminal a log line is a JSON object.
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = entry["address"].as_str() {
                break address.parse().unwrap();
            }
            log.push_str(&line);
            log.push('\n');
        };
        // The rest is read, so that the gateway never waits for someone to read its log.
        let log = Arc::new(Mutex::new(log));
        let kept = log.clone();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push_str(&format!("{line}\n"));
            }
        });
        Self { child, address, client: Client::new(address), log }
    }

    fn signal(&self, signal: &str) {
        let done = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    fn terminate(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_teaches_with_examples() {
    let here = Path::new(".");
    for (arguments, phrases) in [
        (
            vec!["--help"],
            vec!["Examples:", "gateway serve --supergraph supergraph.graphql", "compose", "plan"],
        ),
        (vec!["serve", "--help"], vec!["curl", "--listen <ADDRESS:PORT>", "--dev"]),
        (
            vec!["compose", "--help"],
            vec!["subgraph_url", "${env.NAME:-default}", "--check-against <FILE>", "Exit codes:"],
        ),
        (vec!["plan", "--help"], vec!["--operation <FILE>", "--format json"]),
    ] {
        let help = succeeds(here, &arguments);
        for phrase in phrases {
            assert!(help.contains(phrase), "{arguments:?} lacks {phrase}\n{help}");
        }
    }
}

#[test]
fn wrong_usage_is_explained() {
    let here = Path::new(".");
    for (arguments, phrase) in [
        (vec!["serv"], "'serve'"),
        (vec!["serve"], "--config <FILE>|--supergraph <FILE>|--compose <FILE>"),
        (vec!["serve", "--supergrph", "a"], "--supergraph"),
        (vec!["serve", "--supergraph", "a", "--compose", "b"], "cannot be used with"),
        (
            vec!["serve", "--supergraph", "a", "--listen", "4000"],
            "an address is an IP address and a port, for example 127.0.0.1:4000",
        ),
        (vec!["compose"], "--config <FILE>"),
        (vec!["compose", "--config", "a", "--operations", "b"], "--check-against <FILE>"),
        (vec!["plan", "--supergraph", "a"], "--operation <FILE>"),
        (
            vec!["plan", "--supergraph", "a", "--operation", "b", "--format", "xml"],
            "[possible values: text, json, mermaid]",
        ),
    ] {
        let text = fails(here, &arguments, 2);
        assert!(text.contains(phrase), "{arguments:?} lacks {phrase}\n{text}");
    }
}

#[test]
fn compose_writes_a_supergraph() {
    let folder = shop_files();
    let printed = succeeds(folder.path(), &["compose", "--config", "supergraph.yaml"]);
    assert!(printed.contains("http://127.0.0.1:4001/graphql") && printed.contains("join__"), "{printed}");
    let nothing =
        succeeds(folder.path(), &["compose", "--config", "supergraph.yaml", "--output", "out.graphql"]);
    assert!(nothing.is_empty());
    assert_eq!(fs::read_to_string(folder.path().join("out.graphql")).unwrap(), printed);
    let to_nowhere = ["compose", "--config", "supergraph.yaml", "--output", "no/such/folder"];
    assert!(fails(folder.path(), &to_nowhere, 1).starts_with("error: no/such/folder: cannot be written"));
}

#[test]
fn schemas_that_do_not_fit_together_are_reported_with_their_places() {
    let folder = shop_files();
    let reviews = REVIEWS.replace("id: ID! reviews", "id: ID! name: Int reviews");
    fs::write(folder.path().join("reviews.graphql"), reviews).unwrap();
    for arguments in [
        &["compose", "--config", "supergraph.yaml"][..],
        &["serve", "--compose", "supergraph.yaml", "--listen", "127.0.0.1:0"],
    ] {
        let text = fails(folder.path(), arguments, 1);
        assert!(text.starts_with("error["), "{text}");
        for phrase in [
            "Product.name",
            "products.graphql:",
            "reviews.graphql:",
            "help: ",
            "the subgraphs do not compose",
        ] {
            assert!(text.contains(phrase), "lacks {phrase}\n{text}");
        }
    }
}

#[test]
fn broken_lists_of_subgraphs_are_reported_with_lines() {
    let folder = folder(&[
        (
            "a.yaml",
            "subgraphs:\n  a:\n    rooting_url: http://127.0.0.1:1\n    schema: { file: a.graphql }\n",
        ),
        (
            "b.yaml",
            "subgraphs:\n  b:\n    routing_url: http://127.0.0.1:1\n    schema: { file: gone.graphql }\n",
        ),
        ("c.yaml", "subgraphs: [\n"),
    ]);
    let compose = |file| fails(folder.path(), &["compose", "--config", file], 1);
    assert_eq!(
        compose("a.yaml"),
        "error: a.yaml:3:5: `subgraphs.a.rooting_url`: unknown key; did you mean `routing_url`?\n"
    );
    assert!(compose("b.yaml").contains("gone.graphql: cannot be read"), "{}", compose("b.yaml"));
    assert!(compose("c.yaml").contains("not valid YAML"), "{}", compose("c.yaml"));
    assert!(compose("d.yaml").contains("d.yaml: cannot be read"), "{}", compose("d.yaml"));
}

#[tokio::test]
async fn schemas_come_from_running_services() {
    let shop = Shop::open().await;
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    let list = format!(
        "subgraphs:\n  products: {{ schema: {{ subgraph_url: \"{products}\" }} }}\n  \
         reviews: {{ schema: {{ subgraph_url: \"{reviews}\" }} }}\n"
    );
    let folder = folder(&[("supergraph.yaml", &list)]);
    let path = folder.path().to_owned();
    let printed =
        tokio::task::spawn_blocking(move || succeeds(&path, &["compose", "--config", "supergraph.yaml"]))
            .await
            .unwrap();
    assert!(printed.contains(products), "{printed}");
}

#[tokio::test]
async fn services_that_tell_no_schema_are_named() {
    let shop = Shop::open().await;
    let [(_, _, products), _] = shop.subgraphs();
    let list = format!(
        "subgraphs:\n  down: {{ schema: {{ subgraph_url: http://127.0.0.1:9/graphql }} }}\n  \
         wrong: {{ schema: {{ subgraph_url: \"{products}/nothing\" }} }}\n"
    );
    let folder = folder(&[("supergraph.yaml", &list)]);
    let path = folder.path().to_owned();
    let text =
        tokio::task::spawn_blocking(move || fails(&path, &["compose", "--config", "supergraph.yaml"], 1))
            .await
            .unwrap();
    assert!(
        text.contains("subgraph `down`: http://127.0.0.1:9/graphql cannot be asked for its schema"),
        "{text}"
    );
    assert!(text.contains("subgraph `wrong`: ") && text.contains("HTTP status 404"), "{text}");
}

#[test]
fn plan_shows_how_an_operation_is_split() {
    let folder = shop_files();
    fs::write(
        folder.path().join("supergraph.graphql"),
        compose(&[("p", PRODUCTS, "http://p"), ("r", REVIEWS, "http://r")]),
    )
    .unwrap();
    let text =
        succeeds(folder.path(), &["plan", "--compose", "supergraph.yaml", "--operation", "query.graphql"]);
    assert!(text.contains("products") && text.contains("reviews"), "{text}");
    let arguments =
        ["plan", "--supergraph", "supergraph.graphql", "--operation", "query.graphql", "--format", "json"];
    let plan: serde_json::Value = serde_json::from_str(&succeeds(folder.path(), &arguments)).unwrap();
    assert_eq!(plan["kind"], "query");
    let arguments =
        ["plan", "--supergraph", "supergraph.graphql", "--operation", "query.graphql", "--format", "mermaid"];
    let picture = succeeds(folder.path(), &arguments);
    assert!(picture.starts_with("flowchart") && picture.contains("-->"), "{picture}");
    let fetches = plan["fetches"].as_array().unwrap();
    let summary: Vec<_> =
        fetches.iter().map(|fetch| (&fetch["subgraph"], &fetch["kind"], &fetch["dependsOn"])).collect();
    assert_eq!(
        summary,
        [(&json!("p"), &json!("root"), &json!([])), (&json!("r"), &json!("entities"), &json!([0]))]
    );
}

#[test]
fn operations_that_cannot_be_planned_are_reported_with_their_places() {
    let folder = shop_files();
    let cases = [
        ("query {\n  nothing\n}", vec![], "query.graphql:2:3: "),
        ("query {", vec![], "query.graphql:1:"),
        ("query A { products { id } } query B { products { id } }", vec![], "the document has 2 operations"),
        ("query A { products { id } }", vec!["--name", "B"], "no operation named `B`"),
        (
            "query A($x: Boolean!) { products { id name @include(if: $x) } }",
            vec![],
            "the plan depends on `$x`; give values with --variables",
        ),
        (
            "query A($x: Boolean!) { products { id name @include(if: $x) } }",
            vec!["--variables", "{}"],
            "`$x`",
        ),
    ];
    for (text, more, phrase) in cases {
        fs::write(folder.path().join("query.graphql"), text).unwrap();
        let mut arguments = vec!["plan", "--compose", "supergraph.yaml", "--operation", "query.graphql"];
        arguments.extend(more);
        let printed = fails(folder.path(), &arguments, 1);
        assert!(printed.contains(phrase), "{text}: lacks {phrase}\n{printed}");
    }
    let gone = ["plan", "--compose", "supergraph.yaml", "--operation", "gone.graphql"];
    assert!(fails(folder.path(), &gone, 1).starts_with("error: gone.graphql: cannot be read"));
}

#[tokio::test]
async fn serve_needs_no_more_than_a_supergraph() {
    let shop = Shop::open().await;
    let folder = folder(&[("supergraph.graphql", &compose(&shop.subgraphs()))]);
    let arguments = ["serve", "--supergraph", "supergraph.graphql", "--listen", "127.0.0.1:0"];
    let served = Served::start(command(folder.path()).args(arguments));
    let reply = served.client.query("{ product(id: 1) { name reviews { stars } } }").await;
    assert_eq!(
        reply.data()["product"],
        json!({ "name": "Table", "reviews": [{ "stars": 5 }, { "stars": 2 }] })
    );
    assert_eq!(served.client.get("/ready", &[]).await.json()["status"], "ready");
    assert_eq!(served.terminate(), Some(0), "SIGTERM ends the gateway in good order");
}

#[tokio::test]
async fn serve_composes_a_list_with_urls_of_the_environment() {
    let shop = Shop::open().await;
    let [(_, _, products), (_, _, reviews)] = shop.subgraphs();
    let folder = shop_files();
    let mut command = command(folder.path());
    command.args(["serve", "--compose", "supergraph.yaml", "--listen", "127.0.0.1:0", "--dev"]);
    let served = Served::start(command.env("PRODUCTS_URL", products).env("REVIEWS_URL", reviews));
    let reply =
        served.client.query("{ product(id: 1) { reviews { stars } } __schema { queryType { name } } }").await;
    assert_eq!(reply.data()["product"]["reviews"].as_array().unwrap().len(), 2);
    assert_eq!(served.client.get("/", &[]).await.status, 200, "development mode has the explorer page");
}

#[tokio::test]
async fn serve_follows_its_configuration() {
    let shop = Shop::open().await;
    let folder = folder(&[
        ("supergraph.graphql", &compose(&shop.subgraphs())),
        ("names.graphql", "query Names { products { name } }"),
        (
            "gateway.yaml",
            "listen: 127.0.0.1:0
supergraph: supergraph.graphql
http: { prefixes: [/shop] }
operations: { folder: . }
",
        ),
    ]);
    // The supergraph is no operation: it stands in the same folder to be found as a mistake.
    let text = fails(folder.path(), &["serve", "--config", "gateway.yaml"], 1);
    assert!(text.contains("supergraph.graphql:"), "{text}");
    fs::create_dir(folder.path().join("operations")).unwrap();
    fs::rename(folder.path().join("names.graphql"), folder.path().join("operations/names.graphql")).unwrap();
    let arguments = ["serve", "--config", "gateway.yaml", "--operations", "operations"];
    let served = Served::start(command(folder.path()).args(arguments));
    let reply = served.client.get("/shop/graphql/operations/names", &[("accept", "application/json")]).await;
    assert_eq!(reply.data()["products"], json!([{ "name": "Table" }, { "name": "Chair" }]));
}

#[test]
fn serve_explains_why_it_cannot_start() {
    let supergraph = compose(&[("p", PRODUCTS, "http://127.0.0.1:4001")]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder(&[
        ("supergraph.graphql", &supergraph),
        ("subgraph.graphql", "type Query { a: Int }"),
        ("text.graphql", "supergraph"),
        ("no-url.graphql", &compose(&[("p", PRODUCTS, "")])),
        ("gateway.yaml", "supergraph: supergraph.graphql\nlisten: 127.0.0.1:0\nhtpp: {}\ndev: yes please\n"),
        ("filter.yaml", "supergraph: supergraph.graphql\ntelemetry: { log_filter: \"gateway=loud\" }\n"),
        (
            "keys.yaml",
            "supergraph: supergraph.graphql\nlisten: 127.0.0.1:0\ncallers: { keys: [ { jwks_file: gone.json } ] }\n",
        ),
        (
            "metrics.yaml",
            &format!(
                "supergraph: supergraph.graphql\nlisten: 127.0.0.1:0\ntelemetry: {{ metrics_listen: {address} }}\n"
            ),
        ),
    ]);
    let cases: [(&[&str], &[&str]); 9] = [
        (
            &["--config", "metrics.yaml"],
            &["the port is taken; stop the other program or choose another with `telemetry.metrics_listen`"],
        ),
        (
            &["--supergraph", "supergraph.graphql", "--listen", &address],
            &[
                "cannot listen on 127.0.0.1:",
                "the port is taken; stop the other program or choose another with --listen",
            ],
        ),
        (&["--supergraph", "gone.graphql"], &["error: gone.graphql: cannot be read (No such file"]),
        (&["--supergraph", "subgraph.graphql"], &["subgraph.graphql: ", "a supergraph schema is needed"]),
        (&["--supergraph", "text.graphql"], &["text.graphql: ", "not a valid GraphQL schema"]),
        (
            &["--supergraph", "no-url.graphql"],
            &["`upstream.subgraphs.p`: the supergraph's routing URL cannot be used"],
        ),
        (
            &["--config", "gateway.yaml"],
            &[
                "gateway.yaml:3:1: `htpp`: unknown key; did you mean `http`?",
                "gateway.yaml:4:6: `dev`: expected `true` or `false`",
            ],
        ),
        (&["--config", "filter.yaml"], &["`telemetry.log_filter` is not understood"]),
        (&["--config", "keys.yaml"], &["`callers.keys[0].jwks_file`: `", "gone.json` cannot be read"]),
    ];
    for (arguments, phrases) in cases {
        let mut all = vec!["serve"];
        all.extend_from_slice(arguments);
        if !arguments.contains(&"--config") && !arguments.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        let text = fails(folder.path(), &all, 1);
        for phrase in phrases {
            assert!(text.contains(phrase), "{all:?} lacks {phrase}\n{text}");
        }
    }
}
