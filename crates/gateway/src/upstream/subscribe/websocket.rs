//! A subgraph's events by WebSocket.

use bytes::Bytes;
use federation::execute::{Answer, Events, TransportError, TransportErrorKind};
use futures::{SinkExt, StreamExt, stream};
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use http::{HeaderMap, HeaderValue, Uri};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout, timeout_at};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use super::messages::{self, SubgraphMessage};
use super::{Opening, broken, malformed};
use crate::upstream::client::{Client, ClientError};
use crate::upstream::transport::failed;

/// Events that wait for a slow client, besides those the network holds.
const WAITING_EVENTS: usize = 8;

/// How long saying goodbye to a subgraph may take.
const FAREWELL: Duration = Duration::from_secs(2);

type Socket = WebSocketStream<TokioIo<Upgraded>>;
type Item = Result<Answer, TransportError>;

/// Opens a subscription.
pub(super) async fn open(client: &Client, opening: Opening) -> Result<Events, TransportError> {
    let Opening { subgraph, uri, headers, body, max_bytes, deadline, .. } = opening;
    let mut socket = connect(client, &subgraph, &uri, headers, max_bytes, deadline).await?;
    let Some(subscribe) = messages::subscribe(&body) else {
        return Err(malformed(&subgraph, &uri, "the request is not UTF-8"));
    };
    let mut peer = Peer { subgraph, uri };
    let opened = timeout_at(deadline, peer.initialise(&mut socket, subscribe)).await;
    opened.unwrap_or_else(|_| Err(failed(&peer.subgraph, &peer.uri, &ClientError::Timeout)))?;
    let (sender, mut receiver) = mpsc::channel(WAITING_EVENTS);
    tokio::spawn(peer.follow(socket, sender));
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)).boxed())
}

async fn connect(
    client: &Client,
    subgraph: &str,
    uri: &Uri,
    mut headers: HeaderMap,
    max_bytes: usize,
    deadline: tokio::time::Instant,
) -> Result<Socket, TransportError> {
    let key = generate_key();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(messages::PROTOCOL));
    if let Ok(key) = HeaderValue::from_str(&key) {
        headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    let upgraded = client.upgrade(uri.clone(), headers, deadline).await;
    let (headers, connection) = upgraded.map_err(|error| failed(subgraph, uri, &error))?;
    let says =
        |name, value: &str| headers.get(name).is_some_and(|given| given.as_bytes() == value.as_bytes());
    if !says(SEC_WEBSOCKET_ACCEPT, &derive_accept_key(key.as_bytes())) {
        return Err(malformed(subgraph, uri, "`sec-websocket-accept` is wrong"));
    }
    if !says(SEC_WEBSOCKET_PROTOCOL, messages::PROTOCOL) {
        tracing::warn!(subgraph, %uri, "the subgraph does not speak `{}`", messages::PROTOCOL);
        let message = format!("subgraph `{subgraph}` does not speak the protocol of subscriptions");
        return Err(TransportError { kind: TransportErrorKind::Refused, message });
    }
    let config = WebSocketConfig::default()
        .max_message_size(Some(max_bytes))
        .max_frame_size(Some(max_bytes))
        .read_buffer_size(8 * 1024)
        .write_buffer_size(8 * 1024);
    Ok(WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await)
}

/// The subgraph at the other end.
struct Peer {
    subgraph: String,
    uri: Uri,
}

impl Peer {
    /// Greets, waits for the greeting to be returned, and subscribes.
    async fn initialise(&mut self, socket: &mut Socket, subscribe: String) -> Result<(), TransportError> {
        self.send(socket, messages::INIT.to_owned()).await?;
        loop {
            match self.hear(socket).await? {
                SubgraphMessage::Ack => return self.send(socket, subscribe).await,
                SubgraphMessage::Ping(pong) => self.send(socket, pong).await?,
                SubgraphMessage::Pong => {}
                _ => {
                    return Err(malformed(
                        &self.subgraph,
                        &self.uri,
                        "a message came before `connection_ack`",
                    ));
                }
            }
        }
    }

    /// Hands events on until the subgraph ends, or nobody listens any more. Then the subgraph is told.
    async fn follow(self, mut socket: Socket, sender: mpsc::Sender<Item>) {
        loop {
            let heard = tokio::select! {
                () = sender.closed() => break,
                heard = self.hear(&mut socket) => heard,
            };
            let (item, over) = match heard {
                Ok(SubgraphMessage::Next(response)) => (Ok(Answer::Json(response)), false),
                Ok(SubgraphMessage::Error(response)) => (Ok(Answer::Json(response)), true),
                Ok(SubgraphMessage::Complete) => break,
                Ok(SubgraphMessage::Ping(pong)) => match self.send(&mut socket, pong).await {
                    Ok(()) => continue,
                    Err(error) => (Err(error), true),
                },
                Ok(SubgraphMessage::Ack | SubgraphMessage::Pong) => continue,
                Err(error) => (Err(error), true),
            };
            // Waits for a slow client; nobody listens when this fails.
            if sender.send(item).await.is_err() || over {
                break;
            }
        }
        let farewell = async {
            if sender.is_closed() {
                let _ = socket.send(Message::text(messages::COMPLETE)).await;
            }
            let _ = socket.close(None).await;
        };
        let _ = timeout(FAREWELL, farewell).await;
    }

    async fn send(&self, socket: &mut Socket, text: String) -> Result<(), TransportError> {
        let sent = socket.send(Message::text(text)).await;
        sent.map_err(|error| broken(&self.subgraph, &self.uri, &error.to_string()))
    }

    /// The next message.
    async fn hear(&self, socket: &mut Socket) -> Result<SubgraphMessage, TransportError> {
        loop {
            let text = match socket.next().await {
                Some(Ok(Message::Text(text))) => Bytes::from(text),
                Some(Ok(Message::Close(frame))) => {
                    let cause = frame.map_or_else(|| "closed".to_owned(), |frame| frame.to_string());
                    return Err(broken(&self.subgraph, &self.uri, &cause));
                }
                Some(Ok(Message::Binary(_))) => {
                    return Err(malformed(&self.subgraph, &self.uri, "a binary message"));
                }
                // Pings are answered by the library.
                Some(Ok(_)) => continue,
                Some(Err(error @ SocketError::Capacity(_))) => {
                    return Err(malformed(&self.subgraph, &self.uri, &error.to_string()));
                }
                Some(Err(error)) => return Err(broken(&self.subgraph, &self.uri, &error.to_string())),
                None => return Err(broken(&self.subgraph, &self.uri, "the connection ended")),
            };
            return SubgraphMessage::read(&text).ok_or_else(|| {
                malformed(&self.subgraph, &self.uri, "a message that is none of the protocol's")
            });
        }
    }
}
