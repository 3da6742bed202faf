//! A collector of spans and metrics for tests, which takes OTLP over gRPC and over HTTP on one port.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    reason = "a test without its collector must fail loudly"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::HeaderMap;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A running collector.
#[derive(Clone)]
pub struct Collector {
    /// Where it listens.
    pub address: SocketAddr,
    received: watch::Sender<Received>,
}

/// What came.
#[derive(Default)]
struct Received {
    spans: Vec<Exported>,
    /// Those that came last.
    metrics: Vec<Measured>,
    headers: Vec<HeaderMap>,
    /// Everything, for a look at what must not be there.
    text: String,
}

/// A span as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// As it came.
    pub name: String,
    /// Hexadecimal.
    pub trace_id: String,
    /// Hexadecimal.
    pub id: String,
    /// Empty at the root.
    pub parent: String,
    /// As `SpanKind` of the protocol: 1 internal, 2 server, 3 client.
    pub kind: i32,
    /// Its status is an error.
    pub failed: bool,
    /// All values as text.
    pub attributes: BTreeMap<String, String>,
    /// `service.name`.
    pub service: String,
}

/// A value of a metric as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The metric's name.
    pub name: String,
    /// The metric's unit.
    pub unit: String,
    /// All values as text.
    pub attributes: BTreeMap<String, String>,
    /// Of a histogram how much was counted.
    pub value: f64,
    /// `service.name`.
    pub service: String,
}

impl Collector {
    /// A collector on a free port.
    pub async fn open() -> Self {
        Self::open_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// A collector on a port that is free.
    pub async fn open_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let collector = Self { address: listener.local_addr().unwrap(), received: watch::Sender::default() };
        let router = Router::new()
            .route("/v1/traces", post(spans_over_http))
            .route("/v1/metrics", post(metrics_over_http))
            .with_state(collector.clone())
            .route_service(
                "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
                TraceServiceServer::new(collector.clone()),
            )
            .route_service(
                "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
                MetricsServiceServer::new(collector.clone()),
            );
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    /// All spans, once those that came suffice.
    pub async fn spans(&self, suffice: impl Fn(&[Exported]) -> bool) -> Vec<Exported> {
        let mut received = self.received.subscribe();
        let waiting = received.wait_for(|received| suffice(&received.spans));
        let outcome = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        let enough = outcome.is_ok_and(|received| received.is_ok());
        let spans = self.received.borrow().spans.clone();
        assert!(enough, "what came: {spans:#?}");
        spans
    }

    /// The values that came last, once they suffice.
    pub async fn metrics(&self, suffice: impl Fn(&[Measured]) -> bool) -> Vec<Measured> {
        let mut received = self.received.subscribe();
        let waiting = received.wait_for(|received| suffice(&received.metrics));
        let outcome = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        let enough = outcome.ok().and_then(Result::ok).map(|received| received.metrics.clone());
        enough.unwrap_or_else(|| panic!("what came last: {:#?}", self.received.borrow().metrics))
    }

    /// The headers of all requests.
    pub fn headers(&self) -> Vec<HeaderMap> {
        self.received.borrow().headers.clone()
    }

    /// Everything that came, as text.
    pub fn text(&self) -> String {
        self.received.borrow().text.clone()
    }

    fn take_metrics(&self, headers: HeaderMap, request: &ExportMetricsServiceRequest) {
        self.received.send_modify(|received| {
            received.headers.push(headers);
            received.metrics.clear();
            for resource in &request.resource_metrics {
                let service = service(resource.resource.as_ref());
                let metrics = resource.scope_metrics.iter().flat_map(|scope| &scope.metrics);
                received.metrics.extend(metrics.flat_map(|metric| measured(metric, &service)));
            }
        });
    }

    fn take(&self, headers: HeaderMap, request: &ExportTraceServiceRequest) {
        self.received.send_modify(|received| {
            received.headers.push(headers);
            received.text.push_str(&format!("{request:?}"));
            for resource in &request.resource_spans {
                let service = service(resource.resource.as_ref());
                let spans = resource.scope_spans.iter().flat_map(|scope| &scope.spans);
                received.spans.extend(spans.map(|span| Exported::new(span, &service)));
            }
        });
    }
}

/// The `service.name` of a process.
fn service(resource: Option<&Resource>) -> String {
    let named = resource.map(|resource| attributes(&resource.attributes));
    named.and_then(|mut named| named.remove("service.name")).unwrap_or_default()
}

async fn metrics_over_http(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Vec<u8> {
    collector.take_metrics(headers, &ExportMetricsServiceRequest::decode(body).unwrap());
    ExportMetricsServiceResponse::default().encode_to_vec()
}

#[tonic::async_trait]
impl MetricsService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        let (metadata, _, request) = request.into_parts();
        self.take_metrics(metadata.into_headers(), &request);
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}

async fn spans_over_http(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> Vec<u8> {
    collector.take(headers, &ExportTraceServiceRequest::decode(body).unwrap());
    ExportTraceServiceResponse::default().encode_to_vec()
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        let (metadata, _, request) = request.into_parts();
        self.take(metadata.into_headers(), &request);
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Exported {
    fn new(span: &Span, service: &str) -> Self {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{span:?}");
        Self {
            name: span.name.clone(),
            trace_id: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: span.kind,
            failed: span.status.as_ref().is_some_and(|status| status.code == 2),
            attributes: attributes(&span.attributes),
            service: service.to_owned(),
        }
    }
}

fn measured(metric: &Metric, service: &str) -> Vec<Measured> {
    let value = |attributes: BTreeMap<String, String>, value: f64| Measured {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        attributes,
        value,
        service: service.to_owned(),
    };
    let number = |point: &NumberDataPoint| {
        let number = match point.value {
            Some(Number::AsInt(number)) => number as f64,
            Some(Number::AsDouble(number)) => number,
            None => panic!("{metric:?}"),
        };
        value(attributes(&point.attributes), number)
    };
    match metric.data.as_ref().unwrap() {
        Data::Gauge(gauge) => gauge.data_points.iter().map(number).collect(),
        Data::Sum(sum) => sum.data_points.iter().map(number).collect(),
        Data::Histogram(histogram) => histogram
            .data_points
            .iter()
            .map(|point| {
                assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count, "{metric:?}");
                assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1, "{metric:?}");
                value(attributes(&point.attributes), point.count as f64)
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(value)) => value.to_string(),
        other => format!("{other:?}"),
    };
    pairs.iter().map(|pair| (pair.key.clone(), text(&pair.value))).collect()
}

/// Spans as an indented list: each below its parent, with its kind and the attributes that are asked for.
pub fn tree(spans: &[Exported], keys: &[&str]) -> String {
    fn below(parent: &str, depth: usize, spans: &[Exported], keys: &[&str], text: &mut String) {
        let children = spans.iter().filter(|span| span.parent == parent);
        let mut lines: Vec<_> = children.map(|span| (line(span, keys), &span.id)).collect();
        lines.sort();
        for (line, id) in lines {
            text.push_str(&format!("{:indent$}{line}\n", "", indent = 2 * depth));
            below(id, depth + 1, spans, keys, text);
        }
    }
    let line = |parent: &str| spans.iter().any(|span| span.id == parent);
    let mut roots: Vec<_> =
        spans.iter().map(|span| span.parent.as_str()).filter(|parent| !line(parent)).collect();
    roots.sort_unstable();
    roots.dedup();
    let mut text = String::new();
    for root in roots {
        below(root, 0, spans, keys, &mut text);
    }
    text
}

fn line(span: &Exported, keys: &[&str]) -> String {
    let kind = match span.kind {
        2 => " server",
        3 => " client",
        _ => "",
    };
    let failed = if span.failed { " failed" } else { "" };
    let told = keys.iter().filter_map(|key| Some(format!(" {key}={}", span.attributes.get(*key)?)));
    format!("{}{kind}{failed}{}", span.name, told.collect::<String>())
}
