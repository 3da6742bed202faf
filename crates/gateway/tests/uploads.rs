//! Requests with files.

use gateway::config::{ByteSize, Config, HttpConfig, UploadsConfig};
use serde_json::{Value, json};

use crate::harness::{Files, Reply, Shop, TestGateway};

async fn start(uploads: UploadsConfig) -> (Files, TestGateway) {
    let (shop, files) = (Shop::open().await, Files::open().await);
    let [products, reviews] = shop.subgraphs();
    let http = HttpConfig { uploads, ..HttpConfig::default() };
    let config = Config { http, ..Config::default() };
    let gateway = TestGateway::start(config, &[products, reviews, files.subgraph()]).await;
    (files, gateway)
}

fn on() -> UploadsConfig {
    UploadsConfig { enabled: true, ..UploadsConfig::default() }
}

/// A part of a form: its disposition, its type, its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a str);

async fn send(gateway: &TestGateway, headers: &[(&str, &str)], parts: &[Part<'_>]) -> Reply {
    let mut body = String::new();
    for (disposition, content_type, content) in parts {
        body.push_str(&format!("--x\r\ncontent-disposition: form-data; {disposition}\r\n"));
        body.extend(content_type.map(|kind| format!("content-type: {kind}\r\n")));
        body.push_str(&format!("\r\n{content}\r\n"));
    }
    body.push_str("--x--\r\n");
    let mut all = vec![("content-type", "multipart/form-data; boundary=x")];
    all.extend_from_slice(headers);
    gateway.client.send_bytes("/graphql", &all, body.into_bytes()).await
}

const DELIBERATE: (&str, &str) = ("apollo-require-preflight", "1");

fn operations(query: &str, variables: &Value) -> String {
    json!({ "query": query, "variables": variables }).to_string()
}

#[tokio::test]
async fn a_file_goes_to_the_subgraph_that_takes_it() {
    let (_files, gateway) = start(on()).await;
    let query = "mutation ($file: Upload!, $id: ID!) { measure(file: $file) { name kind text product { name } } rename(id: $id, name: \"Desk\") { name } }";
    let operations = operations(query, &json!({ "file": null, "id": 1 }));
    let parts: [Part<'_>; 3] = [
        ("name=\"operations\"", None, &operations),
        ("name=\"map\"", None, r#"{"0":["variables.file"]}"#),
        ("name=\"0\"; filename=\"a \u{e4}.txt\"", Some("text/plain"), "hello\r\n--y\r\n"),
    ];
    let reply = send(&gateway, &[DELIBERATE], &parts).await;
    let measured = json!({
        "name": "a \u{e4}.txt", "kind": "text/plain", "text": "hello\r\n--y\r\n", "product": { "name": "Table" },
    });
    assert_eq!(reply.data(), json!({ "measure": measured, "rename": { "name": "Desk" } }));
}

#[tokio::test]
async fn files_may_be_in_lists_and_one_in_several_places() {
    let (_files, gateway) = start(on()).await;
    let query = "mutation ($a: [Upload!]!, $b: Upload!) { measureAll(files: $a) { text } measure(file: $b) { text } }";
    let operations = operations(query, &json!({ "a": [null, null], "b": null }));
    let parts: [Part<'_>; 4] = [
        ("name=\"operations\"", None, &operations),
        ("name=\"map\"", None, r#"{"one":["variables.a.0","variables.b"],"two":["variables.a.1"]}"#),
        ("name=\"two\"; filename=\"2\"", None, "second"),
        ("name=\"one\"; filename=\"1\"", None, "first"),
    ];
    let reply = send(&gateway, &[DELIBERATE], &parts).await;
    let expected =
        json!({ "measureAll": [{ "text": "first" }, { "text": "second" }], "measure": { "text": "first" } });
    assert_eq!(reply.data(), expected);
}

#[tokio::test]
async fn forms_are_bounded_deliberate_and_off_by_default() {
    let file = || ("name=\"0\"; filename=\"0\"", None, "0123456789");
    let operations =
        operations("mutation ($file: Upload!) { measure(file: $file) { text } }", &json!({ "file": null }));
    let head: [Part<'_>; 2] =
        [("name=\"operations\"", None, &operations), ("name=\"map\"", None, r#"{"0":["variables.file"]}"#)];
    let whole = [&head[..], &[file()]].concat();
    let (_files, gateway) = start(UploadsConfig { max_size: ByteSize(10), max_files: 1, ..on() }).await;
    assert_eq!(send(&gateway, &[DELIBERATE], &whole).await.status, 200);
    let reply = send(&gateway, &[], &whole).await;
    assert_eq!((reply.status.as_u16(), reply.error().1.as_str()), (403, "CSRF_PREVENTED"));
    let large = [&head[..], &[("name=\"0\"; filename=\"0\"", None, "01234567890")]].concat();
    let message = "the request body is larger than 10 bytes";
    send(&gateway, &[DELIBERATE], &large).await.refused(413, "PAYLOAD_TOO_LARGE", message);
    let two: [Part<'_>; 2] =
        [head[0], ("name=\"map\"", None, r#"{"0":["variables.file"],"1":["variables.file"]}"#)];
    send(&gateway, &[DELIBERATE], &two).await.refused(400, "LIMIT_FILES", "the form has more than 1 files");
    let (_files, gateway) = start(UploadsConfig::default()).await;
    let message =
        "files are not accepted here; send the request as `content-type: application/json`, in UTF-8";
    send(&gateway, &[DELIBERATE], &whole).await.refused(415, "UNSUPPORTED_MEDIA_TYPE", message);
}

#[tokio::test]
async fn malformed_forms_are_refused_with_what_is_wrong() {
    let (_files, gateway) = start(on()).await;
    let operations =
        operations("mutation ($file: Upload!) { measure(file: $file) { text } }", &json!({ "file": null }));
    let (ops, file) =
        (("name=\"operations\"", None, operations.as_str()), ("name=\"0\"; filename=\"0\"", None, "x"));
    fn map(text: &str) -> Part<'_> {
        ("name=\"map\"", None, text)
    }
    let cases: [(&[Part<'_>], &str); 7] = [
        (&[], "`operations` must be a part of the form, before the files"),
        (&[file, ops], "`operations` must be a part of the form, before the files"),
        (&[ops, file], "`map` must be a part of the form, before the files"),
        (&[ops, map("[]"), file], "`map` must be an object of lists of paths"),
        (
            &[ops, map(r#"{"0":["variables.none"]}"#), file],
            "`map` must be paths to `null` in the variables, such as `variables.file` or `variables.files.0`",
        ),
        (
            &[ops, map(r#"{"0":["variables.file"]}"#)],
            "`the form` must be complete: it has fewer files than `map` names",
        ),
        (
            &[ops, map(r#"{"1":["variables.file"]}"#), file],
            "`the form` must be made of `operations`, `map` and the files that `map` names",
        ),
    ];
    for (parts, message) in cases {
        send(&gateway, &[DELIBERATE], parts).await.refused(400, "BAD_REQUEST", message);
    }
    let cut = gateway.client.send_bytes(
        "/graphql",
        &[("content-type", "multipart/form-data; boundary=x"), DELIBERATE],
        b"--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{".to_vec(),
    );
    cut.await.refused(400, "BAD_REQUEST", "the request body ended before it was complete");
}
