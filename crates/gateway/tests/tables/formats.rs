//! The same rows in every format, with the types of the schema.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use super::shop;
use crate::harness::TestGateway;

/// The names of the columns.
const COLUMNS: [&str; 10] = [
    "number",
    "placed_on",
    "placed_at",
    "total_amount_minor",
    "total_currency",
    "weight",
    "paid",
    "state",
    "tags",
    "customer_name",
];

async fn bytes(gateway: &TestGateway, path: &str) -> Bytes {
    let reply = gateway.client.open(Method::GET, path, &[], "").await;
    assert_eq!(reply.status(), 200, "{path}");
    reply.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn csv_has_a_header_and_quotes_what_needs_it() {
    let gateway = shop().await;
    let reply = gateway.client.get("/graphql/operations/orders.csv?limit=4", &[]).await;
    assert_eq!(reply.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(reply.header("content-disposition"), Some("attachment; filename=\"orders.csv\""));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let lines: Vec<_> = reply.text.split("\r\n").collect();
    let header = COLUMNS.join(",");
    let expected = [
        header.as_str(),
        r#"1,2026-02-01,2026-02-01T08:00:00.250Z,3000000000,EUR,0.25,false,OPEN,"[""t0""]","Customer ""1"", Ltd.""#,
        r#"2,2026-02-02,,6000000000,EUR,0.5,true,PAID,"[""t0"",""t1""]","Customer ""2"", Ltd.""#,
        r#"3,2026-02-03,2026-02-03T08:00:00.250Z,9000000000,EUR,,false,OPEN,[],"Customer ""3"", Ltd.""#,
        "4,2026-02-04,2026-02-04T08:00:00.250Z,12000000000,EUR,1,true,PAID,\"[\"\"t0\"\"]\",",
        "",
    ];
    assert_eq!(lines, expected);
}

fn first_row() -> Value {
    json!({
        "number": 1, "placed_on": "2026-02-01", "placed_at": "2026-02-01T08:00:00.250Z",
        "total_amount_minor": 3_000_000_000_i64, "total_currency": "EUR", "weight": 0.25, "paid": false,
        "state": "OPEN", "tags": ["t0"], "customer_name": "Customer \"1\", Ltd.",
    })
}

#[tokio::test]
async fn json_is_one_array_and_ndjson_a_line_for_each_row() {
    let gateway = shop().await;
    let reply = gateway.client.get("/graphql/operations/orders.json", &[]).await;
    assert_eq!(reply.header("content-type"), Some("application/json; charset=utf-8"));
    let rows = reply.json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]), (10, &first_row()));
    assert_eq!(rows[3]["customer_name"], Value::Null);

    let reply = gateway.client.get("/graphql/operations/orders.ndjson", &[]).await;
    assert_eq!(reply.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<Value> = reply.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(lines), rows);
}

fn check_types(schema: &arrow_schema::Schema) {
    let types: Vec<_> = schema.fields().iter().map(|field| field.data_type().clone()).collect();
    let expected = [
        DataType::Int32,
        DataType::Date32,
        DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::Int64,
        DataType::Utf8,
        DataType::Float64,
        DataType::Boolean,
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        DataType::Utf8,
        DataType::Utf8,
    ];
    assert_eq!(types, expected);
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, COLUMNS);
}

/// The numbers of the orders, over all batches.
fn numbers(batches: &[RecordBatch]) -> Vec<i32> {
    let column = |batch: &RecordBatch| {
        let array = batch.column(0).as_any().downcast_ref::<arrow_array::Int32Array>().unwrap();
        array.values().to_vec()
    };
    batches.iter().flat_map(column).collect()
}

#[tokio::test]
async fn arrow_and_parquet_are_typed() {
    let gateway = shop().await;
    let arrow = bytes(&gateway, "/graphql/operations/orders.arrow").await;
    let reader = StreamReader::try_new(Cursor::new(arrow), None).unwrap();
    check_types(&reader.schema());
    let arrow: Vec<_> = reader.map(Result::unwrap).collect();

    let parquet = bytes(&gateway, "/graphql/operations/orders.parquet").await;
    let reader = ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap();
    check_types(reader.schema());
    let parquet: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();

    let all: Vec<i32> = (1..=10).collect();
    assert_eq!((numbers(&arrow), numbers(&parquet)), (all.clone(), all));
    // The first page of four rows is the first batch of the stream; a file's batches are not those of the pages.
    assert_eq!(arrow[0], parquet[0].slice(0, 4));
}

#[tokio::test]
async fn nested_lists_are_tables_of_their_own() {
    let gateway = shop().await;
    let reply = gateway.client.get("/graphql/operations/orders.ndjson?table=orders_lines&limit=3", &[]).await;
    let skus: Vec<Value> = reply
        .text
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            json!([row["number"], row["sku"], row["quantity"]])
        })
        .collect();
    assert_eq!(skus, [json!([1, "1-0", 0]), json!([2, "2-0", 0]), json!([2, "2-1", 1])]);
}

#[tokio::test]
async fn a_table_without_rows_still_has_columns() {
    let gateway = super::shop_with(super::orders::Shop { orders: 0, ..Default::default() }, |_| {}).await;
    let get =
        async |ending: &str| gateway.client.get(&format!("/graphql/operations/orders.{ending}"), &[]).await;
    assert_eq!(get("csv").await.text, COLUMNS.join(",") + "\r\n");
    assert_eq!(get("json").await.text, "[]\n");
    assert_eq!(get("ndjson").await.text, "");
    let arrow = bytes(&gateway, "/graphql/operations/orders.arrow").await;
    check_types(&StreamReader::try_new(Cursor::new(arrow), None).unwrap().schema());
    let parquet = bytes(&gateway, "/graphql/operations/orders.parquet").await;
    check_types(ParquetRecordBatchReaderBuilder::try_new(parquet).unwrap().schema());
}

#[tokio::test]
async fn head_tells_the_type_without_running_anything() {
    let shop = super::orders::Shop::default();
    let pages = shop.pages.clone();
    let gateway = super::shop_with(shop, |_| {}).await;
    let reply = gateway.client.send(Method::HEAD, "/graphql/operations/orders.parquet", &[], "").await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, ""));
    assert_eq!(reply.header("content-type"), Some("application/vnd.apache.parquet"));
    assert_eq!(reply.header("content-length"), None, "nobody knows it");
    assert_eq!(pages.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn tables_are_below_every_prefix() {
    let gateway = super::shop_with(super::orders::Shop::default(), |config| {
        config.http.prefixes = vec!["/api/v2/shop".to_owned()];
    })
    .await;
    let reply = gateway.client.get("/api/v2/shop/graphql/operations/orders.json?limit=1", &[]).await;
    assert_eq!(reply.json(), json!([first_row()]));
}

#[tokio::test]
async fn subgraphs_are_asked_for_what_a_table_has_only() {
    let shop = super::orders::Shop::default();
    let queries = shop.queries.clone();
    let gateway = super::shop_with(shop, |_| {}).await;
    for (path, with, without) in [
        ("orders.csv?limit=1", "tags", "lines"),
        ("orders.csv?limit=1&table=orders_lines", "sku", "related"),
        ("cut.csv?limit=1", "related", "lines"),
    ] {
        gateway.client.get(&format!("/graphql/operations/{path}"), &[]).await;
        let asked: Vec<String> = std::mem::take(&mut *queries.lock().unwrap());
        assert!(!asked.is_empty(), "{path}");
        for query in asked {
            assert!(query.contains(with) && !query.contains(without), "{path}: {query}");
        }
    }
}
