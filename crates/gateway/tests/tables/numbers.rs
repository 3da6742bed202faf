//! Numbers that 64 bits do not hold: they stay as they were written, or are refused, and never become infinity.

use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_ipc::reader::StreamReader;
use gateway::config::{Config, ScalarKind};
use http::Method;
use http_body_util::BodyExt;

use super::{config, folder};
use crate::harness::{TestGateway, serve_router};

const SDL: &str = "scalar Decimal scalar Ratio scalar Any
type Query { rates: [Rate!]! }
type Rate { name: String exact: Decimal near: Ratio any: Any number: Float }";

const ANSWER: &str = r#"{"data":{"rates":[
  {"name":"usual","exact":0.1234567890123456789012,"near":0.5,"any": { "a": 12345678901234567890.5, "b": [1, 2] },"number":1},
  {"name":"huge","exact":1e999,"near":1e999,"any":-1e999,"number":null}
]}}"#;

async fn rates(query: &str) -> TestGateway {
    let answer = || async { ([("content-type", "application/json")], ANSWER) };
    let url = format!("http://{}/", serve_router(axum::Router::new().fallback(answer)).await);
    let folder = folder(&[("rates", query)]);
    let mut config: Config = config(folder.path());
    config.tables.scalars =
        [("Decimal".to_owned(), ScalarKind::Text), ("Ratio".to_owned(), ScalarKind::Float64)].into();
    TestGateway::start(config, &[("rates", SDL, &url)]).await
}

#[tokio::test]
async fn texts_and_json_hold_any_number_as_it_was_written() {
    let gateway = rates("{ rates { name exact any } }").await;
    let get = async |ending: &str| {
        gateway.client.get(&format!("/graphql/operations/rates.{ending}"), &[]).await.text
    };
    let json = r#"{"a":12345678901234567890.5,"b":[1,2]}"#;
    let expected = format!(
        "name,exact,any\r\nusual,0.1234567890123456789012,\"{}\"\r\nhuge,1e999,-1e999\r\n",
        json.replace('"', "\"\"")
    );
    assert_eq!(get("csv").await, expected);
    let expected = format!(
        "{{\"name\":\"usual\",\"exact\":\"0.1234567890123456789012\",\"any\":{json}}}\n\
         {{\"name\":\"huge\",\"exact\":\"1e999\",\"any\":-1e999}}\n"
    );
    assert_eq!(get("ndjson").await, expected);
    let reply = gateway.client.open(Method::GET, "/graphql/operations/rates.arrow", &[], "").await;
    let bytes = reply.into_body().collect().await.unwrap().to_bytes();
    let batch = StreamReader::try_new(Cursor::new(bytes), None).unwrap().next().unwrap().unwrap();
    let texts =
        |column: usize| -> Vec<_> { batch.column(column).as_string::<i32>().iter().flatten().collect() };
    assert_eq!(texts(1), ["0.1234567890123456789012", "1e999"]);
    assert_eq!(texts(2), [json, "-1e999"]);
}

#[tokio::test]
async fn columns_of_numbers_refuse_what_they_do_not_hold() {
    let gateway = rates("{ rates { name near } }").await;
    let message = "the table cannot be made: the column `near` has a value that is no float64";
    for ending in ["csv", "json", "ndjson", "arrow", "parquet"] {
        let reply = gateway.client.get(&format!("/graphql/operations/rates.{ending}"), &[]).await;
        reply.refused(502, "TABLE_FAILED", message);
    }
}
