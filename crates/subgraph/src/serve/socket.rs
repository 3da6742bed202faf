//! Subscriptions by WebSocket, as the gateway opens them: `graphql-transport-ws`
//! (<https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>), with the caller's token in the handshake.
//!
//! A reader who is slow holds up their own events only: the next is not computed before the last was taken. Who takes
//! nothing at all, or is not there any more, is found out by what cannot be sent.

use std::future::ready;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::http::{WebSocket as Protocol, WebSocketProtocols, WsMessage};
use async_graphql::{Data, Executor, Request, Response as Answer};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::HeaderMap;
use axum::response::Response;
use futures::stream::BoxStream;
use futures::{SinkExt, StreamExt};
use tokio::sync::watch;
use tokio::time::{Instant, interval_at, timeout};
use tracing::{Instrument, Span};

use super::token;
use crate::service::Service;

/// The name of the protocol in the handshake.
const PROTOCOL: &str = "graphql-transport-ws";

/// The code with which the protocol closes a connection that does not name it.
const NOT_ACCEPTABLE: u16 = 4406;

/// The largest message that is taken, in bytes: requests, no uploads.
const MAX_MESSAGE_BYTES: usize = 1 << 20;

/// How often a quiet connection is tried.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// Opens a connection for subscriptions.
pub(super) async fn upgrade(
    State(service): State<Arc<Service>>,
    State(stopping): State<watch::Receiver<bool>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let on_behalf = OnBehalf { service, headers: Arc::new(headers) };
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .on_upgrade(|socket| follow(socket, on_behalf, stopping))
}

/// Runs what comes over a connection on behalf of the caller of its handshake, as parts of the handshake's trace.
#[derive(Clone)]
struct OnBehalf {
    service: Arc<Service>,
    headers: Arc<HeaderMap>,
}

impl OnBehalf {
    fn span(&self) -> Span {
        if !traces::is_on() {
            return Span::none();
        }
        let span = tracing::info_span!(
            "message",
            otel.kind = "server",
            otel.name = "SUBSCRIBE /graphql",
            http.route = "/graphql",
            network.protocol.name = "websocket",
        );
        traces::begin(&span, &self.headers);
        span
    }
}

impl Executor for OnBehalf {
    async fn execute(&self, request: Request) -> Answer {
        self.service.execute(token(&self.headers), request).instrument(self.span()).await
    }

    fn execute_stream(&self, request: Request, _: Option<Arc<Data>>) -> BoxStream<'static, Answer> {
        self.span().in_scope(|| self.service.subscribe(token(&self.headers), request))
    }
}

/// Speaks the protocol until either side ends.
async fn follow(socket: WebSocket, on_behalf: OnBehalf, mut stopping: watch::Receiver<bool>) {
    let patience = on_behalf.service.send_timeout;
    let named = socket.protocol().is_some_and(|protocol| protocol == PROTOCOL);
    let (mut sink, input) = socket.split();
    if !named {
        let _ = timeout(patience, sink.send(close(NOT_ACCEPTABLE, "name the protocol"))).await;
        return;
    }
    let input = input.take_while(|message| ready(message.is_ok())).filter_map(|message| {
        ready(match message {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => Some(message.into_data()),
            _ => None,
        })
    });
    let mut output = pin!(Protocol::new(on_behalf, input, WebSocketProtocols::GraphQLWS));
    let mut life = interval_at(Instant::now() + SIGN_OF_LIFE, SIGN_OF_LIFE);
    loop {
        let message = tokio::select! {
            message = output.next() => match message {
                Some(WsMessage::Text(text)) => Message::Text(text.into()),
                Some(WsMessage::Close(code, reason)) => close(code, &reason),
                None => close(close_code::NORMAL, ""),
            },
            _ = life.tick() => Message::Ping(Default::default()),
            Ok(_) = stopping.wait_for(|stopping| *stopping) => close(close_code::AWAY, "the service stops"),
        };
        let over = matches!(message, Message::Close(_));
        match timeout(patience, sink.send(message)).await {
            Ok(Ok(())) if !over => {}
            Ok(_) => return,
            Err(_) => {
                tracing::info!("a connection is cut off: its client does not take its events");
                return;
            }
        }
    }
}

fn close(code: u16, reason: &str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
