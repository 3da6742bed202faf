//! Where traces and metrics go.

use super::load;

#[test]
fn a_collector_is_checked() {
    let text = "supergraph: a.graphql
telemetry:
  otlp:
    endpoint: collector:4317
    headers: { 'x key': a, x-key: \"${env.KEY}\" }
    sample_ratio: 1.5
    max_queued_spans: 0
    metrics_interval: 10ms
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
            "gateway.yaml:8:5: `telemetry.otlp.metrics_interval`: must be at least 1s",
        ]
    );
}
