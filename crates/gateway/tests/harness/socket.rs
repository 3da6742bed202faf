//! A WebSocket client that sends exactly what it is told.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The protocol in the handshake.
pub(crate) const PROTOCOL: &str = "graphql-transport-ws";

/// An open WebSocket.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens a WebSocket with headers of choice.
    pub(crate) async fn open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(address).await.unwrap();
        client_async(request, stream).await.map(|(socket, _)| Self(socket))
    }

    /// Opens a WebSocket as clients do: protocol, greeting, acknowledgement.
    pub(crate) async fn connect(address: SocketAddr, payload: &Value) -> Self {
        let mut socket = Self::open(address, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap();
        socket.say(&serde_json::json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, serde_json::json!({ "type": "connection_ack" }));
        socket
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// Sends a message as JSON.
    pub(crate) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Starts an operation.
    pub(crate) async fn subscribe(&mut self, id: &str, query: &str) {
        let payload = serde_json::json!({ "query": query });
        self.say(&serde_json::json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// The next message that is no ping.
    pub(crate) async fn next(&mut self) -> Message {
        loop {
            match self.0.next().await.expect("the connection is open").unwrap() {
                Message::Ping(_) | Message::Pong(_) => {}
                message => return message,
            }
        }
    }

    /// The next message as JSON.
    pub(crate) async fn hear(&mut self) -> Value {
        match self.next().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("no text: {other:?}"),
        }
    }

    /// Code and reason with which the gateway closes the connection.
    pub(crate) async fn closing(&mut self) -> (u16, String) {
        match self.next().await {
            Message::Close(Some(frame)) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("not closed: {other:?}"),
        }
    }

    /// Closes the connection; code of the gateway's own close.
    pub(crate) async fn close(mut self) -> u16 {
        self.0.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).await.unwrap();
        self.closing().await.0
    }

    /// Waits for a ping.
    pub(crate) async fn pinged(&mut self) {
        while !matches!(self.0.next().await.expect("the connection is open").unwrap(), Message::Ping(_)) {}
    }
}
