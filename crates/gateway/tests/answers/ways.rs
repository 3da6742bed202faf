//! Ways to ask beside a request of its own: lists of requests, and operations of a WebSocket.

use gateway::config::{Config, HttpConfig};
use serde_json::{Value, json};

use super::{Headers, ask, bearer, config, is_kept, start};
use crate::harness::{Socket, TestGateway, token};

async fn start_with_lists() -> TestGateway {
    let http = HttpConfig { max_batch_size: 5, ..HttpConfig::default() };
    start(Config { http, ..config() }).await
}

/// The responses to a list of queries.
async fn list(gateway: &TestGateway, queries: &[&str], headers: Headers<'_>) -> Vec<Value> {
    let body: Vec<_> = queries.iter().map(|query| json!({ "query": query })).collect();
    let reply = gateway.client.post("/graphql", headers, &json!(body).to_string()).await;
    assert!(reply.status == 200 && !is_kept(&reply), "a list has no age: {reply:#?}");
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    reply.json().as_array().unwrap().clone()
}

/// What is told of an operation of its own.
async fn by_socket(socket: &mut Socket, id: &str, query: &str) -> Value {
    socket.subscribe(id, query).await;
    let next = socket.hear().await;
    assert_eq!(next["type"], "next", "{next:#}");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": id }));
    next["payload"].clone()
}

#[tokio::test]
async fn each_request_of_a_list_finds_its_answer_and_leaves_one() {
    let gateway = start_with_lists().await;
    let first = list(&gateway, &["{ open }", "{ never }", "{ broken open }"], &[]).await;
    let second = list(&gateway, &["{ never }", "{ open }", "{ broken open }"], &[]).await;
    assert_eq!(first[0], second[1], "what is kept");
    assert!(first[1] != second[0] && first[2] != second[2], "what is not");
    let reply = ask(&gateway, "{ open }", &[]).await;
    assert_eq!((is_kept(&reply), &reply.json()), (true, &first[0]));
}

#[tokio::test]
async fn equal_requests_of_a_list_are_one() {
    let gateway = start_with_lists().await;
    let responses = list(&gateway, &["{ open }", "{ open }", "{ a: open }", "{ open }"], &[]).await;
    assert!(responses[0] == responses[1] && responses[0] == responses[3], "{responses:#?}");
    assert_ne!(responses[2]["data"]["a"], responses[0]["data"]["open"]);
}

#[tokio::test]
async fn a_list_is_for_its_caller_and_as_new_as_that_wishes() {
    let gateway = start_with_lists().await;
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    let queries = ["{ open }", "{ mine }"];
    let of_ann = list(&gateway, &queries, &bearer(&ann)).await;
    assert_eq!(list(&gateway, &queries, &bearer(&ann)).await, of_ann);
    let of_bob = list(&gateway, &queries, &bearer(&bob)).await;
    assert!(of_bob[0] == of_ann[0] && of_bob[1] != of_ann[1], "{of_bob:#?}");
    let anew = [("authorization", ann.as_str()), ("cache-control", "no-cache")];
    let new = list(&gateway, &queries, &anew).await;
    assert!(new[0] != of_ann[0] && new[1] != of_ann[1], "{new:#?}");
    assert_eq!(list(&gateway, &queries, &bearer(&ann)).await, new);
    // A change in a list is one, too.
    list(&gateway, &["mutation { change }"], &bearer(&ann)).await;
    assert_ne!(list(&gateway, &queries, &bearer(&ann)).await, new);
}

#[tokio::test]
async fn an_operation_of_a_websocket_finds_its_answer_and_leaves_one() {
    let gateway = start_with_lists().await;
    let (ann, bob) = (token("ann", 60), token("bob", 60));
    let mut socket = Socket::connect(gateway.address, &json!({ "authorization": ann })).await;
    let open = by_socket(&mut socket, "1", "{ open }").await;
    assert_eq!(by_socket(&mut socket, "2", "{ open }").await, open);
    let reply = ask(&gateway, "{ open }", &bearer(&bob)).await;
    assert_eq!((is_kept(&reply), reply.json()), (true, open.clone()));
    // What is kept for others is not for this one.
    let of_bob = ask(&gateway, "{ mine }", &bearer(&bob)).await.json();
    let mine = by_socket(&mut socket, "3", "{ mine }").await;
    assert_ne!(mine, of_bob);
    assert_eq!(ask(&gateway, "{ mine }", &bearer(&ann)).await.json(), mine);
    for query in ["{ never }", "{ broken open }"] {
        assert_ne!(by_socket(&mut socket, "4", query).await, by_socket(&mut socket, "5", query).await);
    }
    by_socket(&mut socket, "6", "mutation { change }").await;
    assert_ne!(
        by_socket(&mut socket, "7", "{ open }").await,
        open,
        "nothing from before a change of its own"
    );
}
