//! `graphql-transport-ws`: every message, every close code.

use gateway::Drained;
use gateway::config::{
    ByteSize, Config, HttpConfig, SubscriptionProtocol, SubscriptionsConfig, Time, WebSocketConfig,
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{ARRIVALS, by, start, with};
use crate::harness::{INTERNAL_SECRET, News, PROTOCOL, Socket, TestGateway, caller_config, token};

async fn connect(gateway: &TestGateway) -> Socket {
    Socket::connect(gateway.address, &json!({})).await
}

fn limited(websocket: WebSocketConfig) -> Config {
    with(SubscriptionsConfig { websocket, ..SubscriptionsConfig::default() })
}

#[tokio::test]
async fn operations_of_one_connection_run_beside_each_other() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("events", "subscription { arrivals(limit: 2) { product { name } } }").await;
    news.opened().await;
    news.arrive("1", "");
    let event = |name: &str| {
        let data = json!({ "arrivals": { "product": { "name": name } } });
        json!({ "id": "events", "type": "next", "payload": { "data": data } })
    };
    assert_eq!(socket.hear().await, event("Table"));
    socket.subscribe("query", "{ product(id: 2) { name } }").await;
    let data = json!({ "product": { "name": "Chair" } });
    assert_eq!(socket.hear().await, json!({ "id": "query", "type": "next", "payload": { "data": data } }));
    assert_eq!(socket.hear().await, json!({ "id": "query", "type": "complete" }));
    news.arrive("2", "");
    assert_eq!(socket.hear().await, event("Chair"));
    assert_eq!(socket.hear().await, json!({ "id": "events", "type": "complete" }));
    // An id that is free again may be used again.
    socket.subscribe("events", "mutation { rename(id: 1, name: \"Desk\") { name } }").await;
    assert_eq!(socket.hear().await["payload"]["data"], json!({ "rename": { "name": "Desk" } }));
}

#[tokio::test]
async fn a_refused_operation_leaves_the_connection_open() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let mut socket = connect(&gateway).await;
    for (payload, code) in [
        (json!({ "query": "{ nothing }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "variables": {} }), "BAD_REQUEST"),
        (json!({ "query": "subscription { failing { note } }" }), ""),
    ] {
        socket.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let message = socket.hear().await;
        if code.is_empty() {
            // The subgraph's own error is an event.
            assert_eq!(message["type"], "next", "{message}");
            assert_eq!(message["payload"]["errors"][0]["extensions"]["service"], "news", "{message}");
            assert_eq!(socket.hear().await["type"], "complete");
        } else {
            assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")), "{message}");
            assert_eq!(message["payload"][0]["extensions"]["code"], code, "{message}");
        }
    }
}

#[tokio::test]
async fn the_client_ends_an_operation_or_all() {
    let news = News::open().await;
    let gateway = start(&news, by(SubscriptionProtocol::WebSocket)).await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    assert_eq!(news.listeners(), 1);
    socket.say(&json!({ "id": "1", "type": "complete" })).await;
    news.closed().await;
    // Completing what does not run is no mistake: both sides may complete at once.
    socket.say(&json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    drop(socket);
    news.closed().await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    assert_eq!(socket.close().await, 1000);
    news.closed().await;
}

#[tokio::test]
async fn pings_are_answered_and_sent() {
    let news = News::open().await;
    let quick = SubscriptionsConfig { heartbeat: Time::milliseconds(20), ..SubscriptionsConfig::default() };
    let gateway = start(&news, with(quick)).await;
    let mut socket = connect(&gateway).await;
    socket.say(&json!({ "type": "ping", "payload": { "at": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "at": 1 } }));
    socket.say(&json!({ "type": "pong" })).await;
    socket.pinged().await;
}

#[tokio::test]
async fn a_client_that_answers_no_ping_is_gone() {
    let news = News::open().await;
    let hasty = SubscriptionsConfig {
        heartbeat: Time::milliseconds(20),
        send_timeout: Time::milliseconds(500),
        ..SubscriptionsConfig::default()
    };
    let gateway = start(&news, with(hasty)).await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    // The client answers pings only while it listens, which it does no more.
    news.closed().await;
}

/// What a client says after the handshake, and how the connection is closed.
async fn closed_after(gateway: &TestGateway, messages: &[Message]) -> (u16, String) {
    let mut socket = Socket::open(gateway.address, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap();
    for message in messages {
        socket.send(message.clone()).await;
    }
    loop {
        match socket.next().await {
            Message::Text(text) => assert_eq!(text.as_str(), r#"{"type":"connection_ack"}"#),
            Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

fn text(message: Value) -> Message {
    Message::text(message.to_string())
}

#[tokio::test]
async fn a_client_that_breaks_the_protocol_is_told_how() {
    let news = News::open().await;
    let websocket = WebSocketConfig { max_message_size: ByteSize(1000), ..WebSocketConfig::default() };
    let gateway = start(&news, limited(websocket)).await;
    let init = || text(json!({ "type": "connection_init" }));
    let subscribe = || text(json!({ "id": "1", "type": "subscribe", "payload": { "query": ARRIVALS } }));
    let cases: [(&[Message], u16, &str); 9] = [
        (&[subscribe()], 4401, "Unauthorized"),
        (&[init(), init()], 4429, "Too many initialisation requests"),
        (&[init(), subscribe(), subscribe()], 4409, "Subscriber for 1 already exists"),
        (&[Message::text("hello")], 4400, "a message is a JSON object with a `type`"),
        (
            &[init(), text(json!({ "type": "start" }))],
            4400,
            "the `type` of the message is not one a client sends",
        ),
        (&[init(), Message::binary(&b"{}"[..])], 4400, "messages are sent as text"),
        (
            &[init(), text(json!({ "type": "ping", "payload": "x".repeat(1000) }))],
            1009,
            "the message is too large",
        ),
        (
            &[text(json!({ "type": "connection_init", "payload": { "authorization": "a\nb" } }))],
            4400,
            "`authorization` is no value of a header",
        ),
        (
            &[text(json!({ "type": "connection_init", "payload": "token" }))],
            4400,
            "the `payload` of `connection_init` is an object",
        ),
    ];
    for (messages, code, reason) in cases {
        assert_eq!(closed_after(&gateway, messages).await, (code, reason.to_owned()), "{messages:?}");
    }
    news.closed().await;
}

#[tokio::test]
async fn a_client_that_speaks_another_protocol_is_told_which() {
    let news = News::open().await;
    let gateway = start(&news, Config::default()).await;
    for offered in [&[][..], &[("sec-websocket-protocol", "graphql-ws")][..]] {
        // A client of this library refuses to go on without the protocol it has offered.
        match Socket::open(gateway.address, offered).await {
            Ok(mut socket) => assert_eq!(socket.closing().await.0, 4406),
            Err(error) => assert!(matches!(error, Error::Protocol(_)) && !offered.is_empty(), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_client_that_does_not_greet_is_not_waited_for() {
    let news = News::open().await;
    let impatient =
        WebSocketConfig { connection_init_timeout: Time::milliseconds(20), ..WebSocketConfig::default() };
    let gateway = start(&news, limited(impatient)).await;
    let expected = (4408, "Connection initialisation timeout".to_owned());
    assert_eq!(closed_after(&gateway, &[]).await, expected);
}

#[tokio::test]
async fn a_connection_has_only_so_many_operations() {
    let news = News::open().await;
    let gateway =
        start(&news, limited(WebSocketConfig { max_operations: 1, ..WebSocketConfig::default() })).await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    socket.subscribe("2", ARRIVALS).await;
    let error = json!({
        "message": "this connection has 1 operations already; complete one first",
        "extensions": { "code": "LIMIT_OPERATIONS" },
    });
    assert_eq!(socket.hear().await, json!({ "id": "2", "type": "error", "payload": [error] }));
    socket.say(&json!({ "id": "1", "type": "complete" })).await;
    news.closed().await;
    socket.subscribe("2", ARRIVALS).await;
    news.opened().await;
}

#[tokio::test]
async fn all_connections_share_a_number_of_subscriptions() {
    let news = News::open().await;
    let gateway =
        start(&news, with(SubscriptionsConfig { max_open: 1, ..SubscriptionsConfig::default() })).await;
    let mut first = connect(&gateway).await;
    first.subscribe("1", ARRIVALS).await;
    news.opened().await;
    let mut second = connect(&gateway).await;
    second.subscribe("1", ARRIVALS).await;
    assert_eq!(second.hear().await["payload"][0]["extensions"]["code"], "LIMIT_SUBSCRIPTIONS");
    second.subscribe("1", "{ product(id: 1) { name } }").await;
    assert_eq!(second.hear().await["type"], "next");
}

#[tokio::test]
async fn the_greeting_says_who_calls() {
    let news = News::open().await;
    let config = Config { callers: caller_config(), ..by(SubscriptionProtocol::WebSocket) };
    let gateway = start(&news, config).await;
    let payload =
        json!({ "Authorization": token("ann", 60), "X-Branch": "north", "x-other": "not forwarded" });
    let mut socket = Socket::connect(gateway.address, &payload).await;
    for (header, expected) in [("x-branch", Some("north")), ("x-other", None), ("authorization", None)] {
        socket.subscribe(header, &format!("subscription {{ heard(header: \"{header}\") }}")).await;
        assert_eq!(socket.hear().await["payload"]["data"], json!({ "heard": expected }), "{header}");
        assert_eq!(socket.hear().await["type"], "complete");
    }
    socket.subscribe("1", "subscription { heard(header: \"x-caller-token\") }").await;
    let heard = socket.hear().await;
    let internal = heard["payload"]["data"]["heard"].as_str().unwrap();
    let mut validation = jsonwebtoken::Validation::default();
    validation.set_audience(&["subgraph"]);
    let key = jsonwebtoken::DecodingKey::from_secret(INTERNAL_SECRET.as_bytes());
    let claims = jsonwebtoken::decode::<Value>(internal, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], "ann");
}

#[tokio::test]
async fn without_a_good_token_the_connection_is_closed() {
    let news = News::open().await;
    let config = Config { callers: caller_config(), ..by(SubscriptionProtocol::WebSocket) };
    let gateway = start(&news, config).await;
    let missing = "this graph needs a token; send the header `Authorization: Bearer <token>`";
    for (payload, reason) in [
        (json!({}), missing),
        (
            json!({ "authorization": "Bearer x.y.z" }),
            "the `Authorization` header is malformed; it is `Bearer`, a space and a JSON Web Token",
        ),
        (json!({ "authorization": token("ann", -60) }), "the token has expired; get a new one"),
    ] {
        let init = text(json!({ "type": "connection_init", "payload": payload }));
        assert_eq!(closed_after(&gateway, &[init]).await, (4403, reason.to_owned()));
    }
    // Good for a second or two more, within the clock's tolerance: whether the subgraph is asked by then does not matter.
    let mut socket = Socket::connect(gateway.address, &json!({ "authorization": token("ann", -3) })).await;
    socket.subscribe("1", ARRIVALS).await;
    assert_eq!(socket.closing().await, (4403, "the token has expired; get a new one".to_owned()));
    news.closed().await;
}

#[tokio::test]
async fn pages_of_other_sites_open_no_connection() {
    let news = News::open().await;
    let http = HttpConfig { cors_origins: vec!["https://app.example".to_owned()], ..HttpConfig::default() };
    let gateway = start(&news, Config { http, ..Config::default() }).await;
    let own = format!("http://{}", gateway.address);
    for (origin, open) in [("https://evil.example", false), ("https://app.example", true), (&own, true)] {
        match Socket::open(gateway.address, &[("origin", origin), ("sec-websocket-protocol", PROTOCOL)]).await
        {
            Ok(_) => assert!(open, "{origin}"),
            Err(Error::Http(response)) => assert!(!open && response.status() == 403, "{response:?}"),
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

#[tokio::test]
async fn connections_end_when_the_gateway_stops_and_do_not_hold_it_up() {
    let news = News::open().await;
    let http = HttpConfig { drain_timeout: Time::seconds(3600), ..HttpConfig::default() };
    let gateway = start(&news, Config { http, ..by(SubscriptionProtocol::WebSocket) }).await;
    let mut socket = connect(&gateway).await;
    socket.subscribe("1", ARRIVALS).await;
    news.opened().await;
    let stopped = gateway.stop();
    assert_eq!(socket.closing().await, (1001, "the gateway stops; connect again".to_owned()));
    drop(socket);
    assert_eq!(stopped.await.unwrap(), Drained::Completely);
    news.closed().await;
}
