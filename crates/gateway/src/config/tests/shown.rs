//! What is told of the configuration: its schema, and the values with their origins.

use super::environment;
use crate::config::Config;

#[test]
fn every_section_of_the_schema_is_closed_and_takes_variables() {
    let schema: serde_json::Value = serde_json::from_str(&crate::config::schema()).unwrap();
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
fn what_the_exporter_reads_of_the_environment_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.yaml");
    let headers = "# OTEL_EXPORTER_OTLP_HEADERS is set: the collector gets its headers, before `telemetry.otlp.headers`";
    let own = |what: &str| {
        let name = format!("OTEL_EXPORTER_OTLP_{}_HEADERS", what.to_uppercase());
        let name = name.replace("SPANS", "TRACES");
        format!("# {name} is set: with {what}, the collector gets its headers, before all others")
    };
    let (of_spans, of_metrics) = (own("spans"), own("metrics"));
    let attributes = "# OTEL_RESOURCE_ATTRIBUTES is set: spans and metrics have its attributes";
    let [general, traces, metrics] =
        ["", "TRACES_", "METRICS_"].map(|what| format!("OTEL_EXPORTER_OTLP_{what}HEADERS"));
    let [general, traces, metrics] =
        [(&*general, "x-key=secret"), (&*traces, "x=secret"), (&*metrics, "x=secret")];
    let of_resource = ("OTEL_RESOURCE_ATTRIBUTES", "a=secret");
    let otlp = "telemetry: { otlp: { endpoint: 'http://127.0.0.1:4317' } }\n";
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 4] = [
        (otlp, &[general, of_resource, ("OTEL_SERVICE_NAME", "x")], &[headers, attributes]),
        (otlp, &[general, traces, metrics], &[&of_spans, &of_metrics, headers]),
        (otlp, &[], &[]),
        ("", &[general, traces, of_resource], &[]),
    ];
    for (telemetry, variables, expected) in cases {
        std::fs::write(&path, format!("supergraph: /graph.graphql\n{telemetry}")).unwrap();
        let shown = Config::effective(&path, &environment(variables)).unwrap();
        let told: Vec<_> = shown.lines().filter(|line| line.starts_with('#')).collect();
        assert_eq!(told, expected, "{variables:?}");
        assert!(!shown.contains("secret"), "{shown}");
    }
}
