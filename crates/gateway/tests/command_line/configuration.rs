//! `gateway config`: files are checked and explained, and what is generated from the structs is up to date.

use std::path::{Path, PathBuf};

use super::{fails, folder, shop_files, succeeds};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_reference_and_the_schema_are_as_the_structs_are() {
    for (command, file) in [("reference", "docs/configuration.md"), ("schema", "deploy/gateway.schema.json")]
    {
        let made = succeeds(&root(), &["config", command]);
        let found = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(made == found, "{file} is stale: run `cargo run -p gateway -- config {command} > {file}`");
    }
}

#[test]
fn a_file_is_checked_alone_or_with_what_it_names() {
    let folder = shop_files();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("gateway.yaml", "compose: supergraph.yaml\noperations: { folder: operations }\n");
    let good = "gateway.yaml: no problem found\n";
    assert_eq!(succeeds(folder.path(), &["config", "check", "gateway.yaml"]), good);
    let said = fails(folder.path(), &["config", "check", "--all", "gateway.yaml"], 1);
    assert!(said.contains("operations: the folder cannot be read"), "{said}");
    std::fs::create_dir(folder.path().join("operations")).unwrap();
    assert_eq!(succeeds(folder.path(), &["config", "check", "--all", "gateway.yaml"]), good);
    write("gateway.yaml", "compose: supergraph.yaml\nhtpp: {}\ndev: maybe\n");
    let said = fails(folder.path(), &["config", "check", "gateway.yaml"], 1);
    assert_eq!(
        said,
        "error: gateway.yaml:2:1: `htpp`: unknown key; did you mean `http`?\ngateway.yaml:3:6: `dev`: expected \
         `true` or `false`\n"
    );
    fails(folder.path(), &["config", "check"], 2);
}

#[test]
fn what_takes_effect_is_shown() {
    let folder = folder(&[("gateway.yaml", "supergraph: a.graphql\ndev: true\n")]);
    let shown = succeeds(folder.path(), &["config", "show", "gateway.yaml"]);
    let line =
        |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_else(|| panic!("{shown}"));
    assert!(line("dev: true ").ends_with("# gateway.yaml:2"), "{shown}");
    assert!(line("listen: 127.0.0.1:4000 ").ends_with("# default"), "{shown}");
}

/// What is in a file, as an editor's validator meets it.
fn parsed(text: &str) -> serde_json::Value {
    serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn an_editor_with_the_schema_and_the_gateway_agree_on_files() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let schema = serde_json::from_str(&read("deploy/gateway.schema.json")).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let faults = |text: &str| -> Vec<String> {
        let file = parsed(text);
        validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
    };
    let deployed = faults(&read("deploy/gateway.yaml"));
    assert!(deployed.is_empty(), "deploy/gateway.yaml: {deployed:#?}");
    let good = [
        "listen: 127.0.0.1:0\ndev: true",
        "dev: ${env.DEV:-true}\nlimits: { max_depth: '${env.DEPTH:-5}' }",
        "http: { request_timeout: 250ms, max_body_size: 64KiB, cors_origins: ['*'] }",
        "http: { tls: { certificate_file: a.pem, key_file: a.key } }",
        "contracts: [{ anonymous: true, include_tags: [public] }]",
        "limits: { max_cost: 5, roles: { analyst: { max_cost: 7 } }, shadow: { everyone: { max_depth: 3 } } }",
        "upstream: { subgraphs: { a: { timeout: 1s, tls: { server_name: a.internal } } } }",
        "telemetry: { log_format: json, otlp: { endpoint: 'http://localhost:4317' } }",
    ];
    let bad = [
        "htpp: {}",
        "dev: maybe",
        "http: { request_timeout: 30 }",
        "http: { request_timeout: 30 parsecs }",
        "http: { max_body_size: much }",
        "http: { max_connections: -1 }",
        "http: { tls: { certificate_file: a.pem } }",
        "http: { cors_origins: '*' }",
        "limits: { max_depth: deep }",
        "telemetry: { log_format: verse }",
        "upstream: { subgraphs: { a: { subscriptions: { protocol: pigeon } } } }",
    ];
    for (text, is_good) in good.map(|text| (text, true)).into_iter().chain(bad.map(|text| (text, false))) {
        let whole = format!("supergraph: a.graphql\n{text}\n");
        let folder = folder(&[("gateway.yaml", &whole)]);
        let told = super::run(folder.path(), &["config", "check", "gateway.yaml"]);
        let told = (told.status.success(), String::from_utf8_lossy(&told.stderr).into_owned());
        assert_eq!(told.0, is_good, "the gateway on `{text}`: {}", told.1);
        let faults = faults(&whole);
        assert_eq!(faults.is_empty(), is_good, "the schema on `{text}`: {faults:#?}");
    }
}

#[test]
fn contracts_that_contradict_each_other_are_refused_with_their_places() {
    let text = "supergraph: a.graphql
contracts:
  - roles: [PARTNER]
  - { anonymous: true, include_tags: [a, b], exclude_tags: [b] }
  - { anonymous: true, roles: [PARTNER], exclude_tags: [c], scopes: [read] }
  - { exclude_tags: [d] }
  - { roles: [AUDITOR], exclude_tags: [e] }
";
    let folder = folder(&[("gateway.yaml", text)]);
    let said = fails(folder.path(), &["config", "check", "gateway.yaml"], 1);
    let expected = "error: gateway.yaml:3:5: `contracts[0]`: hides nothing; set `include_tags`, `exclude_tags` or `hide_protected`
gateway.yaml:4:46: `contracts[1].exclude_tags`: `b` is included as well; remove one
gateway.yaml:5:7: `contracts[2].anonymous`: `contracts[1]` is for these callers already
gateway.yaml:5:24: `contracts[2].roles`: `contracts[0]` is for the role `PARTNER` already
gateway.yaml:5:61: `contracts[2].scopes`: has no effect without `hide_protected`
gateway.yaml:7:5: `contracts[4]`: is never reached: `contracts[3]` is for all callers
";
    assert_eq!(said, expected);
}
