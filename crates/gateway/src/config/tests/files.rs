//! Files: what they complete, and when they are none.

use std::path::Path;
use std::time::Duration;

use super::{environment, load, refused};
use crate::config::{Anonymous, ByteSize, Config, Shown, Time};

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
