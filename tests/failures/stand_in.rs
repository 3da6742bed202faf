//! A server in the place of a service that answers GraphQL requests in a bad manner of choice.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Not at all.
    Silent,
    /// With a page that tells of a failure, as proxies do.
    Page,
    /// With a page and a status of success.
    PageThatSucceeds,
    /// With JSON that ends early.
    BrokenJson,
    /// With a part of what was announced.
    Truncated,
    /// By closing the connection.
    Closing,
    /// With JSON that is no object.
    NoObject,
    /// With data of another shape than asked for.
    OtherShape,
    /// With an error that tells everything.
    Talkative,
}

/// The server.
pub(super) struct StandIn {
    pub(super) address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    manner: Manner,
    seen: Vec<Manner>,
}

impl StandIn {
    pub(super) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { manner: Manner::Silent, seen: Vec::new() }));
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, shared.clone()));
            }
        });
        Self { address, state }
    }

    /// From now on.
    pub(super) fn behave(&self, manner: Manner) {
        self.state.lock().unwrap().manner = manner;
    }

    /// The manners in which requests were answered, in order, without repetitions.
    pub(super) fn seen(&self) -> Vec<Manner> {
        self.state.lock().unwrap().seen.clone()
    }
}

/// What the gateway asks to learn whether a service is there.
const PROBE: &[u8] = br#"{"query":"{__typename}"}"#;

/// Reads one request and answers it; the connection is closed after it. Probes get no answer.
async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut buffer = [0; 16 * 1024];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&buffer[..count]),
        }
    }
    if request.ends_with(PROBE) {
        return;
    }
    let manner = {
        let mut state = state.lock().unwrap();
        let manner = state.manner;
        if state.seen.last() != Some(&manner) {
            state.seen.push(manner);
        }
        manner
    };
    if manner == Manner::Silent {
        // Until the gateway gives up.
        let _ = stream.read(&mut [0; 1]).await;
        return;
    }
    let _ = stream.write_all(text(manner).as_bytes()).await;
}

/// Whether head and body are there.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    length.and_then(|length| length.trim().parse().ok()).is_none_or(|length: usize| body.len() >= length)
}

fn text(manner: Manner) -> String {
    let json = "application/json";
    let page =
        "<html><body>Traceback: panicked at src/main.rs:1 on http://127.0.0.1:4102/graphql</body></html>";
    let telling = r#"{"data":null,"errors":[{"message":"SELECT * FROM daily_facts failed at http://127.0.0.1/","extensions":{"code":"INTERNAL_SERVER_ERROR","stacktrace":["panicked at src/main.rs:1"]}}]}"#;
    match manner {
        Manner::Silent | Manner::Closing => String::new(),
        Manner::Page => http("500 Internal Server Error", "text/html", page, page.len()),
        Manner::PageThatSucceeds => http("200 OK", "text/html", page, page.len()),
        Manner::BrokenJson => http("200 OK", json, "{\"data\":{\"network\":", 19),
        Manner::Truncated => http("200 OK", json, "{\"data\":{\"network\":", 4096),
        Manner::NoObject => http("200 OK", json, "[]", 2),
        Manner::OtherShape => {
            let body = r#"{"data":{"network":[7],"_entities":"none"}}"#;
            http("200 OK", json, body, body.len())
        }
        Manner::Talkative => http("200 OK", json, telling, telling.len()),
    }
}

fn http(status: &str, kind: &str, body: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}
