//! One request to a collector, over gRPC or HTTP.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, ClientTlsConfig, Endpoint};

use super::headers::headers;
use crate::export::{at, connector};
use crate::settings::{Protocol, Settings};

/// Where collectors take metrics over HTTP.
const METRICS: &str = "/v1/metrics";

/// The way to the collector.
pub(super) struct Sender {
    pub(super) endpoint: String,
    headers: HeaderMap,
    way: Way,
}

enum Way {
    Grpc(MetricsServiceClient<Channel>),
    Http(Box<HyperClient<HttpsConnector<HttpConnector>>>),
}

impl Sender {
    /// A client, which connects when it sends; why there can be none.
    pub(super) fn new(settings: &Settings) -> Result<Self, String> {
        let (endpoint, way) = match settings.protocol {
            Protocol::Grpc => {
                let endpoint = settings.endpoint.to_string();
                let mut channel =
                    Endpoint::from_shared(endpoint.clone()).map_err(|error| error.to_string())?;
                if settings.endpoint.scheme_str() == Some("https") {
                    let tls = ClientTlsConfig::new().with_webpki_roots();
                    channel = channel.tls_config(tls).map_err(|error| error.to_string())?;
                }
                let channel = channel.timeout(settings.timeout).connect_timeout(settings.timeout);
                (endpoint, Way::Grpc(MetricsServiceClient::new(channel.connect_lazy())))
            }
            Protocol::Http => {
                let client = HyperClient::new(connector()?, settings.timeout, None);
                (at(settings, METRICS), Way::Http(Box::new(client)))
            }
        };
        let headers = headers(&settings.headers, |name| std::env::var(name).ok());
        Ok(Self { endpoint, headers, way })
    }

    /// Sends metrics; why they are not taken.
    pub(super) async fn send(&mut self, metrics: ExportMetricsServiceRequest) -> Result<(), String> {
        let headers = self.headers.clone();
        match &mut self.way {
            Way::Grpc(client) => {
                let mut request = tonic::Request::new(metrics);
                *request.metadata_mut() = MetadataMap::from_headers(headers);
                client.export(request).await.map(drop).map_err(|status| status.to_string())
            }
            Way::Http(client) => {
                let mut request = Request::post(&self.endpoint)
                    .body(Bytes::from(metrics.encode_to_vec()))
                    .map_err(|error| error.to_string())?;
                *request.headers_mut() = headers;
                let content_type = HeaderValue::from_static("application/x-protobuf");
                request.headers_mut().insert(CONTENT_TYPE, content_type);
                let response = client.send_bytes(request).await.map_err(|error| error.to_string())?;
                if response.status().is_success() { Ok(()) } else { Err(response.status().to_string()) }
            }
        }
    }
}
