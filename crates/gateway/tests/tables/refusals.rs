//! What is wrong with a request is answered before the first byte, with the parameter and what is expected.

use gateway::config::{ByteSize, Time};
use http::Method;

use super::orders::Shop;
use super::{shop, shop_with};
use crate::harness::{caller_config, serve_router};

/// Path, status, code and message.
const REFUSALS: [(&str, u16, &str, &str); 14] = [
    (
        "orders.xml",
        404,
        "UNKNOWN_FORMAT",
        "there is no format `xml`; a table is `.csv`, `.json`, `.ndjson`, `.arrow` or `.parquet`, its description `.html`",
    ),
    (
        "order.csv",
        404,
        "UNKNOWN_OPERATION",
        "there is no stored operation of this id; did you mean `orders`?",
    ),
    (
        "orders.csv?state=LOST",
        400,
        "BAD_PARAMETER",
        "the parameter `state` has no value \"LOST\"; expected is one of OPEN, PAID",
    ),
    (
        "orders.csv?size=few",
        400,
        "BAD_PARAMETER",
        "the parameter `size` must be a whole number; expected is a whole number",
    ),
    (
        "orders.csv?stat=OPEN",
        400,
        "BAD_PARAMETER",
        "the parameter `stat` is not one of this operation; did you mean `state`?",
    ),
    (
        "orders.csv?limit=0",
        400,
        "BAD_PARAMETER",
        "the parameter `limit` must be a whole number from 1 to 1000",
    ),
    (
        "orders.csv?limit=1001",
        400,
        "BAD_PARAMETER",
        "the parameter `limit` must be a whole number from 1 to 1000",
    ),
    ("orders.csv?limit=1&limit=2", 400, "BAD_PARAMETER", "the parameter `limit` is given twice"),
    (
        "orders.csv?resume=x",
        400,
        "BAD_PARAMETER",
        "the parameter `resume` must be a value of the column `_resume`",
    ),
    ("orders.csv?resumable=yes", 400, "BAD_PARAMETER", "the parameter `resumable` must be `true` or `false`"),
    (
        "orders.csv?table=lines",
        404,
        "UNKNOWN_TABLE",
        "the operation has no such table; those it has are orders, orders_lines",
    ),
    ("rename.csv?number=1", 422, "NO_TABLE", "the operation is no table: only queries are tables"),
    (
        "missing.csv",
        502,
        "TABLE_FAILED",
        "the table cannot be made: `none` is null, so rows would be missing: what is asked for is not there, or not to be seen",
    ),
    (
        "cut.csv",
        502,
        "TABLE_FAILED",
        "the table cannot be made: `related` has more items than the operation asks for at once; ask for more of them",
    ),
];

#[tokio::test]
async fn parameters_are_checked_against_their_types() {
    let gateway = shop().await;
    for (path, status, code, message) in REFUSALS {
        let reply = gateway.client.get(&format!("/graphql/operations/{path}"), &[]).await;
        assert_eq!(reply.error(), (status, code.to_owned(), message.to_owned()), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"), "{path}");
    }
    let unpaged = gateway.client.get("/graphql/operations/unpaged.csv", &[]).await.error();
    assert_eq!((unpaged.0, unpaged.1.as_str()), (422, "NO_TABLE"));
    assert!(unpaged.2.contains("declare a variable `$after: String`"), "{unpaged:?}");
}

#[tokio::test]
async fn a_required_parameter_is_asked_for() {
    let operations = [(
        "one",
        "query One($state: State!, $after: String) { orders(state: $state, after: $after) { nodes { number } } }",
    )];
    let folder = super::folder(&operations);
    let url = super::orders::serve(Shop::default()).await;
    let gateway = crate::harness::TestGateway::start(
        super::config(folder.path()),
        &[("orders", super::orders::SDL, &url)],
    )
    .await;
    let message = "the parameter `state` is missing; expected is one of OPEN, PAID";
    gateway.client.get("/graphql/operations/one.csv", &[]).await.refused(400, "BAD_PARAMETER", message);
    let reply = gateway.client.get("/graphql/operations/one.csv?state=PAID", &[]).await;
    assert_eq!(reply.text, "number\r\n2\r\n4\r\n6\r\n8\r\n10\r\n");
}

#[tokio::test]
async fn errors_of_the_first_page_are_answered_as_errors() {
    let gateway =
        shop_with(Shop { fails_after: Some(0), ..Shop::default() }, |config| config.dev = true).await;
    let reply = gateway.client.get("/graphql/operations/orders.csv", &[]).await;
    let (status, _, message) = reply.error();
    assert_eq!((status, message.as_str()), (502, "the shelf fell down"));
    assert!(reply.json().get("data").is_none(), "{reply:#?}");

    let gateway = shop_with(Shop { bad_date: Some(2), ..Shop::default() }, |_| {}).await;
    let message = "the table cannot be made: the column `placed_on` has a value that is no date";
    gateway.client.get("/graphql/operations/orders.csv", &[]).await.refused(502, "TABLE_FAILED", message);
}

#[tokio::test]
async fn more_rows_than_allowed_are_an_error_unless_a_limit_is_given() {
    let gateway = shop_with(Shop::default(), |config| config.tables.max_rows = 3).await;
    let message =
        "the table cannot be made: the table has more than 3 rows; set `limit` and go on with `resume`";
    gateway.client.get("/graphql/operations/orders.csv", &[]).await.refused(502, "TABLE_FAILED", message);
    let reply = gateway.client.get("/graphql/operations/orders.csv?limit=3", &[]).await;
    assert_eq!(reply.text.lines().count(), 4);
}

#[tokio::test]
async fn a_page_takes_no_more_memory_than_allowed() {
    // Four orders take some 700 bytes as an answer and some 200 as CSV.
    for (most, expected) in [(700, false), (4000, true)] {
        let gateway = shop_with(Shop::default(), |config| config.tables.max_page_size = ByteSize(most)).await;
        let reply = gateway.client.get("/graphql/operations/orders.csv", &[]).await;
        if expected {
            assert_eq!(reply.text.lines().count(), 11, "{most}: {reply:#?}");
            continue;
        }
        let message = format!(
            "the table cannot be made: a page takes more than {most} bytes; ask for fewer items at once"
        );
        reply.refused(502, "TABLE_FAILED", &message);
        let reply = gateway.client.get("/graphql/operations/orders.csv?size=1", &[]).await;
        assert_eq!(reply.text.lines().count(), 11, "{most}: {reply:#?}");
    }
}

#[tokio::test]
async fn a_text_around_many_rows_is_bounded_as_well() {
    let order = serde_json::json!({ "note": "x".repeat(100_000), "lines": vec![serde_json::json!({ "sku": 1 }); 1000] });
    let answer = serde_json::json!({ "data": { "order": order } }).to_string();
    let answer = move || {
        let answer = answer.clone();
        async move { ([("content-type", "application/json")], answer) }
    };
    let url = format!("http://{}/", serve_router(axum::Router::new().fallback(answer)).await);
    let sdl = "type Query { order: Order } type Order { note: String lines: [Line] } type Line { sku: Int }";
    let folder = super::folder(&[("lines", "{ order { note lines { sku } } }")]);
    let mut config = super::config(folder.path());
    config.tables.max_page_size = ByteSize::mebibytes(4);
    let gateway = crate::harness::TestGateway::start(config, &[("orders", sdl, &url)]).await;
    // A hundred kilobytes in each of a thousand rows.
    let message =
        "the table cannot be made: a page takes more than 4194304 bytes; ask for fewer items at once";
    gateway.client.get("/graphql/operations/lines.csv", &[]).await.refused(502, "TABLE_FAILED", message);
}

#[tokio::test]
async fn a_table_has_a_deadline() {
    let gateway =
        shop_with(Shop::default(), |config| config.tables.timeout = Time("50ms".parse::<Time>().unwrap().0))
            .await;
    let message = "the first rows were not there in time; ask for fewer at once or try again later";
    gateway.client.get("/graphql/operations/silent.csv", &[]).await.refused(504, "TABLE_TIMEOUT", message);
}

#[tokio::test]
async fn strangers_and_pages_of_other_sites_are_refused() {
    let gateway = shop_with(Shop::default(), |config| config.callers = caller_config()).await;
    assert_eq!(gateway.client.get("/graphql/operations/orders.csv", &[]).await.error().1, "UNAUTHENTICATED");
    let gateway = shop().await;
    let elsewhere = [("sec-fetch-site", "cross-site")];
    assert_eq!(
        gateway.client.get("/graphql/operations/orders.csv", &elsewhere).await.error().1,
        "CSRF_PREVENTED"
    );
    let post = gateway.client.send(Method::POST, "/graphql/operations/orders.csv", &[], "").await;
    assert_eq!((post.error().0, post.header("allow")), (405, Some("GET, HEAD")));
}

#[tokio::test]
async fn only_so_many_tables_are_served_at_once() {
    let gateway = shop_with(Shop::default(), |config| config.tables.max_concurrent = 1).await;
    let busy = gateway.client.clone();
    // One that never gets its first page holds the only permit until its client goes.
    let held = tokio::spawn(async move { busy.get("/graphql/operations/silent.csv", &[]).await });
    loop {
        let reply = gateway.client.get("/graphql/operations/orders.csv?limit=1", &[]).await;
        if reply.status == 503 {
            assert_eq!((reply.error().1.as_str(), reply.header("retry-after")), ("TABLES_BUSY", Some("5")));
            break;
        }
        tokio::task::yield_now().await;
    }
    held.abort();
}
