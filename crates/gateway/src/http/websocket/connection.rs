//! A WebSocket from its first message to its last.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures::future::{AbortHandle, Abortable};
use futures::stream::{BoxStream, SelectAll, StreamExt};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Error as SocketError;
use uuid::Uuid;

use super::message::{ClientMessage, CloseCode, Closing, PROTOCOL, ServerMessage};
use super::operation::{self, Manner, Told};
use crate::app::Gateway;
use crate::caller::{Caller, CallerError};
use crate::ending::Ending;
use crate::http::accept::defer_format;
use crate::http::events::expiry;
use crate::http::insight;
use crate::http::rejection::Rejection;
use crate::layers::RequestInfo;
use crate::telemetry::{Account, Identity};

/// How long the client may take to confirm that the connection ends.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(2);

/// One WebSocket.
pub(super) struct Connection {
    gateway: Arc<Gateway>,
    info: RequestInfo,
    /// Of the handshake, with what `connection_init` adds.
    headers: HeaderMap,
    manner: Manner,
    /// By id.
    running: HashMap<String, Running>,
    told: SelectAll<BoxStream<'static, (String, Told)>>,
}

/// An operation that runs.
struct Running {
    stop: AbortHandle,
    /// A subscription that is open.
    follows: bool,
}

/// How a connection ends.
enum End {
    /// The client has closed it, is gone, or is too slow.
    Gone,
    /// The gateway closes it.
    Closing(Closing),
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        Self::Closing(closing)
    }
}

impl Connection {
    pub(super) fn new(gateway: Arc<Gateway>, info: RequestInfo, headers: HeaderMap) -> Self {
        Self {
            gateway,
            info,
            headers,
            manner: Manner::default(),
            running: HashMap::new(),
            told: SelectAll::new(),
        }
    }

    /// Serves the connection until it ends, and with it all its operations.
    pub(super) async fn serve(mut self, mut socket: WebSocket) {
        let end = match self.initialise(&mut socket).await {
            Ok(caller) => self.talk(&mut socket, &caller).await,
            Err(end) => end,
        };
        self.told.clear();
        // Both sides say that they close (RFC 6455, section 7.1.2). Ending the connection at once could overtake the
        // frame that says why.
        let farewell = async {
            if let End::Closing(closing) = &end {
                tracing::debug!(code = closing.code.number(), reason = %closing.reason, "a WebSocket is closed");
                if socket.send(closing.frame()).await.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = socket.recv().await {}
        };
        let _ = timeout(FAREWELL, farewell).await;
    }

    /// Waits for `connection_init` and finds out who calls.
    async fn initialise(&mut self, socket: &mut WebSocket) -> Result<Caller, End> {
        if socket.protocol().is_none_or(|protocol| protocol != PROTOCOL) {
            let reason = format!("speak the subprotocol `{PROTOCOL}`");
            return Err(Closing::new(CloseCode::SubprotocolNotAcceptable, reason).into());
        }
        let ending = self.gateway.ending();
        let until = Instant::now() + self.gateway.subscriptions.websocket.connection_init_timeout.0;
        let init = async {
            loop {
                let Some(text) = text_of(socket.recv().await)? else { continue };
                match read(&text)? {
                    ClientMessage::Init(payload) => return self.identify(payload),
                    ClientMessage::Ping(payload) => {
                        send(&self.gateway, socket, ServerMessage::Pong(payload)).await?
                    }
                    ClientMessage::Pong => {}
                    ClientMessage::Subscribe { .. } | ClientMessage::Complete { .. } => {
                        return Err(Closing::new(CloseCode::Unauthorized, "Unauthorized").into());
                    }
                }
            }
        };
        let caller = tokio::select! {
            init = timeout_at(until, init) => init.unwrap_or_else(|_| {
                Err(Closing::new(CloseCode::InitialisationTimeout, "Connection initialisation timeout").into())
            })?,
            ending = ending => return Err(closing(ending).into()),
        };
        send(&self.gateway, socket, ServerMessage::Ack).await?;
        Ok(caller)
    }

    /// The caller of the token in the payload, or else in the handshake. Headers that are forwarded to subgraphs, or ask to
    /// be told something beside answers, may be in the payload as well: a browser's page cannot send any with the
    /// handshake. So may the name of the format of answers in several payloads, as `accept` has it over HTTP.
    fn identify(&mut self, payload: Option<&RawValue>) -> Result<Caller, End> {
        let entries: Map<String, Value> =
            payload.and_then(|payload| serde_json::from_str(payload.get()).ok()).unwrap_or_default();
        for (name, value) in &entries {
            let Some(value) = value.as_str() else { continue };
            if let Some(format) = defer_format(name, value) {
                self.manner.defer = Some(format);
            }
            let Ok(name) = HeaderName::try_from(name) else { continue };
            if name == AUTHORIZATION || insight::asks(&name) || self.gateway.forwards(&name) {
                let value = HeaderValue::from_str(value).map_err(|_| {
                    Closing::new(CloseCode::BadRequest, format!("`{name}` is no value of a header"))
                })?;
                self.headers.insert(name, value);
            }
        }
        self.manner.asked_by(&self.gateway, &self.headers);
        self.gateway
            .callers
            .identify(&self.headers)
            .map_err(|error| Closing::new(CloseCode::Forbidden, error.to_string()).into())
    }

    /// Everything after the acknowledgement.
    async fn talk(&mut self, socket: &mut WebSocket, caller: &Caller) -> End {
        let (mut expiry, mut ending) = (pin!(expiry(&self.gateway, caller)), pin!(self.gateway.ending()));
        let mut last = None;
        let heartbeat = self.gateway.subscriptions.heartbeat.0;
        let patience = self.gateway.subscriptions.send_timeout.0;
        let (mut seen, mut beat) = (Instant::now(), Instant::now() + heartbeat);
        loop {
            // What was begun is answered; subscriptions have no end to wait for.
            if let Some(closing) = last.take_if(|_| self.running.values().all(|running| running.follows)) {
                return End::Closing(closing);
            }
            let outcome = tokio::select! {
                ending = &mut ending, if last.is_none() => {
                    last = Some(closing(ending));
                    Ok(())
                }
                () = &mut expiry => {
                    return Closing::new(CloseCode::Forbidden, CallerError::Expired.to_string()).into();
                }
                message = socket.recv(), if last.is_none() => {
                    seen = Instant::now();
                    match text_of(message) {
                        Ok(Some(text)) => self.hear(socket, &text).await,
                        Ok(None) => Ok(()),
                        Err(end) => Err(end),
                    }
                }
                Some((id, told)) = self.told.next(), if !self.told.is_empty() => self.tell(socket, &id, told).await,
                () = sleep_until(beat) => {
                    beat = Instant::now() + heartbeat;
                    // Whoever answers no ping is gone, though the network did not say so.
                    if seen.elapsed() > heartbeat + patience { Err(End::Gone) } else { send_raw(&self.gateway, socket, Message::Ping(Bytes::new())).await }
                }
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    async fn hear(&mut self, socket: &mut WebSocket, text: &str) -> Result<(), End> {
        match read(text)? {
            ClientMessage::Init(_) => {
                let reason = "Too many initialisation requests";
                Err(Closing::new(CloseCode::TooManyInitialisations, reason).into())
            }
            ClientMessage::Subscribe { id, request } => {
                if self.running.contains_key(&id) {
                    let reason = format!("Subscriber for {id} already exists");
                    return Err(Closing::new(CloseCode::SubscriberExists, reason).into());
                }
                let max = self.gateway.subscriptions.websocket.max_operations;
                if self.running.len() >= max {
                    let refusal = Rejection::TooManyOperations(max).body(&self.info.id);
                    return self.tell(socket, &id, Told::Refused(refusal)).await;
                }
                self.start(id, Bytes::copy_from_slice(request.get().as_bytes())).await
            }
            ClientMessage::Complete { id } => {
                if let Some(running) = self.running.remove(&id) {
                    running.stop.abort();
                }
                Ok(())
            }
            ClientMessage::Ping(payload) => send(&self.gateway, socket, ServerMessage::Pong(payload)).await,
            ClientMessage::Pong => Ok(()),
        }
    }

    async fn start(&mut self, id: String, request: Bytes) -> Result<(), End> {
        let request_id: Arc<str> = Uuid::now_v7().to_string().into();
        let connection = self.info.account.identity().cloned();
        let identity = connection.map(|own| Identity { request_id: request_id.clone(), ..own });
        let info = RequestInfo {
            id: request_id,
            trace: self.info.trace,
            deadline: Instant::now() + self.gateway.http.request_timeout.0,
            account: Account::new(identity, self.gateway.slow_operations.is_some()),
            peer: self.info.peer,
        };
        let context =
            self.gateway.context(&info, &self.headers).await.map_err(|rejection| match rejection {
                Rejection::Caller(error) => Closing::new(CloseCode::Forbidden, error.to_string()),
                _ => Closing::new(CloseCode::InternalError, "internal error"),
            })?;
        let (stop, registration) = AbortHandle::new_pair();
        let running = operation::run(self.gateway.clone(), context, info.account, request, self.manner);
        let told = Abortable::new(running, registration);
        let named = id.clone();
        self.told.push(told.map(move |told| (named.clone(), told)).boxed());
        self.running.insert(id, Running { stop, follows: false });
        Ok(())
    }

    async fn tell(&mut self, socket: &mut WebSocket, id: &str, told: Told) -> Result<(), End> {
        let message = match &told {
            Told::Follows => {
                if let Some(running) = self.running.get_mut(id) {
                    running.follows = true;
                }
                return Ok(());
            }
            Told::Next(response) => ServerMessage::Next { id, response },
            Told::Refused(refusal) => ServerMessage::Error { id, refusal },
            Told::Over => ServerMessage::Complete { id },
        };
        let message = send(&self.gateway, socket, message).await;
        if !matches!(told, Told::Next(_)) {
            self.running.remove(id);
        }
        message
    }
}

fn closing(ending: Ending) -> Closing {
    match ending {
        Ending::Stopping => Closing::new(CloseCode::GoingAway, "the gateway stops; connect again"),
        Ending::Replaced => Closing::new(
            CloseCode::ServiceRestart,
            "the gateway has a new configuration or schema; connect again",
        ),
    }
}

fn read(text: &str) -> Result<ClientMessage<'_>, End> {
    ClientMessage::read(text).map_err(|reason| Closing::new(CloseCode::BadRequest, reason).into())
}

/// The text of a message; `None` for what concerns the connection only.
fn text_of(
    message: Option<Result<Message, axum::Error>>,
) -> Result<Option<axum::extract::ws::Utf8Bytes>, End> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => {
            Err(Closing::new(CloseCode::BadRequest, "messages are sent as text").into())
        }
        Some(Ok(Message::Close(_))) | None => Err(End::Gone),
        Some(Err(error)) => match error.into_inner().downcast_ref() {
            Some(SocketError::Capacity(_)) => {
                Err(Closing::new(CloseCode::MessageTooBig, "the message is too large").into())
            }
            _ => Err(End::Gone),
        },
    }
}

async fn send(gateway: &Gateway, socket: &mut WebSocket, message: ServerMessage<'_>) -> Result<(), End> {
    send_raw(gateway, socket, message.text()).await
}

/// Sends a message to a client that takes it in time.
async fn send_raw(gateway: &Gateway, socket: &mut WebSocket, message: Message) -> Result<(), End> {
    match timeout(gateway.subscriptions.send_timeout.0, socket.send(message)).await {
        Ok(sent) => sent.map_err(|_| End::Gone),
        Err(_) => {
            tracing::info!("a WebSocket is cut off: its client does not take what it is sent");
            Err(End::Gone)
        }
    }
}
