//! What `gateway serve` writes to its log about requests.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use super::{NOBODY, Served, command, configured};
use crate::harness::{Shop, Socket, token_signed_with};

const KEY: &str = "callers-callers-callers-callers-callers";

/// What no line may hold.
const SECRET: &str = "secret-in-variable";

/// A gateway's files; nobody listens at the address of reviews.
fn files(shop: &Shop, more: &str) -> TempDir {
    let [(_, _, products), _] = shop.subgraphs();
    let config = format!(
        "listen: 127.0.0.1:0
compose: supergraph.yaml
callers: {{ keys: [{{ algorithm: HS256, secret: {} }}] }}
upstream: {{ retry: {{ attempts: 1, delay: 40ms }} }}
operations: {{ folder: operations }}
{more}",
        KEY
    );
    let folder = configured(products, NOBODY, &config);
    std::fs::create_dir(folder.path().join("operations")).unwrap();
    std::fs::write(folder.path().join("operations/all.graphql"), "query All { products { id name } }")
        .unwrap();
    folder
}

fn serve(folder: &TempDir) -> Served {
    Served::start(command(folder.path()).args(["serve", "--config", "gateway.yaml"]))
}

/// The lines of a target about a request, once there is one.
pub(super) async fn lines(served: &Served, target: &str, request_id: &str) -> Vec<Value> {
    loop {
        let log = served.log.lock().unwrap().clone();
        let entries = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let found: Vec<_> =
            entries.filter(|entry| entry["target"] == target && entry["request_id"] == request_id).collect();
        if !found.is_empty() {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

pub(super) async fn access(served: &Served, request_id: &str) -> Value {
    lines(served, "gateway::access", request_id).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_line_with_what_it_took() {
    let shop = Shop::open().await;
    let served = serve(&files(&shop, ""));
    let person = token_signed_with(KEY, "person-7", 60);
    let body =
        json!({ "query": "query Names { products { name } }", "variables": { "a": SECRET } }).to_string();
    let ask = async |id: &str| {
        let headers = [("authorization", person.as_str()), ("x-request-id", id)];
        served.client.post("/graphql", &headers, &body).await
    };
    for (id, plan) in [("first", "made"), ("second", "kept")] {
        let reply = ask(id).await;
        let line = access(&served, id).await;
        let expected = json!({
            "operation": "Names", "method": "POST", "route": "/graphql", "status": 200, "errors": 0,
            "caller": "person-7", "request_bytes": body.len(), "response_bytes": reply.text.len(),
            "subgraph_calls": 1, "subgraph_bytes": reply.text.len(), "plan": plan,
        });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&line[key], value, "{key} of {line}");
        }
        assert!(line["duration_ms"].as_f64().is_some_and(|took| took > 0.0), "{line}");
        assert_eq!(line["cut_off"], Value::Null, "{line}");
    }

    let headers = [("authorization", person.as_str()), ("x-request-id", "table")];
    let table = served.client.get("/graphql/operations/all.csv", &headers).await;
    assert_eq!(table.text, "id,name\r\n1,Table\r\n2,Chair\r\n");
    let line = access(&served, "table").await;
    assert_eq!(line["response_bytes"], table.text.len(), "counted at its end: {line}");
    assert_eq!(
        (&line["subgraph_calls"], &line["caller"], &line["request_bytes"]),
        (&json!(1), &json!("person-7"), &json!(0)),
        "{line}"
    );
    let log = served.log.lock().unwrap().clone();
    assert!(!log.contains(SECRET) && !log.contains(&person[7..]), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_operation_of_a_websocket_is_a_line_answered_or_refused() {
    let shop = Shop::open().await;
    let served = serve(&files(&shop, "limits: { budget: { per_minute: 1, capacity: 10 } }\n"));
    let greeting = json!({ "authorization": token_signed_with(KEY, "person-7", 60) });
    let mut socket = Socket::connect(served.address, &greeting).await;
    let answered = "query Names { products { name } }";
    let costly = "query Costly { products { name } other: products { name } }";
    let mut expected = Vec::new();
    for (payload, operation, errors) in [
        (json!({ "query": answered }), json!("Names"), 0),
        (json!({ "query": costly }), json!(null), 1),
        (json!({ "query": "{ nothing }" }), json!(null), 1),
        (json!({ "documentId": "nothing" }), json!(null), 1),
        (json!({}), json!(null), 1),
    ] {
        socket.say(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        let told = socket.hear().await;
        assert_eq!(told["type"], if errors == 0 { "next" } else { "error" }, "{told}");
        if errors == 0 {
            assert_eq!(socket.hear().await["type"], "complete");
        }
        expected.push((operation, json!(errors), json!(1), json!("person-7")));
    }
    loop {
        let log = served.log.lock().unwrap().clone();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let lines: Vec<_> = lines
            .filter(|line| line["message"] == "websocket operation")
            .map(|line| ["operation", "errors", "responses", "caller"].map(|key| line[key].clone()))
            .map(|[operation, errors, responses, caller]| (operation, errors, responses, caller))
            .collect();
        if lines.len() == expected.len() {
            assert_eq!(lines, expected, "{log}");
            break;
        }
        tokio::task::yield_now().await;
    }
}

/// A line tells its request, whether it takes it from a span (as it must where the filter names spans) or not.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_in_a_request_is_told_with_the_request() {
    const QUERY: &str = "{ products { reviews { body } } }";
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    for filter in ["info", "info,[nowhere]=debug"] {
        let shop = Shop::open().await;
        let folder = files(&shop, &format!("telemetry: {{ log_filter: '{filter}' }}\n"));
        let served = serve(&folder);
        let (person, parent) =
            (token_signed_with(KEY, "person-7", 60), format!("00-{TRACE}-00f067aa0ba902b7-01"));
        let headers = [("authorization", &*person), ("x-request-id", "seven"), ("traceparent", &parent)];
        let reply = served.client.post("/graphql", &headers, &json!({ "query": QUERY }).to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let expected = json!({
            "name": "request", "request_id": "seven", "trace_id": TRACE, "method": "POST", "route": "/graphql",
        });
        // Each call is made twice.
        assert_eq!(failures(&served, 2).await, vec![expected; 2], "{filter}");

        let mut socket = Socket::connect(served.address, &json!({ "authorization": person })).await;
        socket.say(&json!({ "id": "1", "type": "subscribe", "payload": { "query": QUERY } })).await;
        assert_eq!(socket.hear().await["type"], "next");
        let told = failures(&served, 4).await.remove(3);
        let part = |key: &str| told[key].clone();
        assert_eq!([part("name"), part("method"), part("route")], ["request", "GET", "/graphql"], "{told}");
        assert!(part("request_id").as_str().is_some_and(|id| id.len() == 36), "{told}");
    }
}

/// The requests that failed calls to subgraphs were made for, once there are so many.
async fn failures(served: &Served, count: usize) -> Vec<Value> {
    loop {
        let log = served.log.lock().unwrap().clone();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let failed = lines.filter(|line| line["message"] == "a subgraph request failed");
        let found: Vec<_> = failed.map(|mut line| line["span"].take()).collect();
        if found.len() >= count {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_before_there_is_an_answer_has_its_line() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let config = "compose: supergraph.yaml\nlisten: 127.0.0.1:0\ntelemetry: { log_format: json }\n";
    let folder = configured(&url, NOBODY, config);
    let served = tokio::task::block_in_place(|| serve(&folder));
    let mut client = TcpStream::connect(served.address).await.unwrap();
    let body = json!({ "query": "{ products { name } }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: a\r\nx-request-id: left\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    client.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    // It is asked, and never answers.
    let _asked = silent.accept().await.unwrap();
    drop(client);
    let line = access(&served, "left").await;
    assert_eq!(
        (&line["status"], &line["cut_off"], &line["response_bytes"], &line["request_bytes"]),
        (&json!(499), &json!(true), &json!(0), &json!(body.len())),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_operation_is_told_with_its_plan() {
    let shop = Shop::open().await;
    let slow = "telemetry: { slow_operations: { threshold: 15ms, max_per_minute: 1 } }\n";
    let served = serve(&files(&shop, slow));
    let person = token_signed_with(KEY, "person-7", 60);
    let query = "query Slow($id: ID!) { product(id: $id) { name } other: product(id: \"secret-in-document\") { name } latest { body } }";
    let body = json!({ "query": query, "variables": { "id": SECRET } }).to_string();
    let ask = async |id: &str| {
        let headers = [("authorization", person.as_str()), ("x-request-id", id)];
        // A subgraph that is asked again after 20 ms or more.
        served.client.post("/graphql", &headers, &body).await.json()
    };
    assert_eq!(ask("first").await["data"], json!(null));
    let line = lines(&served, "gateway::slow_operation", "first").await.remove(0);
    let plan = line["plan"].as_str().unwrap();
    assert!(plan.contains("#0 products") && plan.contains("product(id:\"\")"), "{plan}");
    let fetches = line["fetches"].as_str().unwrap();
    assert_eq!(fetches.matches("SUBGRAPH_UNREACHABLE").count(), 2, "{fetches}");
    assert!(
        fetches.split(", ").any(|fetch| fetch.starts_with("products ") && fetch.ends_with('B')),
        "{fetches}"
    );
    let times = ["duration_ms", "prepare_ms", "execute_ms"].map(|key| line[key].as_f64().unwrap());
    assert!(times[0] >= 15.0 && (times[1] + times[2] - times[0]).abs() < 0.001, "{line}");
    assert_eq!((&line["operation"], &line["subgraph_calls"]), (&json!("Slow"), &json!(3)), "{line}");
    assert!(line["cost"].as_u64().is_some_and(|cost| cost > 0), "{line}");
    let hash =
        |text: &str| -> String { Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect() };
    assert_eq!(
        (&line["hash"], &line["caller"]),
        (&json!(hash(query)), &json!(hash("person-7")[..16])),
        "{line}"
    );
    assert!(!line.to_string().contains("person-7"), "{line}");

    ask("second").await;
    access(&served, "second").await;
    let log = served.log.lock().unwrap().clone();
    assert_eq!(log.matches("gateway::slow_operation").count(), 1, "one in a minute: {log}");
    assert!(!log.contains(SECRET) && !log.contains("secret-in-document"), "{log}");
}
