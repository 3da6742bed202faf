//! Configuration files, good and bad.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::problem::nearest;
use super::{Anonymous, ByteSize, Config, Problems, Shown, SubgraphsFile, Time};

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.yaml");
    std::fs::write(&path, text).unwrap();
    Config::load(&path, &environment(variables)).map_err(|problems| shown(&problems, folder.path()))
}

fn load_subgraphs(text: &str) -> Result<SubgraphsFile, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supergraph.yaml");
    std::fs::write(&path, text).unwrap();
    SubgraphsFile::load(&path, &environment(&[])).map_err(|problems| shown(&problems, folder.path()))
}

fn shown(problems: &Problems, folder: &Path) -> String {
    problems.to_string().replace(&format!("{}/", folder.display()), "")
}

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let problems = load(text, &[]).expect_err("the configuration is accepted");
    assert_eq!(problems, expected.join("\n"), "for\n{text}");
}

#[test]
fn a_small_file_is_completed_by_defaults() {
    let config = load("supergraph: graph.graphql\n", &[]).unwrap();
    assert!(config.supergraph.unwrap().is_absolute(), "relative to the file's folder");
    assert_eq!(config.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(config.http.max_body_size, ByteSize::mebibytes(1));
    assert_eq!(config.http.explorer, Shown::Dev);
    assert_eq!(config.callers.anonymous(), Anonymous::Allow);
    assert!(!config.dev);
}

#[test]
fn every_section_is_read() {
    let text = "
listen: 0.0.0.0:${env.PORT:-8080}
dev: ${env.DEV}
compose: supergraph.yaml
http:
  prefixes: [/api/v2/shop]
  request_timeout: 1500ms
  max_body_size: 64KiB
  max_connections: ${env.CONNECTIONS}
callers:
  keys:
    - algorithm: HS256
      secret: ${env.SECRET}
    - jwks_file: keys.json
  issuer: https://issuer.example
  internal_token:
    secret: ffffffffffffffffffffffffffffffff
    claims: [narrow]
upstream:
  timeout: 2s
  subgraphs:
    products: { url: http://127.0.0.1:4001/graphql, http2: true }
planning:
  override_labels: [new-fees]
  batch_entities: true
telemetry:
";
    let secret = "0123456789abcdef0123456789abcdef";
    let variables = [("DEV", "true"), ("SECRET", secret), ("CONNECTIONS", "7")];
    let config = load(text, &variables).unwrap();
    assert_eq!(config.listen.port(), 8080);
    assert!(config.dev);
    assert_eq!(config.http.request_timeout, Time(Duration::from_millis(1500)));
    assert_eq!(config.http.max_body_size, ByteSize(64 * 1024));
    assert_eq!(config.http.max_connections, 7);
    assert_eq!(config.callers.anonymous(), Anonymous::Refuse);
    assert_eq!(config.callers.internal_token.as_ref().unwrap().lifetime, Time::seconds(60));
    assert!(config.upstream.subgraphs["products"].http2);
    assert_eq!(config.engine().override_labels, [std::sync::Arc::<str>::from("new-fees")]);
    assert!(config.engine().batch_entities);
    assert_eq!(config.callers.keys[0].secret.as_ref().unwrap().reveal(), secret);
    assert!(!format!("{config:?}").contains(secret), "secrets are not printed");
}

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    refused(
        "supergraph: a.graphql
lisen: 127.0.0.1:4000
http:
  max_body_size: 12
  request_timout: 3s
  explorer: allways
  prefixes: 3
callers:
  keys:
    - algoritm: HS256
      secret: short
    - algorithm: HS255
upstream:
  timeout: soon
  max_concurrent_requests: -4
",
        &[
            "gateway.yaml:2:1: `lisen`: unknown key; did you mean `listen`?",
            "gateway.yaml:4:18: `http.max_body_size`: expected a size with its unit, such as `64KiB` or `10MiB`, \
             found a number",
            "gateway.yaml:5:3: `http.request_timout`: unknown key; did you mean `request_timeout`?",
            "gateway.yaml:6:13: `http.explorer`: unknown value; did you mean `always`? Known are `dev`, `always`, \
             `never`",
            "gateway.yaml:7:13: `http.prefixes`: expected a sequence, found a number",
            "gateway.yaml:10:7: `callers.keys[0].algoritm`: unknown key; did you mean `algorithm`?",
            "gateway.yaml:12:18: `callers.keys[1].algorithm`: unknown value; did you mean `HS256`? Known are \
             `HS256`, `RS256`, `ES256`, `EdDSA`",
            "gateway.yaml:14:12: `upstream.timeout`: expected a duration with its unit, such as `250ms`, `30s`, \
             `5m` or `1h`",
            "gateway.yaml:15:28: `upstream.max_concurrent_requests`: expected usize, found other a number",
        ],
    );
}

#[test]
fn contradictions_are_reported_with_their_places() {
    refused(
        "supergraph: a.graphql
compose: b.yaml
http:
  prefixes: [/a, graph/, /a]
  cors_origins: [example.com]
callers:
  keys:
    - algorithm: RS256
      secret: 0123456789abcdef0123456789abcdef
    - algorithm: HS256
      secret: ffffffffffffffffffffffffffffffff
    - jwks_file: a.json
      secret_file: b
  internal_token:
    secret: ffffffffffffffffffffffffffffffff
    claims: [sub]
upstream:
  forward_headers: [Content-Type]
  subgraphs: { a: { url: 127.0.0.1 } }
",
        &[
            "gateway.yaml:2:1: `compose`: `supergraph` and `compose` exclude each other; keep the one the schema \
             comes from",
            "gateway.yaml:4:18: `http.prefixes[1]`: a prefix starts with `/`, does not end with one, and has only \
             letters, digits and `-_.`",
            "gateway.yaml:4:26: `http.prefixes[2]`: this prefix is named twice",
            "gateway.yaml:5:18: `http.cors_origins[0]`: an origin is a scheme and a host without a path, e.g. \
             `https://app.example.com`",
            "gateway.yaml:8:7: `callers.keys[0].algorithm`: `RS256` does not go with `secret`; `HS256` takes a \
             secret, the others a public key",
            "gateway.yaml:12:7: `callers.keys[2]`: needs exactly one of `secret`, `secret_file`, \
             `public_key_file`, `jwks_file`",
            "gateway.yaml:15:5: `callers.internal_token.secret`: is also a key of clients; whoever can sign client \
             tokens could then speak to subgraphs",
            "gateway.yaml:16:14: `callers.internal_token.claims[0]`: `sub` is written by the gateway itself; leave \
             it out",
            "gateway.yaml:18:21: `upstream.forward_headers[0]`: `Content-Type` is written by the gateway itself; \
             leave it out",
            "gateway.yaml:19:21: `upstream.subgraphs.a.url`: expected a URL such as `http://127.0.0.1:4001/graphql`",
        ],
    );
}

#[test]
fn a_collector_is_checked() {
    let text = "supergraph: a.graphql
telemetry:
  otlp:
    endpoint: collector:4317
    headers: { 'x key': a, x-key: \"${env.KEY}\" }
    sample_ratio: 1.5
    max_queued_spans: 0
";
    let problems = load(text, &[("KEY", "secret\n")]).unwrap_err();
    assert_eq!(
        problems.lines().collect::<Vec<_>>(),
        [
            "gateway.yaml:4:5: `telemetry.otlp.endpoint`: expected the URL of a collector, such as \
             `http://127.0.0.1:4317`",
            "gateway.yaml:5:16: `telemetry.otlp.headers.x key`: is not a header name",
            "gateway.yaml:5:28: `telemetry.otlp.headers.x-key`: the value cannot be sent in a header",
            "gateway.yaml:6:5: `telemetry.otlp.sample_ratio`: must be from 0 to 1",
            "gateway.yaml:7:5: `telemetry.otlp.max_queued_spans`: must be from 1 to 1000000",
        ]
    );
}

#[test]
fn an_address_is_shown_where_none_is_written() {
    let expected =
        "gateway.yaml:2:9: `listen`: an address is an IP address and a port, for example 127.0.0.1:4000";
    for text in ["localhost", "\"4000\"", "127.0.0.1"] {
        refused(&format!("supergraph: a\nlisten: {text}\n"), &[expected]);
    }
}

#[test]
fn every_section_of_the_schema_is_closed_and_takes_variables() {
    let schema: serde_json::Value = serde_json::from_str(&super::schema()).unwrap();
    let at = |path: &str| schema.pointer(path).unwrap_or_else(|| panic!("{path}"));
    let environment = serde_json::json!({ "type": "string", "pattern": r"\$\{env\." });
    for key in [
        "http/properties/max_body_size",
        "http/properties/max_connections",
        "dev",
        "errors/properties/subgraph_messages",
    ] {
        assert_eq!(at(&format!("/properties/{key}/anyOf/1")), &environment, "{key}");
    }
    assert_eq!(at("/properties/http/properties/max_body_size/default"), "1MiB");
    assert_eq!(at("/properties/operations/properties/registry/required"), &serde_json::json!(["database"]));
    fn closed(schema: &serde_json::Value, path: &str) {
        if let Some(members) = schema.as_object() {
            assert!(
                !members.contains_key("properties")
                    || path.ends_with("properties")
                    || members["additionalProperties"] == false,
                "{path}"
            );
            members.iter().for_each(|(key, value)| closed(value, &format!("{path}/{key}")));
        }
        schema.as_array().into_iter().flatten().for_each(|value| closed(value, path));
    }
    closed(&schema, "");
}

#[test]
fn every_value_is_shown_with_its_origin_and_no_secret_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.yaml");
    let text = "supergraph: /graph.graphql
listen: 127.0.0.1:${env.PORT:-8080}
http:
  prefixes: [/shop, \"/b\"]
  max_connections: ${env.CONNECTIONS}
callers:
  keys:
    - algorithm: HS256
      secret: ${env.SECRET}
upstream:
  timeout: 90s
  subgraphs: { a.b: { http2: true } }
";
    std::fs::write(&path, text).unwrap();
    let secret = "0123456789abcdef0123456789abcdef";
    let variables = environment(&[("SECRET", secret), ("CONNECTIONS", "7")]);
    let shown = Config::effective(&path, &variables).unwrap();
    let lines: Vec<String> =
        shown.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "listen: 127.0.0.1:8080 # gateway.yaml:2",
        "- /shop # gateway.yaml:4",
        "- /b # gateway.yaml:4",
        "max_connections: 7 # gateway.yaml:5, from CONNECTIONS",
        "- algorithm: HS256 # gateway.yaml:8",
        "secret: \"[redacted]\" # gateway.yaml:9, from SECRET",
        "timeout: 90s # gateway.yaml:11",
        "http2: true # gateway.yaml:12",
        "max_body_size: 1MiB # default",
        "dev: false # default",
    ] {
        assert!(lines.iter().any(|found| found == line), "lacks {line}\n{shown}");
    }
    assert!(!shown.contains(secret), "{shown}");
    // What is shown says the same again, but for the secret.
    let again = folder.path().join("again.yaml");
    std::fs::write(&again, shown.replace("\"[redacted]\"", secret)).unwrap();
    assert_eq!(Config::load(&again, &variables).unwrap(), Config::load(&path, &variables).unwrap());
}

#[test]
fn budgets_are_checked_wherever_they_are() {
    refused(
        "supergraph: a.graphql
limits:
  budget: { per_minute: 0 }
  anonymous:
    budget: { per_minute: 10, capacity: 601 }
  roles:
    ANALYST:
      budget: { per_minute: 10, capacity: 0 }
    PARTNER:
      budget: { per_minute: 10000000, capacity: 600000000 }
  shadow:
    roles:
      ANALYST:
        budget: { per_minute: 10000001 }
",
        &[
            "gateway.yaml:3:13: `limits.budget.per_minute`: must be 1 to 10000000",
            "gateway.yaml:5:31: `limits.anonymous.budget.capacity`: must be 1 to 600, what comes back in an hour",
            "gateway.yaml:8:33: `limits.roles.ANALYST.budget.capacity`: must be 1 to 600, what comes back in an hour",
            "gateway.yaml:14:19: `limits.shadow.roles.ANALYST.budget.per_minute`: must be 1 to 10000000",
        ],
    );
}

#[test]
fn redis_is_one_server_or_a_cluster() {
    let start = "supergraph: a.graphql\n";
    let url = "expected a URL such as `redis://127.0.0.1:6379` or `rediss://redis.example.com:6380/0`";
    for (redis, place, key, message) in [
        ("{}", "2:8", "redis", "the key `urls` is missing"),
        ("{ urls: [] }", "2:10", "redis.urls", "names no server"),
        (
            "{ urls: ['redis://a', 'redis://b'] }",
            "2:10",
            "redis.urls",
            "several servers are a cluster; set `redis.cluster: true`, or name one",
        ),
        ("{ urls: ['localhost:6379'] }", "2:17", "redis.urls[0]", url),
        ("{ urls: ['redis://:-1'] }", "2:17", "redis.urls[0]", url),
        ("{ urls: ['redis://localhost/first'] }", "2:17", "redis.urls[0]", url),
        (
            "{ urls: ['redis://a'], ca_file: ca.pem }",
            "2:31",
            "redis.ca_file",
            "is for `rediss://`, which is TLS",
        ),
        (
            "{ urls: ['redis://a'], key_prefix: 'a{b}' }",
            "2:31",
            "redis.key_prefix",
            "has 1 to 64 letters, digits and `-_.:/`",
        ),
    ] {
        refused(&format!("{start}redis: {redis}"), &[&format!("gateway.yaml:{place}: `{key}`: {message}")]);
    }
    let good = "redis: { urls: ['rediss://a:1/2', 'rediss://b'], cluster: true, ca_file: ca.pem }";
    let config = load(&format!("{start}{good}"), &[]).unwrap();
    assert!(config.redis.unwrap().ca_file.unwrap().is_absolute(), "it is beside the file");
}

#[test]
fn a_registry_has_a_database_and_one_scope() {
    refused(
        "supergraph: a
operations:
  mode: none
  registry:
    poll_interval: 0s
",
        &[
            "gateway.yaml:3:9: `operations.mode`: unknown value; known are `any`, `only`",
            "gateway.yaml:5:5: `operations.registry`: the key `database` is missing",
            "gateway.yaml:5:20: `operations.registry.poll_interval`: a duration must be longer than 0",
        ],
    );
    refused(
        "supergraph: a
operations:
  registry: { database: operations.db, admin_scope: a b }
",
        &[
            "gateway.yaml:3:15: `operations.registry.database`: expected a URL such as \
             `sqlite://operations.db?mode=rwc` or `postgres://user@localhost/operations`",
            "gateway.yaml:3:40: `operations.registry.admin_scope`: expected one scope, without spaces",
        ],
    );
}

#[test]
fn a_file_that_names_no_schema_is_refused() {
    let expected = "gateway.yaml: names no schema; set `supergraph: FILE` (a composed schema) or `compose: FILE` (a \
                    list of subgraphs)";
    refused("", &[expected]);
    refused("dev: true\n", &[expected]);
}

#[test]
fn what_is_no_yaml_is_refused_with_its_place() {
    let problem = load("supergraph: a\n  http: [\n", &[]).unwrap_err();
    assert!(problem.starts_with("gateway.yaml:2:"), "{problem}");
    assert!(problem.contains("not valid YAML"), "{problem}");
    refused("- a\n", &["gateway.yaml:1:1: expected a mapping of keys to values"]);
    let problem = load("dev: true\ndev: false\n", &[]).unwrap_err();
    assert!(problem.starts_with("gateway.yaml:2:"), "{problem}");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let problem =
        Config::load(Path::new("/nowhere/gateway.yaml"), &environment(&[])).unwrap_err().to_string();
    assert!(problem.starts_with("/nowhere/gateway.yaml: cannot be read"), "{problem}");
}

#[test]
fn variables_of_the_environment_are_put_in() {
    refused(
        "supergraph: ${env.GRAPH}\ntelemetry: { log_filter: \"${GRAPH}\" }\nlisten: ${env.\n",
        &[
            "gateway.yaml:1:13: `supergraph`: the environment variable `GRAPH` is not set; set it or give a default: \
             `${env.GRAPH:-default}`",
            "gateway.yaml:2:26: `telemetry.log_filter`: `${GRAPH}` is not known; write `${env.GRAPH}`",
            "gateway.yaml:3:9: `listen`: `${` without `}`",
        ],
    );
    let config =
        load("supergraph: a\ntelemetry: { log_filter: \"$$${env.A:-b}c\" }\n", &[("A", "")]).unwrap();
    assert_eq!(config.telemetry.log_filter, "$bc");
}

#[test]
fn a_list_of_subgraphs_is_read() {
    let file = load_subgraphs(
        "federation_version: =2.9.0
subgraphs:
  products:
    routing_url: http://127.0.0.1:4001/graphql
    schema: { file: ./products.graphql }
  reviews:
    schema:
      subgraph_url: http://127.0.0.1:4002/graphql
      introspection_headers: { authorization: Bearer x }
",
    )
    .unwrap();
    assert!(file.subgraphs["products"].schema.file.as_ref().unwrap().is_absolute());
    assert_eq!(file.subgraphs["reviews"].url(), "http://127.0.0.1:4002/graphql");
    assert!(
        load_subgraphs("federation_version: 2\nsubgraphs: { a: { schema: { subgraph_url: http://a } } }")
            .is_ok()
    );
}

#[test]
fn problems_of_a_list_of_subgraphs_have_places() {
    let problems = load_subgraphs(
        "federation_version: 1
subgraphs:
  products:
    schema: { file: ./products.graphql }
  reviews:
    routing_url: reviews
    schema: { }
  users:
    routing_url: http://127.0.0.1:4002
    shema: { file: a }
",
    );
    assert_eq!(
        problems.unwrap_err(),
        "supergraph.yaml:10:5: `subgraphs.users.shema`: unknown key; did you mean `schema`?"
    );
    let problems = load_subgraphs(
        "federation_version: 1
subgraphs:
  products:
    schema: { file: ./products.graphql }
  reviews:
    routing_url: reviews
    schema: { }
",
    );
    let expected = [
        "supergraph.yaml:1:1: `federation_version`: only version 2 is composed; write `=2.9.0` or leave it out",
        "supergraph.yaml:3:3: `subgraphs.products`: the key `routing_url` is missing: a schema does not tell \
         where the service is",
        "supergraph.yaml:6:5: `subgraphs.reviews.routing_url`: expected a URL such as \
         `http://127.0.0.1:4001/graphql`",
        "supergraph.yaml:7:5: `subgraphs.reviews.schema`: needs exactly one of `file`, `sdl` and `subgraph_url`",
    ];
    assert_eq!(problems.unwrap_err(), expected.join("\n"));
}

#[test]
fn suggestions_are_near() {
    let known = ["listen", "supergraph", "http"];
    assert_eq!(nearest("supergrph", known), Some("supergraph"));
    assert_eq!(nearest("htpt", known), Some("http"));
    assert_eq!(nearest("weather", known), None);
}

#[test]
fn a_breaker_counts_for_some_time() {
    let own = "upstream: { subgraphs: { a: { breaker: { window: 0s } } } }\n";
    for (text, key) in [
        ("upstream: { breaker: { window: 0s } }\n", "upstream.breaker.window"),
        (own, "upstream.subgraphs.a.breaker.window"),
    ] {
        let problems = load(&format!("supergraph: graph.graphql\n{text}"), &[]).unwrap_err();
        assert!(problems.contains(&format!("`{key}`: a duration must be longer than 0")), "{problems}");
    }
}

#[test]
fn rules_for_headers_name_no_header_that_is_not_theirs() {
    let cases = [
        (
            "propagate: [ { name: Host } ]",
            "propagate[0].name",
            "`Host` belongs to one connection or message; leave it out",
        ),
        (
            "propagate: [ { name: a, rename: x-caller-token } ]",
            "propagate[0].rename",
            "`x-caller-token` is written by the gateway itself; leave it out",
        ),
        (
            "propagate: [ { name: x-*, rename: a } ]",
            "propagate[0].rename",
            "all headers of a pattern would have one name; write a rule for each",
        ),
        (
            "propagate: [ { name: x-*, default: a } ]",
            "propagate[0].default",
            "a pattern has no header that could be missing",
        ),
        (
            "propagate: [ { name: a, default: \"a\\nb\" } ]",
            "propagate[0].default",
            "is not a header's value: it has a line break or another control character",
        ),
        (
            "propagate: [ { name: \"*\" } ]",
            "propagate[0].name",
            "expected at least the beginning of a name before `*`",
        ),
        ("remove: [ \"a b\" ]", "remove[0]", "is not a header name"),
        (
            "insert: { content-length: \"1\" }",
            "insert.content-length",
            "`content-length` belongs to one connection or message; leave it out",
        ),
        (
            "answers: [ { name: Cache-Control } ]",
            "answers[0].name",
            "`cache-control` is written by the gateway itself; leave it out",
        ),
        (
            "answers: [ { name: a, rename: transfer-encoding } ]",
            "answers[0].rename",
            "`transfer-encoding` belongs to one connection or message; leave it out",
        ),
        (
            "answers: [ { name: set-cookie, merge: last } ]",
            "answers[0].merge",
            "cookies of several answers are several headers; leave it out",
        ),
    ];
    for (rule, key, message) in cases {
        for (before, after, place) in [
            ("upstream: { headers: { ", " } }", "upstream.headers"),
            ("upstream: { subgraphs: { s: { headers: { ", " } } } }", "upstream.subgraphs.s.headers"),
        ] {
            let text = format!("supergraph: graph.graphql\n{before}{rule}{after}\n");
            let problems = load(&text, &[]).expect_err(&text);
            assert!(problems.ends_with(&format!("`{place}.{key}`: {message}")), "{text}{problems}");
        }
    }
}

#[test]
fn what_is_kept_of_answers_is_as_the_page_has_it() {
    let page = include_str!("../../../../docs/http.md");
    let block = page.split("```yaml\n").find(|block| block.starts_with("cache:")).unwrap();
    let block = block.split("```").next().unwrap();
    let config = load(&format!("supergraph: a\n{block}"), &[]).unwrap();
    assert!(config.cache.answers.enabled && !Config::default().cache.answers.enabled);
    assert_eq!(config.cache.answers.max_memory, ByteSize::mebibytes(256));
    refused(
        "supergraph: a\ncache: { answers: { max_memory: 3MiB, max_answer_size: 1MiB } }\n",
        &["gateway.yaml:2:39: `cache.answers.max_answer_size`: must be at most a quarter of \
           `cache.answers.max_memory`, so that several answers fit"],
    );
    let shared = "supergraph: a\ncache: { answers: { enabled: true, shared: true } }\n";
    refused(
        shared,
        &[
            "gateway.yaml:2:36: `cache.answers.shared`: needs the section `redis`, which says where answers are shared",
        ],
    );
    let redis = "redis: { urls: ['redis://127.0.0.1:6379'] }\n";
    assert!(load(&format!("{shared}{redis}"), &[]).unwrap().cache.answers.shared);
}
