//! What is sent to do harm, and how each of it is answered: the table of docs/limits.md.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use gateway::config::{
    ByteSize, Config, HttpConfig, LimitsConfig, SubscriptionsConfig, Time, UploadsConfig, WebSocketConfig,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::compression::compressed;
use crate::harness::{PROTOCOL, Reply, Shop, Socket, TestGateway};

/// Most limits are as they are without configuration; these are smaller, or off by default.
fn config() -> Config {
    Config {
        http: HttpConfig {
            max_batch_size: 5,
            uploads: UploadsConfig { enabled: true, max_files: 2, max_size: ByteSize(1000) },
            ..HttpConfig::default()
        },
        limits: LimitsConfig {
            max_cost: Some(1000),
            max_variables_size: ByteSize(1000),
            ..LimitsConfig::default()
        },
        subscriptions: SubscriptionsConfig {
            websocket: WebSocketConfig { max_message_size: ByteSize(1000), ..WebSocketConfig::default() },
            ..SubscriptionsConfig::default()
        },
        ..Config::default()
    }
}

const ACCEPT: (&str, &str) = ("accept", "application/graphql-response+json");
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");
const DELIBERATE: (&str, &str) = ("apollo-require-preflight", "1");

/// Bytes of the body of a POST, with what they are and the headers they come with.
struct Post {
    what: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Vec<u8>,
}

fn post(what: &'static str, headers: &[(&'static str, &'static str)], body: impl Into<Vec<u8>>) -> Post {
    Post { what, headers: [&[ACCEPT], headers].concat(), body: body.into() }
}

fn query(what: &'static str, query: &str) -> Post {
    asked(what, query, &json!({}))
}

fn asked(what: &'static str, query: &str, variables: &Value) -> Post {
    post(what, &[JSON], json!({ "query": query, "variables": variables }).to_string())
}

fn repeated(times: usize, one: impl Fn(usize) -> String) -> String {
    (0..times).map(one).collect()
}

/// Fields that lead to each other, in each other.
fn nested(levels: usize) -> String {
    format!("{{ products {}{{ id }}{} }}", "{ reviews { product ".repeat(levels), "} }".repeat(levels))
}

fn documents() -> Vec<Post> {
    let doubled = repeated(30, |n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1));
    let lists = repeated(26_000, |_| "1 ".to_owned());
    vec![
        query("fields nested 68 deep", &nested(33)),
        query(
            "brackets nested 300 deep",
            &format!("{{ product(id: {}1{}) {{ id }} }}", "[".repeat(300), "]".repeat(300)),
        ),
        query("501 aliases", &format!("{{ products {{ {} }} }}", repeated(501, |n| format!("a{n}: id ")))),
        query("101 root fields", &format!("{{ {} }}", repeated(101, |n| format!("a{n}: __typename ")))),
        query(
            "17 directives at one field",
            &format!("{{ products {}{{ id }} }}", "@include(if: true) ".repeat(17)),
        ),
        query(
            "fragments that double 30 times",
            &format!("{{ ...F0 }} {doubled} fragment F30 on Query {{ __typename }}"),
        ),
        query("fragments in a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"),
        query(
            "501 fragments",
            &format!(
                "{{ products {{ id }} }} {}",
                repeated(501, |n| format!("fragment F{n} on Query {{ __typename }} "))
            ),
        ),
        query("a list of 26000 values", &format!("{{ product(id: [{lists}]) {{ id }} }}")),
        query("60001 commas", &format!("{{ products {{ id }} }}{}", ",".repeat(60_001))),
        query("a comment of 256 KiB", &format!("{{ products {{ id }} }} #{}", "x".repeat(256 * 1024))),
        query("lists in lists in lists", "{ products { reviews { product { reviews { body } } } } }"),
        query("introspection without a token", "{ __schema { types { name } } }"),
        query("what is no GraphQL", "{ products { id }"),
        query("an empty document", ""),
        query("a type definition", "type Query { a: Int }"),
        asked(
            "large variables",
            "query ($id: ID!) { product(id: $id) { id } }",
            &json!({ "id": "x".repeat(1000) }),
        ),
        post(
            "variables nested 200 deep",
            &[JSON],
            format!(
                "{{\"query\":\"query ($id: ID!) {{ product(id: $id) {{ id }} }}\",\"variables\":{{\"id\":{}{}}}}}",
                "[".repeat(200),
                "]".repeat(200)
            ),
        ),
        post("variables that are a list", &[JSON], r#"{"query":"{ __typename }","variables":[]}"#),
    ]
}

fn bodies() -> Vec<Post> {
    let list = |number: usize| Value::Array(vec![json!({ "query": "{ __typename }" }); number]).to_string();
    let typename = r#"{"query":"{ __typename }"}"#;
    vec![
        post("a body larger than 1 MiB", &[JSON], vec![b' '; 1024 * 1024 + 1]),
        post("a body that is no JSON", &[JSON], r#"{"query":"#),
        post("a body that is not UTF-8", &[JSON], b"{\"query\":\"\xff\"}".to_vec()),
        post("brackets nested a million deep", &[JSON], format!("{{\"query\":{}", "[".repeat(1_000_000))),
        post("a body that is a number", &[JSON], "7"),
        post("a body that is empty", &[JSON], ""),
        post("a list of 6 requests", &[JSON], list(6)),
        post("an empty list of requests", &[JSON], "[]"),
        post("a body of type `text/plain`", &[("content-type", "text/plain")], typename),
        post("a body without a type", &[], typename),
        post("a body in UTF-16", &[("content-type", "application/json; charset=utf-16")], typename),
        post("an encoding nobody knows", &[JSON, ("content-encoding", "lz4")], typename),
        post("a compressed body that is cut", &[JSON, ("content-encoding", "gzip")], "no gzip"),
        post("a form another site could send", &[FORM], form(&["0"], "x")),
        post("3 files", &[FORM, DELIBERATE], form(&["0", "1", "2"], "x")),
        post("files larger than allowed", &[FORM, DELIBERATE], form(&["0"], &"x".repeat(1001))),
        post(
            "a form without an end",
            &[FORM, DELIBERATE],
            "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{",
        ),
    ]
}

fn form(files: &[&str], content: &str) -> String {
    let query = "query ($files: [ID]) { __typename }";
    let operations = json!({ "query": query, "variables": { "files": vec![Value::Null; files.len()] } });
    let paths = files.iter().map(|name| ((*name).to_owned(), json!([format!("variables.files.{name}")])));
    let map = Value::Object(paths.collect());
    let mut form = String::new();
    let mut part = |disposition: &str, content: &str| {
        let _ = write!(form, "--x\r\ncontent-disposition: form-data; {disposition}\r\n\r\n{content}\r\n");
    };
    part("name=\"operations\"", &operations.to_string());
    part("name=\"map\"", &map.to_string());
    for name in files {
        part(&format!("name=\"{name}\"; filename=\"{name}\""), content);
    }
    form + "--x--\r\n"
}

fn told(reply: &Reply) -> String {
    let (status, code, _) = reply.error();
    format!("{status} `{code}`")
}

/// What the gateway closes a WebSocket with.
async fn closed(gateway: &TestGateway, messages: &[Value]) -> String {
    let mut socket = Socket::open(gateway.address, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap();
    for message in messages {
        socket.say(message).await;
    }
    loop {
        match socket.next().await {
            Message::Close(Some(frame)) => return format!("closed with {}", u16::from(frame.code)),
            Message::Text(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// What comes before the gateway ends the connection.
async fn raw(gateway: &TestGateway, bytes: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap_or_else(|| panic!("{answer}"));
    let code = answer.split_once("\"code\":\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    format!("{status} `{code}`")
}

#[tokio::test]
async fn each_is_refused_as_documented() {
    let shop = Shop::open().await;
    let gateway = TestGateway::start(config(), &shop.subgraphs()).await;
    let mut rows = Vec::new();
    for Post { what, headers, body } in documents().into_iter().chain(bodies()) {
        rows.push((what, told(&gateway.client.send_bytes("/graphql", &headers, body).await)));
    }
    let bomb = format!("{{\"query\":\"{}\"}}", " ".repeat(ByteSize::mebibytes(4).as_usize()));
    for (what, encoding) in [
        ("4 MiB packed with gzip", "gzip"),
        ("4 MiB packed with br", "br"),
        ("4 MiB packed with zstd", "zstd"),
    ] {
        let headers = [ACCEPT, JSON, ("content-encoding", encoding)];
        let packed = compressed(&bomb, encoding).await;
        rows.push((what, told(&gateway.client.send_bytes("/graphql", &headers, packed).await)));
    }
    let get = async |path: &str, headers: &[(&str, &str)]| told(&gateway.client.get(path, headers).await);
    rows.push(("a `GET` another site could send", get("/graphql?query=%7B__typename%7D", &[]).await));
    let mutation = "/graphql?query=mutation%7Brename(id:1,name:%22a%22)%7Bid%7D%7D";
    rows.push(("a mutation by `GET`", get(mutation, &[ACCEPT, DELIBERATE]).await));
    rows.push((
        "an answer as an image",
        get("/graphql?query=%7B__typename%7D", &[("accept", "image/png")]).await,
    ));

    let http = HttpConfig { request_timeout: Time(Duration::from_millis(20)), ..HttpConfig::default() };
    let impatient = TestGateway::start(Config { http, ..Config::default() }, &shop.subgraphs()).await;
    let slow = "POST /graphql HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
                content-length: 9\r\n\r\n{";
    rows.push(("a body that does not come", raw(&impatient, slow).await));

    let init = json!({ "type": "connection_init" });
    let large = json!({ "type": "ping", "payload": "x".repeat(1000) });
    rows.push(("a WebSocket message larger than allowed", closed(&gateway, &[init.clone(), large]).await));
    for (what, payload) in [
        ("`connection_init` with a list", json!([])),
        ("`connection_init` with a text", json!("token")),
        ("`connection_init` with `null`", json!(null)),
    ] {
        let message = json!({ "type": "connection_init", "payload": payload });
        // Nothing is the same as none.
        let messages = if payload.is_null() { vec![message, init.clone()] } else { vec![message] };
        rows.push((what, closed(&gateway, &messages).await));
    }
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }" } });
    rows.push(("a WebSocket operation before `connection_init`", closed(&gateway, &[subscribe]).await));

    // Nothing of it did harm.
    gateway.client.query("{ products { id } }").await.data();
    let table = rows.iter().fold("| sent | answer |\n|---|---|\n".to_owned(), |table, (what, answer)| {
        format!("{table}| {what} | {answer} |\n")
    });
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/limits.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&table), "docs/limits.md does not have this table:\n{table}");
}
