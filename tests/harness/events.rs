//! Following events: as server-sent events, and over a WebSocket.

use std::net::SocketAddr;

use futures::{SinkExt, StreamExt};
use http::Method;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Client;

/// Server-sent events under way.
pub(crate) struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    /// Subscribes at a gateway.
    pub(crate) async fn open(client: &Client, document: &str, variables: &Value) -> Self {
        Self::open_with(client, &[], document, variables).await
    }

    /// The same with more headers.
    pub(crate) async fn open_with(
        client: &Client,
        headers: &[(&'static str, &str)],
        document: &str,
        variables: &Value,
    ) -> Self {
        let own = [("content-type", "application/json"), ("accept", "text/event-stream")];
        let headers = [&own[..], headers].concat();
        let body = json!({ "query": document, "variables": variables }).to_string();
        let answer = client.open(Method::POST, "/graphql", &headers, body).await;
        assert_eq!(answer.status(), 200, "{document}");
        Self { body: answer.into_body(), text: String::new() }
    }

    /// The next response; `None` when the subscription is complete.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                let event = std::mem::replace(&mut self.text, rest);
                let line = |field: &str| event.lines().find_map(|line| line.strip_prefix(field));
                match line("event: ") {
                    Some("next") => return Some(serde_json::from_str(line("data: ").unwrap()).unwrap()),
                    Some("complete") => return None,
                    _ => {}
                }
            }
            let frame = self.body.frame().await.unwrap_or_else(|| panic!("over after {:?}", self.text));
            self.text.push_str(std::str::from_utf8(frame.unwrap().data_ref().unwrap()).unwrap());
        }
    }
}

/// A WebSocket with the subprotocol `graphql-transport-ws`.
pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Opens one with headers of choice, and names the protocol.
    pub(crate) async fn open(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
        Self::open_without_protocol(address, &[headers, &[protocol]].concat()).await
    }

    /// Opens one with headers of choice.
    pub(crate) async fn open_without_protocol(address: SocketAddr, headers: &[(&'static str, &str)]) -> Self {
        let mut request = format!("ws://{address}/graphql").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        // What is sent to a reader who stops reading is soon more than fits.
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self(client_async(request, stream).await.unwrap().0)
    }

    /// Opens one as a client of a gateway, greets and subscribes.
    pub(crate) async fn subscribe(client: &Client, document: &str, variables: &Value) -> Self {
        let mut socket = Self::open(client.address, &[("authorization", &client.authorization())]).await;
        socket.begin(document, variables).await;
        socket
    }

    /// Greets and subscribes.
    pub(crate) async fn begin(&mut self, document: &str, variables: &Value) {
        self.say(json!({ "type": "connection_init" })).await;
        assert_eq!(self.hear().await, Ok(json!({ "type": "connection_ack" })));
        let payload = json!({ "query": document, "variables": variables });
        self.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message, or the code with which the other side closes.
    pub(crate) async fn hear(&mut self) -> Result<Value, u16> {
        loop {
            match self.0.next().await.expect("the connection is open").unwrap() {
                Message::Text(text) => return Ok(serde_json::from_str(&text).unwrap()),
                Message::Close(frame) => return Err(frame.map_or(0, |frame| frame.code.into())),
                _ => {}
            }
        }
    }

    /// The next response; `None` when the subscription is complete.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let mut message = self.hear().await.unwrap_or_else(|code| panic!("closed with {code}"));
        match message["type"].as_str() {
            Some("next") => Some(message["payload"].take()),
            Some("error") => Some(json!({ "errors": message["payload"] })),
            Some("complete") => None,
            _ => panic!("{message}"),
        }
    }
}
