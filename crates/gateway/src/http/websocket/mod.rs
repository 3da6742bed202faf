//! GraphQL over WebSocket: the handshake.

mod connection;
mod message;
mod operation;

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderMap, Uri};

use self::connection::Connection;
use super::accept::MediaType;
use super::rejection::Rejection;
use crate::app::Gateway;
use crate::layers::RequestInfo;
use crate::telemetry::Here;

/// What is read and written at once; more than a small message takes several turns. Each connection holds both.
const BUFFER_BYTES: usize = 8 * 1024;

/// Whether a request asks for a WebSocket.
pub(super) fn is_wanted(request: &Request) -> bool {
    let upgrade = request.headers().get(UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|names| names.split(',').any(|name| name.trim().eq_ignore_ascii_case("websocket")))
}

/// Answers the handshake; the connection goes on in a task of its own.
pub(super) async fn accept(gateway: Arc<Gateway>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    match upgrade(gateway, &info, request).await {
        Ok(response) => response,
        Err(rejection) => rejection.respond(MediaType::Json, &info.id),
    }
}

async fn upgrade(gateway: Arc<Gateway>, info: &RequestInfo, request: Request) -> Result<Response, Rejection> {
    let (mut parts, _) = request.into_parts();
    if !same_site(&parts.headers, &parts.uri, &gateway.http.cors_origins) {
        return Err(Rejection::ForeignOrigin);
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.map_err(|_| {
        Rejection::InvalidMember { name: "the WebSocket handshake", expected: "as RFC 6455 has it" }
    })?;
    let permit = gateway.shared.open_socket()?;
    let max_bytes = gateway.subscriptions.websocket.max_message_size.as_usize();
    let connection = Connection::new(gateway, info.clone(), parts.headers);
    let here = Here::new();
    let serve = async move |socket| {
        here.go_on(connection.serve(socket)).await;
        drop(permit);
    };
    Ok(upgrade
        .protocols([message::PROTOCOL])
        .max_message_size(max_bytes)
        .max_frame_size(max_bytes)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(serve))
}

/// Whether the page that opens a WebSocket, if it is a page, may read answers. Browsers let any page open one.
fn same_site(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let Ok(origin) = origin.to_str() else { return false };
    if allowed.iter().any(|allowed| allowed == "*" || allowed == origin) {
        return true;
    }
    let host =
        headers.get(HOST).and_then(|host| host.to_str().ok()).or(uri.authority().map(|host| host.as_str()));
    origin.split_once("://").map(|(_, host)| host) == host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_open_no_websocket() {
        let cases = [
            (None, &[][..], true),
            (Some("http://shop.example"), &[][..], true),
            (Some("https://shop.example"), &[][..], true),
            (Some("https://shop.example:8443"), &[][..], false),
            (Some("https://evil.example"), &[][..], false),
            (Some("null"), &[][..], false),
            (Some("https://app.example"), &["https://app.example"][..], true),
            (Some("https://evil.example"), &["https://app.example"][..], false),
            (Some("https://evil.example"), &["*"][..], true),
        ];
        for (origin, allowed, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "shop.example".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            let allowed: Vec<_> = allowed.iter().map(|origin| (*origin).to_owned()).collect();
            let uri = Uri::from_static("/graphql");
            assert_eq!(same_site(&headers, &uri, &allowed), expected, "{origin:?} {allowed:?}");
        }
    }
}
